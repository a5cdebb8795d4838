// Walks a tree of columns in canonical order.
#ifndef DOLERITE_MODEL_PRE_ORDER_H_
#define DOLERITE_MODEL_PRE_ORDER_H_

#include <algorithm>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "base/pace.h"
#include "base/radix_sort.h"
#include "base/status.h"
#include "dolerite/symbols.h"

namespace dolerite {

// The nodes of a tree in pre-order, siblings by rank; siblings of equal rank stay in their order.
// Node 0 is the root; parents may come after their children.
// Not OK only if the host has stopped the call.
template <class RankOf>
absl::StatusOr<std::vector<uint32_t>> PreOrder(const std::vector<uint32_t>& parent,
                                               const RankOf& rank_of, const CallContext& call) {
  const uint32_t n = static_cast<uint32_t>(parent.size());
  struct Ranked {
    uint32_t rank, node;
  };
  std::vector<Ranked> by_rank;
  by_rank.reserve(n);
  for (uint32_t i = 1; i < n; ++i) by_rank.push_back({rank_of(i), i});
  DOLERITE_RETURN_IF_ERROR(SortStablyByKey(
      &by_rank, [](const Ranked& item) { return item.rank; }, call));
  // Children are dealt out to their parents in the order of ranks, so that siblings are sorted.
  std::vector<uint32_t> first_child(n + 1, 0), children(n);
  const uint32_t* const parents = parent.data();
  for (uint32_t i = 1; i < n; ++i) ++first_child.data()[parents[i] + 1];
  for (uint32_t i = 1; i <= n; ++i) first_child[i] += first_child[i - 1];
  std::vector<uint32_t> next(first_child.begin(), first_child.end() - 1);
  Pace pace;
  for (const Ranked& item : by_rank) {
    DOLERITE_RETURN_IF_ERROR(pace.Check(call));
    children.data()[next.data()[parents[item.node]]++] = item.node;
  }
  by_rank = {};

  std::vector<uint32_t> walked, pending = {0};
  walked.reserve(n);
  while (!pending.empty()) {
    DOLERITE_RETURN_IF_ERROR(pace.Check(call));
    const uint32_t node = pending.back();
    pending.pop_back();
    walked.push_back(node);
    for (uint32_t c = first_child[node + 1]; c > first_child[node]; --c) {
      pending.push_back(children[c - 1]);
    }
  }
  return walked;
}

// The same for callers that nothing stops.
template <class RankOf>
std::vector<uint32_t> PreOrder(const std::vector<uint32_t>& parent, const RankOf& rank_of) {
  return *PreOrder(parent, rank_of, {});
}

// Puts stacks into pre-order. Returns, by node before, its node now.
inline std::vector<uint32_t> PutInPreOrder(StackTree* stacks) {
  const std::vector<uint32_t> order = PreOrder(stacks->parent, [](uint32_t node) { return node; });
  std::vector<uint32_t> now(order.size());
  for (uint32_t i = 0; i < order.size(); ++i) now[order[i]] = i;
  StackTree ordered;
  for (uint32_t node : order) {
    ordered.parent.push_back(now[stacks->parent[node]]);
    ordered.location.push_back(stacks->location[node]);
  }
  *stacks = std::move(ordered);
  return now;
}

}  // namespace dolerite

#endif  // DOLERITE_MODEL_PRE_ORDER_H_
