// Canonical order of trees.
#ifndef DOLERITE_MODEL_PRE_ORDER_H_
#define DOLERITE_MODEL_PRE_ORDER_H_

#include <cstdint>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "base/pace.h"
#include "base/status.h"
#include "dolerite/call_context.h"
#include "dolerite/symbols.h"

namespace dolerite {

// Sorts the nodes from 1 on by rank, by counting; those of one rank stay in their order.
// Not OK only if the host has stopped the call.
template <class RankOf>
absl::StatusOr<std::vector<uint32_t>> NodesByRank(uint32_t nodes, uint32_t ranks,
                                                  const RankOf& rank_of, const CallContext& call) {
  // By rank how many nodes are of lower ranks; then where the next node of the rank goes.
  std::vector<uint32_t> places(size_t{ranks} + 1, 0), sorted(nodes - 1);
  uint32_t* const place = places.data();
  Pace pace;
  for (uint32_t i = 1; i < nodes; ++i) {
    if (pace.IsDue()) DOLERITE_RETURN_IF_ERROR(call.Check());
    ++place[rank_of(i) + 1];
  }
  for (uint32_t rank = 1; rank <= ranks; ++rank) place[rank] += place[rank - 1];
  for (uint32_t i = 1; i < nodes; ++i) {
    if (pace.IsDue()) DOLERITE_RETURN_IF_ERROR(call.Check());
    sorted.data()[place[rank_of(i)]++] = i;
  }
  return sorted;
}

// By node of a tree its place in pre-order, siblings by rank; those of one rank stay in their
// order. Node 0 is the root, and parents come before their children. Ranks are below `ranks`. A
// node is behind its parent and the subtrees of the siblings before it: so sizes of subtrees give
// all places, without a walk that follows lists.
// Not OK only if the host has stopped the call.
template <class ParentOf, class RankOf>
absl::StatusOr<std::vector<uint32_t>> PlacesInPreOrder(uint32_t nodes, uint32_t ranks,
                                                       const ParentOf& parent_of,
                                                       const RankOf& rank_of,
                                                       const CallContext& call) {
  std::vector<uint32_t> sizes(nodes, 1), taken(nodes, 1), places(nodes, 0);
  uint32_t *const size = sizes.data(), *const next = taken.data(), *const place = places.data();
  for (uint32_t i = nodes; i-- > 1;) size[parent_of(i)] += size[i];
  DOLERITE_RETURN_IF_ERROR(call.Check());
  DOLERITE_ASSIGN_OR_RETURN(const std::vector<uint32_t> by_rank,
                            NodesByRank(nodes, ranks, rank_of, call));
  Pace pace;
  for (uint32_t i : by_rank) {
    if (pace.IsDue()) DOLERITE_RETURN_IF_ERROR(call.Check());
    const uint32_t parent = parent_of(i);
    place[i] = next[parent];
    next[parent] += size[i];
  }
  DOLERITE_RETURN_IF_ERROR(call.Check());
  for (uint32_t i = 1; i < nodes; ++i) place[i] += place[parent_of(i)];
  return places;
}

// Puts stacks, parents first, into pre-order. Returns, by node before, its node now.
inline std::vector<uint32_t> PutInPreOrder(StackTree* stacks) {
  const StackTree before = std::move(*stacks);
  const uint32_t n = static_cast<uint32_t>(before.size());
  std::vector<uint32_t> now = *PlacesInPreOrder(
      n, n, [&](uint32_t node) { return before.parent[node]; }, [](uint32_t node) { return node; },
      {});
  stacks->parent.resize(n), stacks->location.resize(n);
  for (uint32_t i = 0; i < n; ++i) {
    stacks->parent[now[i]] = now[before.parent[i]];
    stacks->location[now[i]] = before.location[i];
  }
  return now;
}

}  // namespace dolerite

#endif  // DOLERITE_MODEL_PRE_ORDER_H_
