#include <sys/file.h>
#include <sys/stat.h>

#include <fcntl.h>

#include <atomic>
#include <fstream>

#include "store/store_support.h"

namespace dolerite {
namespace {

namespace fs = std::filesystem;

void WriteFile(const fs::path& path, std::string_view bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

std::unique_ptr<ObjectStore> OpenLocal(const fs::path& root) {
  auto store = OpenLocalStore(root.string());
  REQUIRE(store.ok());
  return *std::move(store);
}

TEST_CASE("symbolic links below the root are no objects") {
  ScratchDirectory scratch;
  const fs::path root = scratch.path() / "root", outside = scratch.path() / "outside";
  fs::create_directories(outside);
  WriteFile(outside / "secret", "secret");
  auto store = OpenLocal(root);
  fs::create_symlink(outside / "secret", root / "file");
  fs::create_directory_symlink(outside, root / "dir");
  fs::create_symlink(outside / "missing", root / "dangling");
  for (const char* key : {"file", "dir/secret", "dangling", "dir"}) {
    INFO(key);
    CHECK(absl::IsNotFound(store->Read(key, ByteRange::All()).status()));
    CHECK(absl::IsNotFound(store->Head(key).status()));
    CHECK(absl::IsFailedPrecondition(store->Put(key, "x").status()));
    CHECK(store->Delete(key).ok());
  }
  CHECK(absl::IsFailedPrecondition(store->Put("dir/new", "x").status()));
  CHECK(store->ListAll("")->empty());
  // A replace takes the place of the link and leaves its target.
  CHECK(store->Put("file", "mine", {.mode = PutMode::kReplace}).ok());
  CHECK(Content(*store, "file") == "mine");
  CHECK(fs::file_size(outside / "secret") == 6);
  CHECK_FALSE(fs::exists(outside / "missing"));
  CHECK(std::distance(fs::directory_iterator(outside), fs::directory_iterator()) == 1);
}

TEST_CASE("a store that follows links reads files behind them and leaves these as they are") {
  ScratchDirectory scratch;
  const fs::path root = scratch.path() / "root", outside = scratch.path() / "outside";
  fs::create_directories(outside);
  WriteFile(outside / "file", "content");
  auto opened = OpenLocalStore(root.string(), {.follow_links = true});
  REQUIRE(opened.ok());
  ObjectStore& store = **opened;
  fs::create_symlink(outside / "file", root / "link");
  fs::create_symlink("link", root / "second");
  fs::create_symlink(outside / "missing", root / "dangling");
  fs::create_symlink("circle", root / "circle");
  fs::create_directory_symlink(outside, root / "dir");
  CHECK(Content(store, "second") == "content");
  CHECK(store.Head("link")->size == 7);
  CHECK(store.Head("link")->version == store.Read("link", ByteRange::All())->version);
  for (const char* key : {"dir/file", "dangling", "circle", "dir"}) {
    INFO(key);
    CHECK(absl::IsNotFound(store.Read(key, ByteRange::All()).status()));
    CHECK(absl::IsNotFound(store.Head(key).status()));
  }
  CHECK(store.ListAll("")->empty());
  CHECK(store.Delete("link").ok());
  CHECK(absl::IsFailedPrecondition(store.Put("link", "x").status()));
  CHECK(Content(store, "link") == "content");
  CHECK(store.Put("link", "mine", {.mode = PutMode::kReplace}).ok());
  CHECK(Content(store, "link") == "mine");
  CHECK(fs::file_size(outside / "file") == 7);
}

TEST_CASE("what is not a regular file is not an object") {
  ScratchDirectory scratch;
  auto store = OpenLocal(scratch.path());
  REQUIRE(mkfifo((scratch.path() / "pipe").c_str(), 0600) == 0);
  REQUIRE(store->Put("d/x", "x").ok());
  WriteFile(scratch.path() / "not a key", "x");
  for (const char* key : {"pipe", "d", "d/x/y"}) {
    INFO(key);
    CHECK(absl::IsNotFound(store->Read(key, ByteRange::All()).status()));
    CHECK(absl::IsFailedPrecondition(store->Put(key, "x").status()));
  }
  CHECK(absl::IsFailedPrecondition(store->Put("d", "", {.mode = PutMode::kReplace}).status()));
  CHECK(store->ListAll("")->size() == 1);
}

TEST_CASE("no temporary file stays, and those of the dead are swept") {
  ScratchDirectory scratch;
  const fs::path temporaries = scratch.path() / "#tmp";
  {
    auto store = OpenLocal(scratch.path());
    REQUIRE(store->Put("k", "1").ok());
    REQUIRE(store->Put("k", "2", {.mode = PutMode::kReplace}).ok());
    REQUIRE(absl::IsAlreadyExists(store->Put("k", "3").status()));
    CHECK(fs::is_empty(temporaries));
    WriteFile(temporaries / "99-0", "torn");
    CHECK(store->ListAll("")->size() == 1);
  }
  WriteFile(temporaries / "99-1", "still being written");
  const int alive = open((temporaries / "99-1").c_str(), O_RDWR);
  REQUIRE(flock(alive, LOCK_EX) == 0);
  auto store = OpenLocal(scratch.path());
  CHECK_FALSE(fs::exists(temporaries / "99-0"));
  CHECK(fs::exists(temporaries / "99-1"));
  close(alive);
  CHECK(Content(*store, "k") == "2");
}

TEST_CASE("two stores on one directory race like one") {
  ScratchDirectory scratch;
  std::unique_ptr<ObjectStore> stores[] = {OpenLocal(scratch.path()), OpenLocal(scratch.path())};
  for (int round = 0; round < 10; ++round) {
    const std::string key = "deep/er/" + std::to_string(round) + "/k";
    std::atomic<int> winners{0};
    RunOnThreads(16, [&](int i) {
      auto put = stores[i % 2]->Put(key, std::to_string(i));
      if (put.ok()) ++winners;
      if (!put.ok() && !absl::IsAlreadyExists(put.status())) winners = 1000;
    });
    CHECK(winners == 1);
  }
}

TEST_CASE("a store that can't be opened or written says so") {
  ScratchDirectory scratch;
  WriteFile(scratch.path() / "file", "x");
  CHECK_FALSE(OpenLocalStore((scratch.path() / "file").string()).ok());
  auto store = OpenLocal(scratch.path() / "root");
  fs::remove_all(scratch.path() / "root");
  CHECK_FALSE(store->Put("k", "x").ok());
  CHECK(absl::IsNotFound(store->Head("k").status()));
}

TEST_CASE("temporary files do not follow a link out of the root") {
  ScratchDirectory scratch;
  auto store = OpenLocal(scratch.path());
  REQUIRE(store->Put("k", "x").ok());
  fs::remove_all(scratch.path() / "#tmp");
  fs::create_directory(scratch.path() / "outside");
  fs::create_symlink(scratch.path() / "outside", scratch.path() / "#tmp");
  CHECK(absl::IsFailedPrecondition(store->Put("l", "x").status()));
  CHECK(fs::is_empty(scratch.path() / "outside"));
  CHECK(store->ListAll("")->size() == 1);
}

TEST_CASE("read-only files are read from any path") {
  ScratchDirectory scratch;
  const fs::path path = scratch.path() / "a block (1).dol";
  WriteFile(path, "0123456789");
  const auto files = MakeReadOnlyFiles();
  ReadOnlyFiles& store = *files;
  auto key = store.Add(path.string());
  REQUIRE(key.ok());
  CHECK(*key == "1/a_block__1_.dol");
  CHECK(Content(store, *key) == "0123456789");
  auto end = store.Read(*key, ByteRange::Last(3));
  REQUIRE(end.ok());
  CHECK(end->slice.bytes == "789");
  CHECK(end->offset == 7);
  CHECK(end->object_size == 10);
  auto again = store.Add(path.string());
  REQUIRE(again.ok());
  CHECK(*again != *key);
  CHECK(store.ListAll("")->size() == 2);
  CHECK(absl::IsNotFound(store.Add((scratch.path() / "no").string()).status()));
  CHECK(absl::IsNotFound(store.Add(scratch.path().string()).status()));
  CHECK(absl::IsUnimplemented(store.Put("k", "x").status()));
  CHECK(absl::IsUnimplemented(store.Delete(*key)));
  WriteFile(path, "other");
  CHECK(absl::IsFailedPrecondition(
      store.Read(*key, ByteRange::All(), {.version = end->version}).status()));
}

}  // namespace
}  // namespace dolerite
