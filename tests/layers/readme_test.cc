// What README.md and the documents in .github say can be done: its links lead somewhere, its
// commands are there, and its C++ is part of a program that is built.
#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <regex>
#include <string>
#include <vector>

#include "layers/source_text.h"
#include "support/source_dir.h"

namespace dolerite::layers {
namespace {

namespace fs = std::filesystem;

struct Fence {
  std::string language;
  std::string text;
};

std::vector<Fence> FencesOf(const std::string& markdown) {
  std::vector<Fence> fences;
  bool open = false;
  for (const std::string& line : SplitLines(markdown)) {
    const bool is_fence = line.rfind("```", 0) == 0;
    if (is_fence && !open) fences.push_back({line.substr(3), ""});
    if (!is_fence && open) fences.back().text += line + "\n";
    open = open != is_fence;
  }
  return fences;
}

// Targets of links and commands that name a file of the tree.
std::vector<std::string> PathsOf(const std::string& markdown) {
  static const std::regex kLink(R"(\]\(([^)#:]+)(#[^)]*)?\))");
  static const std::regex kCommand(
      R"((?:^|[\s`(])(?:\./)?((?:src|tests|examples|bench|include|\.ci|\.github)/[\w./-]*\w))");
  std::vector<std::string> paths;
  for (const std::regex* pattern : {&kLink, &kCommand}) {
    std::sregex_iterator it(markdown.begin(), markdown.end(), *pattern);
    for (; it != std::sregex_iterator(); ++it) paths.push_back((*it)[1]);
  }
  return paths;
}

// Without indentation and empty lines, which an excerpt may change.
std::string Flat(const std::string& text) {
  std::string flat;
  for (std::string line : SplitLines(text)) {
    line.erase(0, std::min(line.find_first_not_of(' '), line.size()));
    if (!line.empty()) flat += line + "\n";
  }
  return flat;
}

bool IsInAProgram(const std::string& cpp, const std::vector<SourceFile>& tree) {
  return std::any_of(tree.begin(), tree.end(), [&](const SourceFile& file) {
    return file.path.rfind("examples/", 0) == 0 && file.path.ends_with(".cc") &&
           Flat(file.text).find(Flat(cpp)) != std::string::npos;
  });
}

TEST_CASE("what the README names is there") {
  const std::string root = SourceDir();
  const std::string readme = ReadFile(root + "/README.md");
  if (readme.empty()) WARN("no README.md");
  for (const std::string& path : PathsOf(readme)) {
    INFO(path);
    CHECK(fs::exists(root + "/" + path));
  }
}

TEST_CASE("what the documents for contributors name is there") {
  const std::string root = SourceDir();
  size_t named = 0;
  for (const char* document : {"CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md",
                               "PULL_REQUEST_TEMPLATE.md", "ISSUE_TEMPLATE/report.md"}) {
    const std::string text = ReadFile(root + "/.github/" + document);
    INFO(document);
    CHECK_FALSE(text.empty());
    for (std::string path : PathsOf(text)) {
      if (path.find("NAME") != std::string::npos) path = path.substr(0, path.rfind('/'));
      INFO(path);
      CHECK(fs::exists(root + "/" + path));
      ++named;
    }
  }
  CHECK(named > 60);
}

TEST_CASE("scripts that the README runs can be run") {
  const std::string root = SourceDir();
  for (const char* script : {"tests/run.sh", "tests/long.sh", "tests/demos.sh", "examples/demo.sh",
                             "examples/host_demo.sh", ".ci/run"}) {
    INFO(script);
    const fs::perms mode = fs::status(root + "/" + script).permissions();
    CHECK((mode & fs::perms::owner_exec) != fs::perms::none);
  }
}

TEST_CASE("the README's C++ is part of a program under examples") {
  const std::vector<SourceFile> tree = ReadTree(SourceDir());
  for (const Fence& fence : FencesOf(ReadFile(SourceDir() + "/README.md"))) {
    if (fence.language != "cpp" && fence.language != "c++") continue;
    INFO(fence.text);
    CHECK(IsInAProgram(fence.text, tree));
  }
}

TEST_CASE("fences, paths and excerpts are found") {
  const std::vector<Fence> fences = FencesOf("a\n```cpp\nint x;\n```\nb\n```\ny\n```\n");
  REQUIRE(fences.size() == 2);
  CHECK(fences[0].language == "cpp");
  CHECK(fences[0].text == "int x;\n");
  CHECK(fences[1].text == "y\n");
  CHECK(PathsOf("see [a](src/b.md#c), [d](https://e.org); run `tests/run.sh`.").size() == 3);

  const std::vector<SourceFile> tree = {{"examples/a.cc", "int main() {\n  Work();\n}\n"}};
  CHECK(IsInAProgram("Work();\n", tree));
  CHECK_FALSE(IsInAProgram("Rest();\n", tree));
}

}  // namespace
}  // namespace dolerite::layers
