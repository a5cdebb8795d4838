#include <algorithm>

#include "base/bytes.h"
#include "base/out_of_memory.h"
#include "base/status.h"
#include "dolerite/pyroscope.h"

namespace dolerite {
namespace {

// Children as links from the last to the first, which is the order in which nodes are written.
struct Siblings {
  explicit Siblings(const Tree& tree)
      : last_child(tree.size()), earlier(tree.size()), children(tree.size()) {
    for (uint32_t node = 1; node < tree.size(); ++node) {
      const uint32_t parent = tree.parent[node];
      earlier[node] = last_child[parent];
      last_child[parent] = node;
      ++children[parent];
    }
  }

  // 0: none, as the root is nobody's child
  std::vector<uint32_t> last_child, earlier, children;
};

void AppendNode(std::string* out, std::string_view name, int64_t self, uint64_t children) {
  AppendVarint(out, name.size());
  out->append(name);
  AppendVarint(out, static_cast<uint64_t>(self));
  AppendVarint(out, children);
}

std::string_view NameOf(const Tree& tree, uint32_t node) {
  const StringId id = tree.name[node];
  return tree.rest.value != 0 && id == tree.rest ? "other" : tree.names[id];
}

std::string TreeBytes(const Tree& tree) {
  const std::vector<int64_t>& self = tree.columns[0].self;
  const Siblings siblings(tree);
  std::string out;
  const bool has_empty_stack = self[0] != 0;
  AppendNode(&out, "", 0, uint64_t{siblings.children[0]} + has_empty_stack);
  if (has_empty_stack) AppendNode(&out, "", self[0], 0);
  uint32_t node = siblings.last_child[0];
  while (node != 0) {
    AppendNode(&out, NameOf(tree, node), self[node], siblings.children[node]);
    if (siblings.last_child[node] != 0) {
      node = siblings.last_child[node];
      continue;
    }
    while (node != 0 && siblings.earlier[node] == 0) node = tree.parent[node];
    node = siblings.earlier[node];
  }
  return out;
}

}  // namespace

absl::StatusOr<std::string> ToPyroscopeTree(const Tree& tree) {
  if (tree.columns.size() != 1) return InvalidArgument("a tree of one column is needed");
  const std::vector<int64_t>& self = tree.columns[0].self;
  if (std::all_of(self.begin(), self.end(), [](int64_t value) { return value == 0; })) return "";
  return WithinMemory([&]() -> absl::StatusOr<std::string> { return TreeBytes(tree); });
}

}  // namespace dolerite
