// A tree for each group becomes a subtree of one, below a node with the group's labels.
#include "ask/join_groups.h"

#include <algorithm>
#include <string>

namespace dolerite::ask {
namespace {

void Append(const GroupedTree& group, Tree* to) {
  // Rows of the group's tree move by as much as is there already, so pre-order stays.
  const uint32_t base = static_cast<uint32_t>(to->size());
  const Tree& from = group.tree;
  std::vector<StringId> names(from.names.size());
  // Names get new ids, once for each name and not for each node. Id 0 is the empty text in both.
  for (uint32_t i = 1; i < names.size(); ++i) names[i] = to->names.Add(from.names[StringId{i}]);
  for (uint32_t node = 0; node < from.size(); ++node) {
    to->parent.push_back(node == 0 ? 0 : base + from.parent[node]);
    to->name.push_back(node == 0 ? to->names.Add(group.labels.ToString())
                                 : names[from.name[node].value]);
    to->columns[0].self.push_back(from.columns[0].self[node]);
  }
  to->cut_nodes += from.cut_nodes;
}

}  // namespace

Tree JoinGroups(std::vector<GroupedTree> groups) {
  // Children are sorted by name in any tree.
  std::sort(groups.begin(), groups.end(), [](const GroupedTree& a, const GroupedTree& b) {
    return a.labels.ToString() < b.labels.ToString();
  });
  Tree tree;
  tree.columns.resize(1);
  tree.columns[0].self = {0};
  tree.parent = {0};
  tree.name = {{}};
  for (const GroupedTree& group : groups) {
    tree.type = group.tree.type;
    tree.unit = group.tree.unit;
    Append(group, &tree);
  }
  return tree;
}

}  // namespace dolerite::ask
