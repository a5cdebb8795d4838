// A tree that grows in any order: nodes are found by (parent, name) and numbered as they come,
// names too. Finish sorts both, so that the answer does not depend on that order.
#include "model/frame_tree.h"

#include <algorithm>

#include "base/checksum.h"
#include "model/pre_order.h"

namespace dolerite {

FrameTree::FrameTree(size_t columns)
    : columns_(columns), nodes_(SeedFor(this)), self_(columns, 0) {}

void FrameTree::Reserve(size_t nodes) {
  nodes_.Reserve(nodes);
  self_.reserve(self_.size() + nodes * columns_);
}

// Parents of `other` come before their children, so each node finds its parent's place.
std::vector<uint32_t> FrameTree::Merge(const FrameTree& other) {
  std::vector<StringId> names(other.names().size());
  for (uint32_t i = 0; i < names.size(); ++i) names[i] = Name(other.names()[StringId{i}]);
  std::vector<uint32_t> nodes(other.size(), 0);
  for (uint32_t i = 0; i < other.size(); ++i) {
    if (i > 0) {
      nodes[i] = Child(nodes[other.nodes_.parent(i)], names[other.nodes_.key(i)]);
    }
    for (size_t c = 0; c < columns_; ++c) AddSelf(nodes[i], c, other.self(i, c));
  }
  return nodes;
}

// Nodes are in pre-order: a node's parent is the last one of the depth above.
std::vector<uint32_t> FrameTree::Merge(const SumTree& other) {
  std::vector<StringId> names(other.names.size());
  for (uint32_t i = 0; i < names.size(); ++i) names[i] = Name(other.names[StringId{i}]);
  std::vector<uint32_t> nodes(other.size(), 0), path;
  for (uint32_t i = 0; i < other.size(); ++i) {
    path.resize(other.depth[i]);
    if (i > 0) nodes[i] = Child(path.back(), names[other.name[i]]);
    path.push_back(nodes[i]);
    for (size_t c = 0; c < other.columns; ++c) {
      AddSelf(nodes[i], c, other.self[i * other.columns + c]);
    }
  }
  return nodes;
}

// Names are compared once, when they are ranked; siblings are then sorted by number.
std::vector<uint32_t> FrameTree::InOrder(const std::vector<uint32_t>& ranks) const {
  std::vector<uint32_t> parents(size());
  for (uint32_t i = 0; i < size(); ++i) parents[i] = nodes_.parent(i);
  return PreOrder(parents, [&](uint32_t i) { return ranks[nodes_.key(i)]; });
}

std::vector<uint32_t> FrameTree::InOrder() const {
  StringTable names;
  return InOrder(names_.Sort(&names));
}

// The sums move into a SumTree in final order, which knows how to finish: one way for trees that
// grow and for trees that were merged.
absl::StatusOr<Tree> FrameTree::Finish(const CallContext& call) const {
  SumTree sums(columns_);
  sums.Reserve(size());
  const std::vector<uint32_t> ranks = names_.Sort(&sums.names);
  std::vector<uint32_t> depth(size(), 0);
  std::copy_n(self_.begin(), columns_, sums.self.begin());
  for (uint32_t node : InOrder(ranks)) {
    if (node == 0) continue;
    depth[node] = depth[nodes_.parent(node)] + 1;
    sums.Add(depth[node], ranks[nodes_.key(node)]);
    std::copy_n(self_.begin() + node * columns_, columns_, sums.self.end() - columns_);
  }
  return FinishTree(sums, 1, call);
}

}  // namespace dolerite
