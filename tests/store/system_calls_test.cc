// What local stores ask of the operating system, and what they make of its answers.
#include "store/system_calls.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>
#include <fstream>
#include <vector>

#include "store/store_support.h"

namespace dolerite {
namespace {

namespace fs = std::filesystem;

// What the system calls below do. They are plain functions, so it can't be handed to them.
struct Behaviour {
  int interruptions = 0;        // so many calls of each kind fail with EINTR first
  bool cut = false;             // files end where they are read
  int failing_flush = 0;        // errno of fsync
  ino_t failing_directory = 0;  // whose fsync fails
  int full_after = -1;          // so many writes succeed, then one fails for lack of space
  std::function<void()> on_write = [] {};
  int reads = 0, opens = 0, writes = 0;
  std::vector<ino_t> flushed;  // in order
  std::vector<bool> named;     // whether `object` was there at each flush
  fs::path object;
};
Behaviour now;

bool Interrupted(int* calls) {
  errno = EINTR;
  return ++*calls <= now.interruptions;
}

int FakeOpen(int directory, const char* name, int flags, mode_t mode) {
  if (Interrupted(&now.opens)) return -1;
  return RealSystemCalls().openat(directory, name, flags, mode);
}

ssize_t FakeRead(int fd, void* buffer, size_t size, off_t offset) {
  if (Interrupted(&now.reads)) return -1;
  if (!now.cut) return RealSystemCalls().pread(fd, buffer, size, offset);
  errno = EACCES;
  return now.reads < 100 ? 0 : -1;  // so that a loop ends, in another error
}

ssize_t FakeWrite(int fd, const void* bytes, size_t size) {
  if (Interrupted(&now.writes)) return -1;
  now.on_write();
  if (now.full_after >= 0 && now.full_after-- == 0) return errno = ENOSPC, -1;
  return RealSystemCalls().write(fd, bytes, size < 3 ? size : 3);  // a few bytes a call
}

int FakeFlush(int fd) {
  struct stat stat;
  REQUIRE(fstat(fd, &stat) == 0);
  now.flushed.push_back(stat.st_ino);
  now.named.push_back(fs::exists(now.object));
  errno = stat.st_ino == now.failing_directory ? EIO : now.failing_flush;
  return errno == 0 ? 0 : -1;
}

int FakeLock(int fd, int operation) { return RealSystemCalls().flock(fd, operation); }

constexpr SystemCalls kFake = {FakeOpen, FakeRead, FakeWrite, FakeFlush, FakeLock};

std::unique_ptr<ObjectStore> Open(const fs::path& root, bool sync = true) {
  now = {};
  auto store = OpenLocalStoreWith(root.string(), {.sync = sync}, kFake);
  REQUIRE(store.ok());
  return *std::move(store);
}

ino_t Inode(const fs::path& path) {
  struct stat stat;
  REQUIRE(::stat(path.c_str(), &stat) == 0);
  return stat.st_ino;
}

// The place in the order of flushes; -1 if it was not flushed.
int FlushOf(const fs::path& path) {
  const auto found = std::find(now.flushed.begin(), now.flushed.end(), Inode(path));
  return found == now.flushed.end() ? -1 : static_cast<int>(found - now.flushed.begin());
}

TEST_CASE("calls that a signal interrupts are repeated") {
  ScratchDirectory scratch;
  const auto store = Open(scratch.path());
  now.interruptions = 20;  // more than calls that try again for another reason
  CHECK(store->Put("a/k", "some content").ok());
  CHECK(Content(*store, "a/k") == "some content");
  CHECK(now.reads > 20);
  CHECK(now.writes > 20);
  CHECK(now.opens > 20);
}

TEST_CASE("a file that is cut while it is read is unavailable") {
  ScratchDirectory scratch;
  const auto store = Open(scratch.path());
  REQUIRE(store->Put("k", "content").ok());
  now.cut = true;
  const absl::Status status = store->Read("k", ByteRange::All()).status();
  CHECK(absl::IsUnavailable(status));
  CHECK(std::string(status.message()).find("was cut") != std::string::npos);
  CHECK(now.reads == 1);
}

TEST_CASE("a long read is stopped between its pieces") {
  ScratchDirectory scratch;
  const auto store = Open(scratch.path(), false);
  std::ofstream(scratch.path() / "k", std::ios::binary) << std::string(9 << 20, 'x');
  CHECK(Content(*store, "k").size() == 9 << 20);
  const int pieces = now.reads;
  CHECK(pieces == 3);
  int asked = 0;
  CallOptions options;
  options.context.check = [&] {
    return ++asked == 3 ? absl::CancelledError("enough") : absl::OkStatus();
  };
  CHECK(store->Read("k", ByteRange::All(), options).status() == absl::CancelledError("enough"));
  CHECK(now.reads - pieces == 2);
}

TEST_CASE("a long put and a long piece of an upload are stopped on the way") {
  ScratchDirectory scratch;
  const auto store = Open(scratch.path(), false);
  int asked = 0;
  CallOptions options;
  options.context.check = [&] {
    return ++asked == 3 ? absl::CancelledError("enough") : absl::OkStatus();
  };
  CHECK(store->Put("k", "0123456789", {}, options).status() == absl::CancelledError("enough"));
  CHECK(now.writes == 2);
  CHECK(absl::IsNotFound(store->Head("k").status()));
  CHECK(fs::is_empty(scratch.path() / "#tmp"));

  auto upload = store->StartUpload("k");
  REQUIRE(upload.ok());
  asked = 0;
  CHECK((*upload)->Append("0123456789", options) == absl::CancelledError("enough"));
  CHECK(absl::IsFailedPrecondition((*upload)->Finish().status()));  // it is over
  CHECK(absl::IsNotFound(store->Head("k").status()));
}

TEST_CASE("a file is on the disk before it has its name, its name before Put returns") {
  ScratchDirectory scratch;
  const fs::path root = scratch.path();
  const auto store = Open(root);
  now.object = root / "a/b/k";
  REQUIRE(store->Put("a/b/k", "content").ok());
  const int file = FlushOf(root / "a/b/k"), name = FlushOf(root / "a/b");
  REQUIRE(file >= 0);
  CHECK_FALSE(now.named[static_cast<size_t>(file)]);
  REQUIRE(name > file);
  CHECK(now.named[static_cast<size_t>(name)]);
  // The names of the new directories: "#tmp" and "a" in the root, "b" in "a".
  CHECK(FlushOf(root) >= 0);
  CHECK(FlushOf(root / "a") >= 0);

  now.flushed.clear();
  REQUIRE(store->Put("a/b/k", "more", {.mode = PutMode::kReplace}).ok());
  CHECK(FlushOf(root / "a/b/k") >= 0);
  CHECK(FlushOf(root / "a/b") >= 0);
  CHECK(FlushOf(root / "a") == -1);  // its entries are as they were

  now.flushed.clear();
  REQUIRE(store->Delete("a/b/k").ok());
  CHECK(FlushOf(root / "a/b") >= 0);
}

TEST_CASE("each new directory is flushed to its parent, that of another process too") {
  ScratchDirectory scratch;
  const fs::path root = scratch.path();
  const auto store = Open(root);
  fs::create_directories(root / "x/y");
  REQUIRE(store->Put("x/y/k", "content").ok());
  CHECK(FlushOf(root) >= 0);
  CHECK(FlushOf(root / "x") >= 0);
}

TEST_CASE("the names of a new root and of the directories above it are flushed") {
  ScratchDirectory scratch;
  const fs::path root = scratch.path();
  const auto store = Open(root / "a/b");
  CHECK(FlushOf(root) >= 0);
  CHECK(FlushOf(root / "a") > FlushOf(root));
  Open(root / "a/b");
  CHECK(now.flushed.empty());
  Open(root / "c/d/", false);
  CHECK(now.flushed.empty());
  CHECK(fs::is_directory(root / "c/d"));
}

TEST_CASE("what could not be flushed is not acknowledged") {
  ScratchDirectory scratch;
  const auto store = Open(scratch.path());
  now.failing_flush = EIO;
  CHECK(absl::IsUnavailable(store->Put("k", "content").status()));
  now.failing_flush = ENOSPC;
  CHECK(absl::IsResourceExhausted(store->Put("l", "content").status()));
}

TEST_CASE("without sync nothing is flushed") {
  ScratchDirectory scratch;
  const auto store = Open(scratch.path(), false);
  REQUIRE(store->Put("a/b/k", "content").ok());
  REQUIRE(store->Delete("a/b/k").ok());
  CHECK(now.flushed.empty());
}

TEST_CASE("a store that is opened during a Put leaves its temporary file") {
  ScratchDirectory scratch;
  const std::string root = scratch.path().string();
  const auto store = Open(scratch.path());
  int opened = 0;
  now.on_write = [&] { opened += OpenLocalStore(root).ok(); };
  CHECK(store->Put("k", "content").ok());
  CHECK(opened > 0);
  CHECK(Content(*store, "k") == "content");
}

TEST_CASE("a piece that the disk can't hold leaves the upload as it was") {
  ScratchDirectory scratch;
  const auto store = Open(scratch.path());
  auto upload = store->StartUpload("a/k");
  REQUIRE(upload.ok());
  REQUIRE((*upload)->Append("first ").ok());
  now.full_after = 2;
  CHECK(absl::IsResourceExhausted((*upload)->Append("second piece ")));
  CHECK((*upload)->size() == 6);
  REQUIRE((*upload)->Append("third").ok());
  REQUIRE((*upload)->Finish().ok());
  CHECK(Content(*store, "a/k") == "first third");
}

TEST_CASE("an upload is on the disk before it has its name, its name before Finish returns") {
  ScratchDirectory scratch;
  const fs::path root = scratch.path();
  const auto store = Open(root);
  now.object = root / "a/k";
  auto upload = store->StartUpload("a/k");
  REQUIRE(upload.ok());
  REQUIRE((*upload)->Append("content").ok());
  REQUIRE((*upload)->Finish().ok());
  const int file = FlushOf(root / "a/k"), name = FlushOf(root / "a");
  REQUIRE(file >= 0);
  CHECK_FALSE(now.named[static_cast<size_t>(file)]);
  REQUIRE(name > file);
  CHECK(now.named[static_cast<size_t>(name)]);
  CHECK(fs::is_empty(root / "#tmp"));
}

TEST_CASE("bytes of an upload that could not be flushed are never acknowledged") {
  ScratchDirectory scratch;
  const auto store = Open(scratch.path());
  auto upload = store->StartUpload("k");
  REQUIRE(upload.ok());
  REQUIRE((*upload)->Append("content").ok());
  now.failing_flush = EIO;
  CHECK(absl::IsUnavailable((*upload)->Finish().status()));
  now.failing_flush = 0;
  CHECK(absl::IsUnavailable((*upload)->Finish().status()));
  CHECK(absl::IsNotFound(store->Head("k").status()));
}

TEST_CASE("an upload whose name could not be flushed knows its own file") {
  ScratchDirectory scratch;
  const auto store = Open(scratch.path());
  REQUIRE(store->Put("d/other", "1").ok());  // so that only the name of `k` is to be flushed
  auto upload = store->StartUpload("d/k");
  REQUIRE(upload.ok());
  REQUIRE((*upload)->Append("content").ok());
  now.failing_directory = Inode(scratch.path() / "d");
  CHECK(absl::IsUnavailable((*upload)->Finish().status()));
  CHECK(Content(*store, "d/k") == "content");
  now.failing_directory = 0;
  auto version = (*upload)->Finish();
  REQUIRE(version.ok());
  CHECK(*version == store->Head("d/k")->version);
}

TEST_CASE("an upload that is dropped or forgotten leaves no file") {
  ScratchDirectory scratch;
  const auto store = Open(scratch.path());
  {
    auto upload = store->StartUpload("k");
    REQUIRE(upload.ok());
    REQUIRE((*upload)->Append("content").ok());
    CHECK_FALSE(fs::is_empty(scratch.path() / "#tmp"));
    // Another process that opens the store leaves the file of one that is alive.
    REQUIRE(OpenLocalStore(scratch.path().string()).ok());
    CHECK_FALSE(fs::is_empty(scratch.path() / "#tmp"));
  }
  CHECK(fs::is_empty(scratch.path() / "#tmp"));
  CHECK(store->ListAll("")->empty());
}

}  // namespace
}  // namespace dolerite
