// Go's own names of profiles, as `curl -O` and most scripts leave them. The sample type is the
// proof: `block.pb.gz` may also be a file about blocks.
#include "kind_of_file.h"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <string_view>

namespace dolerite::cli {
namespace {

struct Kind {
  std::string_view word;         // in names of files
  std::string_view kind;         // the value of the label
  std::string_view sample_type;  // that profiles of this kind have
};

constexpr Kind kKinds[] = {
    {"cpu", "cpu", "cpu"},
    {"heap", "heap", "inuse_space"},
    {"allocs", "allocs", "alloc_space"},
    {"mutex", "mutex", "contentions"},
    {"block", "block", "contentions"},
    {"goroutine", "goroutine", "goroutine"},
    {"goroutines", "goroutine", "goroutine"},
    {"threadcreate", "threadcreate", "threadcreate"},
    {"wall", "wall", "wall"},
};

bool HasSampleType(const Profile& profile, std::string_view name) {
  return std::any_of(profile.sample_types.begin(), profile.sample_types.end(),
                     [&](const auto& type) { return profile.symbols.strings[type.type] == name; });
}

const Kind* KindNamed(std::string_view word) {
  for (const Kind& kind : kKinds) {
    if (kind.word == word) return &kind;
  }
  return nullptr;
}

}  // namespace

std::string KindOfFile(const std::string& path, const Profile& profile) {
  std::string name = std::filesystem::path(path).filename().string();
  for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  const Kind* found = nullptr;
  // Whole words: `cpuset` is not `cpu`.
  for (size_t begin = 0; begin < name.size();) {
    const size_t end = std::min(name.find_first_of("._-", begin), name.size());
    const Kind* kind = KindNamed(std::string_view(name).substr(begin, end - begin));
    // Two kinds in one name: the name does not say which.
    if (kind != nullptr && found != nullptr && kind->kind != found->kind) return "";
    if (kind != nullptr) found = kind;
    begin = end + 1;
  }
  if (found == nullptr || !HasSampleType(profile, found->sample_type)) return "";
  return std::string(found->kind);
}

}  // namespace dolerite::cli
