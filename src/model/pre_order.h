// Walks a tree of columns in canonical order.
#ifndef DOLERITE_MODEL_PRE_ORDER_H_
#define DOLERITE_MODEL_PRE_ORDER_H_

#include <cstdint>
#include <vector>

namespace dolerite {

// The nodes of a tree in pre-order, siblings by rank: node 0 is the root, parent[i] < i is not
// asked for. rank_of(node) is below `ranks`; siblings of equal rank stay in their order.
template <class RankOf>
std::vector<uint32_t> PreOrder(const std::vector<uint32_t>& parent, size_t ranks,
                               const RankOf& rank_of) {
  const uint32_t n = static_cast<uint32_t>(parent.size());
  // All nodes by rank, then dealt out to their parents: children of one node end up
  // side by side and by rank, without a comparison.
  std::vector<uint32_t> by_rank(ranks + 1, 0), first_child(n + 1, 0), order(n - 1), children(n);
  for (uint32_t i = 1; i < n; ++i) ++by_rank[rank_of(i) + 1], ++first_child[parent[i] + 1];
  for (size_t r = 1; r <= ranks; ++r) by_rank[r] += by_rank[r - 1];
  for (uint32_t i = 1; i < n; ++i) order[by_rank[rank_of(i)]++] = i;
  for (uint32_t i = 1; i <= n; ++i) first_child[i] += first_child[i - 1];
  std::vector<uint32_t> next(first_child.begin(), first_child.end() - 1);
  for (uint32_t node : order) children[next[parent[node]]++] = node;

  std::vector<uint32_t> walked, pending = {0};
  walked.reserve(n);
  while (!pending.empty()) {
    const uint32_t node = pending.back();
    pending.pop_back();
    walked.push_back(node);
    for (uint32_t c = first_child[node + 1]; c > first_child[node]; --c) {
      pending.push_back(children[c - 1]);
    }
  }
  return walked;
}

}  // namespace dolerite

#endif  // DOLERITE_MODEL_PRE_ORDER_H_
