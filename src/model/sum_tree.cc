// A tree in pre-order needs no parents: depths say them. So two trees merge in one walk, with sums
// of 128 bits, and only FinishTree narrows them.
#include "model/sum_tree.h"

#include <algorithm>

#include "base/pace.h"
#include "base/status.h"

namespace dolerite {

SumTree::SumTree(size_t c) : columns(c), name{0}, depth{0}, self(c, 0) {}

void SumTree::Reserve(size_t nodes) {
  name.reserve(nodes), depth.reserve(nodes);
  self.reserve(nodes * columns);
}

void SumTree::Add(uint32_t node_depth, uint32_t node_name) {
  depth.push_back(node_depth);
  name.push_back(node_name);
  self.resize(self.size() + columns, 0);
}

size_t SumTree::memory_bytes() const {
  return names.memory_bytes() + (name.capacity() + depth.capacity()) * sizeof(uint32_t) +
         self.capacity() * sizeof(__int128);
}

namespace {

// The names of two trees in order, and where each one's went.
struct JointNames {
  StringTable names;
  std::vector<uint32_t> of_a, of_b;

  // Both tables ascend, so this is a merge of two sorted lists.
  JointNames(const StringTable& a, const StringTable& b) : of_a(a.size()), of_b(b.size()) {
    names.Reserve(std::max(a.size(), b.size()), 0);
    uint32_t i = 1, j = 1;
    while (i < a.size() || j < b.size()) {
      const bool both = i < a.size() && j < b.size();
      const int order = both ? a[{i}].compare(b[{j}]) : i < a.size() ? -1 : 1;
      const uint32_t row = names.Add(order <= 0 ? a[{i}] : b[{j}]).value;
      if (order <= 0) of_a[i++] = row;
      if (order >= 0) of_b[j++] = row;
    }
  }
};

void AddSelf(const SumTree& from, size_t node, SumTree* to) {
  __int128* sums = to->self.data() + to->self.size() - to->columns;
  for (size_t c = 0; c < to->columns; ++c) sums[c] += from.self[node * to->columns + c];
}

}  // namespace

// One walk over both in pre-order. Of the next nodes of the two, the deeper one comes first, as it
// lies below the node that was added last. Two of one depth have the same parent: the parents are
// the last nodes of the depth above, and a node that only one tree has was passed with all that is
// below it before the other tree's next node of its depth or above.
absl::StatusOr<SumTree> MergeTrees(const SumTree& a, const SumTree& b, const CallContext& call) {
  JointNames joint(a.names, b.names);
  SumTree out(a.columns);
  out.Reserve(std::max(a.size(), b.size()));
  AddSelf(a, 0, &out), AddSelf(b, 0, &out);
  Pace pace;
  for (size_t i = 1, j = 1; i < a.size() || j < b.size();) {
    if (pace.IsDue()) DOLERITE_RETURN_IF_ERROR(call.Check());
    // The root's depth is 0: what has ended comes last.
    const uint32_t depth_a = i < a.size() ? a.depth[i] : 0;
    const uint32_t depth_b = j < b.size() ? b.depth[j] : 0;
    const uint32_t name_a = i < a.size() ? joint.of_a[a.name[i]] : 0;
    const uint32_t name_b = j < b.size() ? joint.of_b[b.name[j]] : 0;
    const bool level = depth_a == depth_b;
    const bool take_a = depth_a > depth_b || (level && name_a <= name_b);
    const bool take_b = depth_b > depth_a || (level && name_b <= name_a);
    out.Add(take_a ? depth_a : depth_b, take_a ? name_a : name_b);
    if (take_a) AddSelf(a, i++, &out);
    if (take_b) AddSelf(b, j++, &out);
  }
  out.names = std::move(joint.names);
  return out;
}

namespace {

// Nodes that hold nothing are left out: parts that cancel out leave no trace of how they were cut.
// One backward walk: `open` is the depth of the last wanted node whose parent was not met yet, and
// that parent is the next node of a smaller depth.
std::vector<char> NodesWithValue(const SumTree& tree) {
  std::vector<char> wanted(tree.size(), 0);
  const uint32_t* depth = tree.depth.data();
  const __int128* sums = tree.self.data() + tree.self.size();
  uint32_t open = 0;
  for (size_t node = tree.size(); node-- > 0;) {
    bool value = depth[node] < open;
    for (size_t c = 0; c < tree.columns; ++c) value |= *--sums != 0;
    if (!value) continue;
    wanted[node] = 1;
    open = depth[node];
  }
  wanted[0] = 1;
  return wanted;
}

// The names of wanted nodes, and by row of the tree's names the row that each got.
std::vector<StringId> TakeNames(const SumTree& tree, const std::vector<char>& wanted,
                                StringTable* names) {
  std::vector<char> named(tree.names.size(), 0);
  for (size_t node = 0; node < tree.size(); ++node) named[tree.name[node]] |= wanted[node];
  std::vector<StringId> rows(named.size());
  for (uint32_t row = 1; row < named.size(); ++row) {
    if (named[row]) rows[row] = names->Add(tree.names[StringId{row}]);
  }
  return rows;
}

// Parents and names of the wanted nodes.
// In pre-order the parent of a node is the last node of the depth above.
void TakeNodes(const SumTree& from, const std::vector<char>& wanted,
               const std::vector<StringId>& names, Tree* tree) {
  const uint32_t *depth = from.depth.data(), *name = from.name.data();
  std::vector<uint32_t> path(2 + *std::max_element(depth, depth + from.size()), 0);
  uint32_t* last = path.data() + 1;  // by depth the last node; the root's parent is the root
  uint32_t *parent = tree->parent.data(), nodes = 0;
  StringId* to_name = tree->name.data();
  for (size_t node = 0; node < from.size(); ++node) {
    if (!wanted[node]) continue;
    parent[nodes] = last[static_cast<ptrdiff_t>(depth[node]) - 1];
    to_name[nodes] = names[name[node]];
    last[depth[node]] = nodes++;
  }
}

// One column of the wanted nodes.
// All values are multiples of `scale`, so dividing is exact; totals are summed from what comes out.
absl::Status TakeSelf(const SumTree& from, const std::vector<char>& wanted, size_t column,
                      int64_t scale, int64_t* self) {
  const __int128* sums = from.self.data() + column;
  for (size_t node = 0; node < from.size(); ++node, sums += from.columns) {
    if (!wanted[node]) continue;
    const __int128 value = scale == 1 ? *sums : *sums / scale;
    *self = static_cast<int64_t>(value);
    if (*self++ != value) {
      return OutOfRange("a value of \"", from.names[StringId{from.name[node]}],
                        "\" leaves 64 bits");
    }
  }
  return absl::OkStatus();
}

}  // namespace

// Names, then nodes, then columns: each is one pass, and the host is asked between them.
absl::StatusOr<Tree> FinishTree(const SumTree& from, int64_t scale, const CallContext& call) {
  const std::vector<char> wanted = NodesWithValue(from);
  const size_t nodes = static_cast<size_t>(std::count(wanted.begin(), wanted.end(), 1));
  DOLERITE_RETURN_IF_ERROR(call.Check());
  Tree tree;
  const std::vector<StringId> names = TakeNames(from, wanted, &tree.names);
  tree.parent.resize(nodes), tree.name.resize(nodes);
  TakeNodes(from, wanted, names, &tree);
  tree.columns.resize(from.columns);
  for (size_t c = 0; c < from.columns; ++c) {
    DOLERITE_RETURN_IF_ERROR(call.Check());
    tree.columns[c].self.resize(nodes);
    DOLERITE_RETURN_IF_ERROR(TakeSelf(from, wanted, c, scale, tree.columns[c].self.data()));
  }
  DOLERITE_RETURN_IF_ERROR(tree.SumTotals());
  return tree;
}

}  // namespace dolerite
