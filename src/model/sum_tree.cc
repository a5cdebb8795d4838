// A tree in pre-order needs no parents: depths say them. So two trees merge in one walk, with sums
// of 128 bits, and only FinishTree narrows them.
#include "model/sum_tree.h"

#include <algorithm>

#include "base/pace.h"
#include "base/status.h"
#include "model/pre_order.h"

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

absl::StatusOr<std::vector<uint32_t>> PlaceNodes(const ChildIndex& nodes,
                                                 std::span<const uint32_t> ranks,
                                                 const CallContext& call, SumTree* tree) {
  const uint32_t n = nodes.size();
  tree->name.resize(n), tree->depth.resize(n);
  tree->self.resize(n * tree->columns, 0);
  uint32_t *const name = tree->name.data(), *const depth = tree->depth.data();
  const auto parent_of = [&](uint32_t node) { return nodes.parent(node); };
  const auto place_by = [&](const auto& rank_of) -> absl::StatusOr<std::vector<uint32_t>> {
    DOLERITE_ASSIGN_OR_RETURN(
        std::vector<uint32_t> places,
        PlacesInPreOrder(n, static_cast<uint32_t>(tree->names.size()), parent_of, rank_of, call));
    const uint32_t* const place = places.data();
    Pace pace;
    for (uint32_t i = 1; i < n; ++i) {
      if (pace.IsDue()) DOLERITE_RETURN_IF_ERROR(call.Check());
      name[place[i]] = rank_of(i);
      depth[place[i]] = depth[place[parent_of(i)]] + 1;
    }
    DOLERITE_RETURN_IF_ERROR(call.Check());
    return places;
  };
  if (ranks.empty()) return place_by([&](uint32_t node) { return nodes.key(node); });
  return place_by([&](uint32_t node) { return ranks.data()[nodes.key(node)]; });
}

namespace {

// The names of two trees in order, and where each one's went.
struct JointNames {
  StringTable names;
  std::vector<uint32_t> of_a, of_b;

  // Both tables ascend, so this is a merge of two sorted lists.
  JointNames(const StringTable& a, const StringTable& b) : of_a(a.size()), of_b(b.size()) {
    names.Reserve(std::max(a.size(), b.size()), std::max(a.text_bytes(), b.text_bytes()));
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

// Where merged nodes go: columns that are written through plain pointers and grow by halves.
class MergedNodes {
 public:
  MergedNodes(size_t columns, size_t room) : out_(columns) { Resize(room); }

  // The next node: of one tree, or of both. `from` is the tree's node; it has no meaning if the
  // node is not taken from this tree.
  struct Part {
    const SumTree& tree;
    size_t from;
    bool taken;
  };
  void Add(uint32_t depth, uint32_t name, const Part& a, const Part& b) {
    if (size_ == room_) Resize(room_ + room_ / 2 + 16);
    depth_[size_] = depth, name_[size_] = name;
    // Masks instead of branches: which of two trees has the next node can't be guessed.
    const size_t columns = out_.columns;
    const __int128 *left = a.tree.self.data() + (a.taken ? a.from * columns : 0),
                   *right = b.tree.self.data() + (b.taken ? b.from * columns : 0);
    const __int128 left_mask = -__int128{a.taken}, right_mask = -__int128{b.taken};
    __int128* to = self_ + size_ * columns;
    if (columns == 1) {  // as in most trees: no loop to set up
      *to = (*left & left_mask) + (*right & right_mask);
    } else {
      for (size_t c = 0; c < columns; ++c) to[c] = (left[c] & left_mask) + (right[c] & right_mask);
    }
    ++size_;
  }

  SumTree Finish(StringTable names) && {
    Resize(size_);
    out_.names = std::move(names);
    return std::move(out_);
  }

 private:
  void Resize(size_t room) {
    room_ = room;
    out_.depth.resize(room), out_.name.resize(room), out_.self.resize(room * out_.columns);
    depth_ = out_.depth.data(), name_ = out_.name.data(), self_ = out_.self.data();
  }

  SumTree out_;
  size_t size_ = 0, room_ = 0;
  uint32_t *depth_ = nullptr, *name_ = nullptr;
  __int128* self_ = nullptr;
};

}  // namespace

// One walk over both in pre-order. Of the next nodes of the two, the deeper one comes first, as it
// lies below the node that was added last. Two of one depth have the same parent: the parents are
// the last nodes of the depth above, and a node that only one tree has was passed with all that is
// below it before the other tree's next node of its depth or above.
absl::StatusOr<SumTree> MergeTrees(const SumTree& a, const SumTree& b, const CallContext& call) {
  JointNames joint(a.names, b.names);
  const size_t a_size = a.size(), b_size = b.size();
  const uint32_t *a_depth = a.depth.data(), *b_depth = b.depth.data();
  const uint32_t *a_name = a.name.data(), *b_name = b.name.data();
  const uint32_t *of_a = joint.of_a.data(), *of_b = joint.of_b.data();
  MergedNodes out(a.columns, std::max(a_size, b_size));
  out.Add(0, 0, {a, 0, true}, {b, 0, true});
  Pace pace;
  for (size_t i = 1, j = 1; i < a_size || j < b_size;) {
    if (pace.IsDue()) DOLERITE_RETURN_IF_ERROR(call.Check());
    // The root's depth is 0: what has ended comes last.
    const uint32_t depth_a = i < a_size ? a_depth[i] : 0, depth_b = j < b_size ? b_depth[j] : 0;
    const uint32_t name_a = i < a_size ? of_a[a_name[i]] : 0;
    const uint32_t name_b = j < b_size ? of_b[b_name[j]] : 0;
    const bool level = depth_a == depth_b;
    const bool take_a = (depth_a > depth_b) | (level & (name_a <= name_b));
    const bool take_b = (depth_b > depth_a) | (level & (name_b <= name_a));
    out.Add(take_a ? depth_a : depth_b, take_a ? name_a : name_b, {a, i, take_a}, {b, j, take_b});
    i += take_a, j += take_b;
  }
  return std::move(out).Finish(std::move(joint.names));
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
