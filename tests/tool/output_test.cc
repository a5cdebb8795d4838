// Files appear whole or not at all.
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <filesystem>
#include <fstream>

#include "inputs.h"
#include "output.h"

namespace dolerite::cli {
namespace {

namespace fs = std::filesystem;

class Folder {
 public:
  Folder() { REQUIRE(mkdtemp(path_.data()) != nullptr); }
  ~Folder() { fs::remove_all(path_); }
  std::string In(const std::string& name) const { return path_ + "/" + name; }
  size_t files() const {
    return static_cast<size_t>(std::distance(fs::directory_iterator(path_), {}));
  }

 private:
  std::string path_ = (fs::temp_directory_path() / "tool_test.XXXXXX").string();
};

// A child that gets `signal` while it writes. How it ended.
int EndOfWriter(const std::string& path, int signal, bool ignored) {
  const pid_t child = fork();
  if (child == 0) {
    std::signal(signal, ignored ? SIG_IGN : SIG_DFL);
    const absl::Status status = WriteOutput(path, [&](const ByteSink& sink) {
      absl::Status wrote = sink("half");
      raise(signal);
      return wrote;
    });
    _exit(status.ok() ? 0 : 1);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  return status;
}

TEST_CASE("a signal leaves no file, and still ends the process") {
  for (int signal : {SIGINT, SIGTERM, SIGHUP}) {
    const Folder folder;
    const int status = EndOfWriter(folder.In("out"), signal, false);
    CHECK(WIFSIGNALED(status));
    CHECK(WTERMSIG(status) == signal);
    CHECK(folder.files() == 0);
  }
}

TEST_CASE("a signal that is ignored stays ignored") {
  const Folder folder;
  const int status = EndOfWriter(folder.In("out"), SIGHUP, true);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
  CHECK(folder.files() == 1);
}

TEST_CASE("a writer that fails leaves the old file") {
  const Folder folder;
  REQUIRE(WriteOutput(folder.In("out"), "old").ok());
  CHECK_FALSE(WriteOutput(folder.In("out"), [](const ByteSink& sink) {
                (void)sink("new");
                return absl::InternalError("x");
              }).ok());
  CHECK(*ReadFile(folder.In("out"), 3) == "old");
  CHECK(folder.files() == 1);
}

TEST_CASE("the size of a file is looked at before it is read") {
  const Folder folder;
  const std::string path = folder.In("large");
  std::ofstream(path) << "x";
  fs::resize_file(path, uintmax_t{1} << 40);  // sparse: to read it would take all memory
  CHECK(absl::IsResourceExhausted(ReadFile(path, size_t{32} << 20).status()));
  CHECK(absl::IsResourceExhausted(ReadFile("/dev/zero", 1000).status()));
}

TEST_CASE("an input is not written over") {
  const Folder folder;
  REQUIRE(WriteOutput(folder.In("a"), "a").ok());
  fs::create_symlink("a", folder.In("link"));
  CHECK(absl::IsInvalidArgument(CheckNoInput(folder.In("a"), {"x", folder.In("a")})));
  CHECK(absl::IsInvalidArgument(CheckNoInput(folder.In("link"), {folder.In("a")})));
  CHECK(CheckNoInput(folder.In("b"), {folder.In("a")}).ok());
  CHECK(CheckNoInput("-", {folder.In("a")}).ok());
}

}  // namespace
}  // namespace dolerite::cli
