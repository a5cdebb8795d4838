#include "layers/source_text.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <sstream>

namespace dolerite::layers {
namespace {

namespace fs = std::filesystem;

// One past the end of the comment or literal that begins at `at`; `at` if none does.
size_t SkipRawString(std::string_view text, size_t at) {
  const size_t open = text.find('(', at);
  if (text.substr(at, 2) != "R\"" || open == std::string_view::npos) return at;
  const std::string close = ")" + std::string(text.substr(at + 2, open - at - 2)) + "\"";
  const size_t end = text.find(close, open);
  return end == std::string_view::npos ? text.size() : end + close.size();
}

size_t SkipQuoted(std::string_view text, size_t at) {
  const char quote = text[at];
  size_t i = at + 1;
  while (i < text.size() && text[i] != quote && text[i] != '\n') i += text[i] == '\\' ? 2 : 1;
  return std::min(i + 1, text.size());
}

bool IsDigitSeparator(std::string_view text, size_t at) {
  return text[at] == '\'' && at > 0 && isxdigit(static_cast<unsigned char>(text[at - 1]));
}

size_t SkipNoCode(std::string_view text, size_t at) {
  const std::string_view two = text.substr(at, 2);
  if (two == "//") return std::min(text.find('\n', at), text.size());
  if (two == "/*") return std::min(text.find("*/", at + 2), text.size() - 2) + 2;
  if (two == "R\"") return SkipRawString(text, at);
  if (text[at] == '"') return SkipQuoted(text, at);
  if (text[at] == '\'' && !IsDigitSeparator(text, at)) return SkipQuoted(text, at);
  return at;
}

bool IsSource(const fs::path& path) {
  static const std::vector<std::string> kKinds = {".h",  ".cc", ".fbs", ".cmake", ".txt", ".in",
                                                  ".sh", ".md", ".py",  ".js",    ".html"};
  return std::find(kKinds.begin(), kKinds.end(), path.extension()) != kKinds.end();
}

// Data may say what it likes.
bool IsData(const fs::path& path) {
  return std::find(path.begin(), path.end(), fs::path("data")) != path.end();
}

}  // namespace

std::vector<std::string> SplitLines(std::string_view text) {
  std::istringstream in{std::string(text)};
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

std::string CodeOnly(std::string_view text) {
  std::string code(text);
  for (size_t i = 0; i < text.size();) {
    const size_t end = SkipNoCode(text, i);
    for (size_t k = i; k < end; ++k) {
      if (code[k] != '\n') code[k] = ' ';
    }
    i = std::max(end, i + 1);
  }
  return code;
}

std::vector<Include> IncludesOf(std::string_view text) {
  static const std::regex kInclude(R"rx(^\s*#\s*include\s*[<"]([^>"]+)[>"])rx");
  std::vector<Include> includes;
  const std::vector<std::string> lines = SplitLines(text);
  for (size_t i = 0; i < lines.size(); ++i) {
    if (std::smatch m; std::regex_search(lines[i], m, kInclude)) includes.push_back({m[1], i + 1});
  }
  return includes;
}

std::string ReadFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

std::vector<SourceFile> ReadTree(const std::string& root) {
  std::vector<SourceFile> files;
  for (const char* top : {"include", "src", "tests", "bench", "examples"}) {
    for (const auto& entry : fs::recursive_directory_iterator(root + "/" + top)) {
      const fs::path path = fs::relative(entry.path(), root);
      if (!entry.is_regular_file() || !IsSource(path) || IsData(path)) continue;
      files.push_back({path.generic_string(), ReadFile(entry.path().string())});
    }
  }
  std::sort(files.begin(), files.end(), [](auto& a, auto& b) { return a.path < b.path; });
  return files;
}

}  // namespace dolerite::layers
