// What a C++ source says, without a compiler.
#ifndef DOLERITE_TESTS_LAYERS_SOURCE_TEXT_H_
#define DOLERITE_TESTS_LAYERS_SOURCE_TEXT_H_

#include <string>
#include <string_view>
#include <vector>

namespace dolerite::layers {

struct SourceFile {
  std::string path;  // from the top of the tree
  std::string text;
};

struct Include {
  std::string path;
  size_t line = 0;
};

std::vector<std::string> SplitLines(std::string_view text);

// The text with comments, characters and strings blanked; lines stay where they are.
std::string CodeOnly(std::string_view text);

std::vector<Include> IncludesOf(std::string_view text);

std::string ReadFile(const std::string& path);

// The files below the top-level directories that people write, in order of their paths.
std::vector<SourceFile> ReadTree(const std::string& root);

}  // namespace dolerite::layers

#endif  // DOLERITE_TESTS_LAYERS_SOURCE_TEXT_H_
