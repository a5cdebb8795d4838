// Flame graphs with exact sums: partial answers are made of these.
#ifndef DOLERITE_MODEL_SUM_TREE_H_
#define DOLERITE_MODEL_SUM_TREE_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "absl/status/statusor.h"
#include "dolerite/call_context.h"
#include "dolerite/symbols.h"
#include "dolerite/tree.h"
#include "model/child_index.h"

namespace dolerite {

// A tree in its final order. Nodes are in pre-order, siblings by name, each name once below a
// parent. Names are in order, each once, and row 0 is "": comparing rows compares names.
struct SumTree {
  // The root alone.
  explicit SumTree(size_t columns = 1);

  void Reserve(size_t nodes);
  // Adds the next node in pre-order, with sums of 0. Its depth is at most one more than that of the
  // node before, and at least 1.
  void Add(uint32_t node_depth, uint32_t node_name);

  size_t size() const { return depth.size(); }
  size_t memory_bytes() const;

  size_t columns;
  StringTable names;
  std::vector<uint32_t> name;   // row of names; the root's is 0
  std::vector<uint32_t> depth;  // the root's is 0
  std::vector<__int128> self;   // node by node, a value for each column
};

// Makes `nodes`, whose keys are names, the nodes of a tree that has its names and nothing else yet.
// `ranks` has, by key, the row of the name; empty if keys are such rows. Sums are 0. Returns, by
// node, its node in the tree. Not OK only if the host has stopped the call.
absl::StatusOr<std::vector<uint32_t>> PlaceNodes(const ChildIndex& nodes,
                                                 std::span<const uint32_t> ranks,
                                                 const CallContext& call, SumTree* tree);

// All nodes of both, which have as many columns. Takes a step for each node and each name. Not OK
// only if the host has stopped the call.
absl::StatusOr<SumTree> MergeTrees(const SumTree& a, const SumTree& b, const CallContext& call);

// The tree without nodes below which all values are 0. `scale` divides all values, exactly.
// OutOfRange if a sum leaves 64 bits.
absl::StatusOr<Tree> FinishTree(const SumTree& tree, int64_t scale, const CallContext& call);

}  // namespace dolerite

#endif  // DOLERITE_MODEL_SUM_TREE_H_
