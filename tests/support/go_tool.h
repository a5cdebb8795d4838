// Go's own tools, as independent answers.
#ifndef DOLERITE_TESTS_SUPPORT_GO_TOOL_H_
#define DOLERITE_TESTS_SUPPORT_GO_TOOL_H_

#include <stdlib.h>

#include <catch2/catch.hpp>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace dolerite::testing {

// A directory that goes away with the object, and commands that run in it.
class GoSandbox {
 public:
  GoSandbox() {
    std::string name = (std::filesystem::temp_directory_path() / "dolerite-go-XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~GoSandbox() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  GoSandbox(const GoSandbox&) = delete;
  GoSandbox& operator=(const GoSandbox&) = delete;

  void Write(const std::string& name, const std::string& bytes) const {
    std::filesystem::create_directories((path_ / name).parent_path());
    std::ofstream(path_ / name, std::ios::binary) << bytes;
  }

  // Exit code; stdout and stderr together go to *output. Nothing of a network is used; of the
  // user's, the build cache.
  int Run(const std::string& command, std::string* output) const {
    const std::string all =
        "cd '" + path_.string() + "' && { export GOFLAGS= GOENV=off GOWORK=off GOPROXY=off " +
        "GOTOOLCHAIN=local GO111MODULE=on PPROF_TMPDIR=.; " + command + "; } > output 2>&1";
    const int code = std::system(all.c_str());
    std::ifstream in(path_ / "output", std::ios::binary);
    output->assign(std::istreambuf_iterator<char>(in), {});
    return code;
  }

 private:
  std::filesystem::path path_;
};

// Whether a Go command line runs; if not, says that the test is skipped.
inline bool GoCan(const std::string& command) {
  std::string output;
  if (GoSandbox().Run(command, &output) == 0) return true;
  WARN("skipped: `" << command << "` does not run: " << output);
  return false;
}

}  // namespace dolerite::testing

#endif  // DOLERITE_TESTS_SUPPORT_GO_TOOL_H_
