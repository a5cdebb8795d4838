#include "support/corpus.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

#include "support/source_dir.h"

namespace dolerite::testing {

namespace {

std::filesystem::path PathOf(std::string_view name) {
  return std::filesystem::path(SourceDir()) / "../shared/corpus" / name;
}

}  // namespace

bool CorpusPresent() {
  if (std::filesystem::exists(PathOf("README.md"))) return true;
  WARN("skipped: there is no corpus at " << PathOf("").string());
  return false;
}

std::string ReadCorpusFile(std::string_view name) {
  std::ifstream in(PathOf(name), std::ios::binary);
  INFO(name);
  REQUIRE(in.good());
  return std::string(std::istreambuf_iterator<char>(in), {});
}

std::vector<std::string> ListCorpus(std::string_view folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(PathOf(folder))) {
    if (!entry.is_regular_file()) continue;
    names.push_back(std::filesystem::relative(entry.path(), PathOf("")).string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::vector<std::vector<std::string>> ReadCorpusTsv(std::string_view name) {
  std::vector<std::vector<std::string>> rows;
  std::istringstream text(ReadCorpusFile(name));
  for (std::string line; std::getline(text, line);) {
    if (line.empty() || line[0] == '#') continue;
    std::vector<std::string>& row = rows.emplace_back();
    std::istringstream fields(line);
    for (std::string field; std::getline(fields, field, '\t');) row.push_back(field);
  }
  return rows;
}

}  // namespace dolerite::testing
