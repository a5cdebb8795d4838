// A tree that grows in any order: nodes are found by (parent, name) and numbered as they come,
// names too. Finish sorts both, so that the answer does not depend on that order.
#include "model/frame_tree.h"

#include <algorithm>
#include <numeric>

#include "base/checksum.h"
#include "base/status.h"
#include "model/pre_order.h"

namespace dolerite {

FrameTree::FrameTree(size_t columns)
    : columns_(columns), seed_(SeedFor(this)), nodes_(seed_), self_(columns, 0) {}

void FrameTree::Reserve(size_t nodes) {
  nodes_.Reserve(nodes);
  self_.reserve(self_.size() + nodes * columns_);
}

StringId FrameTree::Name(std::string_view name) {
  if (name.empty()) return {};
  return {name_rows_.FindOrAdd(
      SeededHash(name.data(), name.size(), seed_),
      [&](uint32_t row) { return names_[StringId{row}] == name; },
      [&] { return names_.Add(name).value; })};
}

std::vector<uint32_t> FrameTree::Merge(const FrameTree& other) {
  std::vector<StringId> names(other.names_.size());
  for (uint32_t i = 0; i < names.size(); ++i) names[i] = Name(other.names_[StringId{i}]);
  std::vector<uint32_t> nodes(other.size(), 0);
  for (uint32_t i = 0; i < other.size(); ++i) {
    if (i > 0) {
      nodes[i] = Child(nodes[other.nodes_.parent(i)], names[other.nodes_.key(i)]);
    }
    for (size_t c = 0; c < columns_; ++c) AddSelf(nodes[i], c, other.self(i, c));
  }
  return nodes;
}

std::vector<uint32_t> FrameTree::NamesInOrder() const {
  std::vector<uint32_t> by_name(names_.size());
  std::iota(by_name.begin(), by_name.end(), 0u);
  const auto before = [&](uint32_t a, uint32_t b) {
    return names_[StringId{a}] < names_[StringId{b}];
  };
  // Names of the first dataset mostly came in order.
  const auto tail = std::is_sorted_until(by_name.begin(), by_name.end(), before);
  std::sort(tail, by_name.end(), before);
  std::inplace_merge(by_name.begin(), tail, by_name.end(), before);
  return by_name;
}

// Names are compared as their ranks, which is cheap where a node has many children.
std::vector<uint32_t> FrameTree::InOrder(const std::vector<uint32_t>& by_name) const {
  std::vector<uint32_t> rank(names_.size()), parents(size());
  for (uint32_t i = 0; i < by_name.size(); ++i) rank[by_name[i]] = i;
  for (uint32_t i = 0; i < size(); ++i) parents[i] = nodes_.parent(i);
  return PreOrder(parents, [&](uint32_t i) { return rank[nodes_.key(i)]; });
}

std::vector<uint32_t> FrameTree::InOrder() const { return InOrder(NamesInOrder()); }

// Nodes that hold nothing are left out: parts that cancel out leave no trace of how they were cut.
std::vector<char> FrameTree::NodesWithValue() const {
  std::vector<char> wanted(size(), 0);
  for (uint32_t node = static_cast<uint32_t>(size()); node-- > 0;) {
    for (size_t c = 0; c < columns_; ++c) wanted[node] |= self_[node * columns_ + c] != 0;
    if (wanted[node]) wanted[nodes_.parent(node)] = 1;
  }
  wanted[0] = 1;
  return wanted;
}

absl::StatusOr<Tree> FrameTree::Finish(int64_t scale) const {
  const std::vector<uint32_t> by_name = NamesInOrder();
  const std::vector<char> wanted = NodesWithValue();
  // Phase 1: which names are used by nodes that stay, in their order.
  std::vector<char> named(names_.size(), 0);
  for (uint32_t node = 0; node < size(); ++node) {
    if (wanted[node]) named[nodes_.key(node)] = 1;
  }

  Tree tree;
  tree.columns.resize(columns_);
  std::vector<StringId> names(names_.size());
  for (uint32_t row : by_name) {
    if (row != 0 && named[row]) names[row] = tree.names.Add(names_[StringId{row}]);
  }
  const size_t most = static_cast<size_t>(std::count(wanted.begin(), wanted.end(), 1));
  tree.parent.reserve(most), tree.name.reserve(most);
  for (Tree::Column& column : tree.columns) column.self.reserve(most);
  // Phase 2: the nodes in pre-order, so a parent is placed before its children.
  std::vector<uint32_t> placed(size());
  for (uint32_t node : InOrder(by_name)) {
    if (!wanted[node]) continue;
    placed[node] = static_cast<uint32_t>(tree.size());
    tree.parent.push_back(node == 0 ? 0 : placed[nodes_.parent(node)]);
    tree.name.push_back(names[nodes_.key(node)]);
    for (size_t c = 0; c < columns_; ++c) {
      // Sums are kept in 128 bits; only what leaves is checked against 64.
      const __int128 self = self_[node * columns_ + c] / scale;
      if (self != static_cast<int64_t>(self)) {
        return OutOfRange("a value of \"", names_[name_of(node)], "\" leaves 64 bits");
      }
      tree.columns[c].self.push_back(static_cast<int64_t>(self));
    }
  }
  DOLERITE_RETURN_IF_ERROR(tree.SumTotals());
  return tree;
}

}  // namespace dolerite
