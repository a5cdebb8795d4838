#include "model/demangle.h"

#include <cxxabi.h>

#include <cstdlib>
#include <memory>
#include <vector>

#include "base/text.h"
#include "dolerite/demangle.h"
#include "model/frame_tree.h"

namespace dolerite {

namespace {

// Names and results are bounded: what a demangler makes of a name may be much longer than the name.
constexpr size_t kLongestName = 1'024, kLongestResult = 16'384;
// The worst that n references can do is to triple the name n / 3 times.
constexpr size_t kMostReferences = 16;

// Counts what may refer to an earlier part of a C++ name: `S_`, `S1_`, `T_`, `T0_` ..
size_t ReferencesIn(std::string_view name) {
  size_t count = 0;
  for (size_t i = 0; i + 1 < name.size(); ++i) {
    if (name[i] != 'S' && name[i] != 'T') continue;
    size_t end = i + 1;
    while (end < name.size() &&
           ((name[end] >= '0' && name[end] <= '9') || (name[end] >= 'A' && name[end] <= 'Z'))) {
      ++end;
    }
    count += end < name.size() && name[end] == '_';
  }
  return count;
}

// The C++ library's demangler has no bounds of its own, hence the count of references before it. It
// allocates with malloc, hence the deleter.
std::optional<std::string> DemangleCpp(std::string_view name) {
  if (!name.starts_with("_Z") || ReferencesIn(name) > kMostReferences) return std::nullopt;
  struct Free {
    void operator()(char* text) const { std::free(text); }
  };
  int status = 0;
  const std::unique_ptr<char, Free> text(
      abi::__cxa_demangle(std::string(name).c_str(), nullptr, nullptr, &status));
  if (status != 0 || text == nullptr) return std::nullopt;
  const std::string_view out = text.get();
  if (out.size() > kLongestResult) return std::nullopt;
  return std::string(out);
}

}  // namespace

// Rust is tried first: its legacy names are well-formed C++ names too.
std::string Demangle(std::string_view name) {
  std::string_view bare = name;
  // macOS puts another underscore before each symbol.
  if (bare.starts_with("__Z") || bare.starts_with("__R")) bare.remove_prefix(1);
  if (bare.size() > kLongestName || !bare.starts_with('_')) return std::string(name);
  std::optional<std::string> out = DemangleRustV0(bare);
  if (!out) out = DemangleRustLegacy(bare);
  if (!out) out = DemangleCpp(bare);
  return out ? *std::move(out) : std::string(name);
}

Tree Demangled(const Tree& tree) {
  FrameTree renamed(tree.columns.size());
  // Names are demangled once each, however many nodes have them.
  std::vector<StringId> names;
  bool changed = false;
  for (uint32_t i = 0; i < tree.names.size(); ++i) {
    const std::string_view name = tree.names[StringId{i}];
    const size_t word = std::min(name.find(' '), name.size());
    const std::string shown = Concat(Demangle(name.substr(0, word)), name.substr(word));
    changed = changed || shown != name;
    names.push_back(renamed.Name(shown));
  }
  if (!changed) return tree;
  // Names that become equal make equal siblings, which are one node then.
  std::vector<uint32_t> nodes(tree.size(), 0);
  for (uint32_t i = 0; i < tree.size(); ++i) {
    if (i > 0) nodes[i] = renamed.Child(nodes[tree.parent[i]], names[tree.name[i].value]);
    for (size_t c = 0; c < tree.columns.size(); ++c) {
      renamed.AddSelf(nodes[i], c, tree.columns[c].self[i]);
    }
  }
  // Never fails: the sums are parts of sums that are in 64 bits.
  absl::StatusOr<Tree> made = renamed.Finish();
  if (!made.ok()) return tree;
  Tree out = *std::move(made);
  out.type = tree.type, out.unit = tree.unit, out.aggregate = tree.aggregate;
  out.cut_nodes = tree.cut_nodes;
  // The name of what was cut keeps its meaning; its row is another one now.
  for (uint32_t i = 0; i < out.names.size() && tree.rest != StringId{}; ++i) {
    if (out.names[StringId{i}] == Tree::kRest) out.rest = {i};
  }
  return out;
}

}  // namespace dolerite
