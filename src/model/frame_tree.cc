// A tree that grows in any order: nodes are found by (parent, name) and numbered as they come,
// names too. Finish sorts both, so that the answer does not depend on that order.
#include "model/frame_tree.h"

#include <algorithm>

#include "base/checksum.h"
#include "base/pace.h"
#include "base/status.h"
#include "model/pre_order.h"

namespace dolerite {

FrameTree::FrameTree(size_t columns)
    : columns_(columns), nodes_(SeedFor(this)), self_(columns, 0) {}

void FrameTree::Reserve(size_t nodes) {
  nodes_.Reserve(nodes);
  self_.reserve(self_.size() + nodes * columns_);
}

namespace {

// Adds all names; returns by the other table's row the row here.
absl::Status AddNames(const StringTable& other, const CallContext& call, FrameTree* tree,
                      std::vector<StringId>* names) {
  Pace pace;
  names->reserve(other.size());
  for (uint32_t i = 0; i < other.size(); ++i) {
    DOLERITE_RETURN_IF_ERROR(pace.Check(call));
    names->push_back(tree->Name(other[StringId{i}]));
  }
  return absl::OkStatus();
}

}  // namespace

// Parents of `other` come before their children, so each node finds its parent's place.
absl::StatusOr<std::vector<uint32_t>> FrameTree::Merge(const FrameTree& other,
                                                       const CallContext& call) {
  const Size before = sizes();
  std::vector<StringId> names;
  std::vector<uint32_t> nodes;
  nodes.reserve(other.size());
  Pace pace;
  absl::Status status = AddNames(other.names(), call, this, &names);
  for (uint32_t i = 0; i < other.size() && status.ok(); ++i) {
    nodes.push_back(i == 0 ? 0 : Child(nodes[other.nodes_.parent(i)], names[other.nodes_.key(i)]));
    for (size_t c = 0; c < columns_; ++c) AddSelf(nodes[i], c, other.self(i, c));
    status = pace.Check(call);
  }
  if (status.ok()) return nodes;
  TakeBack(other, nodes, before);
  return status;
}

void FrameTree::TakeBack(const FrameTree& other, const std::vector<uint32_t>& nodes,
                         const Size& before) {
  for (uint32_t i = 0; i < nodes.size(); ++i) {
    for (size_t c = 0; c < columns_; ++c) AddSelf(nodes[i], c, -other.self(i, c));
  }
  nodes_.CutTo(before.nodes);
  self_.resize(before.nodes * columns_);
  names_.CutTo(before.names);
}

// Nodes are in pre-order: a node's parent is the last one of the depth above.
absl::StatusOr<std::vector<uint32_t>> FrameTree::Merge(const SumTree& other,
                                                       const CallContext& call) {
  std::vector<StringId> names;
  DOLERITE_RETURN_IF_ERROR(AddNames(other.names, call, this, &names));
  std::vector<uint32_t> nodes(other.size(), 0), path;
  Pace pace;
  for (uint32_t i = 0; i < other.size(); ++i) {
    DOLERITE_RETURN_IF_ERROR(pace.Check(call));
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
absl::StatusOr<std::vector<uint32_t>> FrameTree::Places(const CallContext& call) const {
  StringTable names;
  DOLERITE_ASSIGN_OR_RETURN(const std::vector<uint32_t> ranks, names_.Sort(&names, call));
  const auto parent_of = [&](uint32_t node) { return nodes_.parent(node); };
  const auto rank_of = [&](uint32_t node) { return ranks.data()[nodes_.key(node)]; };
  return PlacesInPreOrder(nodes_.size(), static_cast<uint32_t>(names.size()), parent_of, rank_of,
                          call);
}

// The sums move into a SumTree in final order, which knows how to finish: one way for trees that
// grow and for trees that were merged.
absl::StatusOr<Tree> FrameTree::Finish(const CallContext& call) const {
  SumTree sums(columns_);
  DOLERITE_ASSIGN_OR_RETURN(const std::vector<uint32_t> ranks, names_.Sort(&sums.names, call));
  DOLERITE_ASSIGN_OR_RETURN(const std::vector<uint32_t> places,
                            PlaceNodes(nodes_, ranks, call, &sums));
  Pace pace;
  for (uint32_t i = 0; i < size(); ++i) {
    DOLERITE_RETURN_IF_ERROR(pace.Check(call));
    std::copy_n(self_.begin() + i * columns_, columns_, sums.self.begin() + places[i] * columns_);
  }
  return FinishTree(sums, 1, call);
}

}  // namespace dolerite
