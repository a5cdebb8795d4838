// Merges many trees at a cost that does not depend on their order.
#ifndef DOLERITE_QUERY_ANSWERS_SUM_PILE_H_
#define DOLERITE_QUERY_ANSWERS_SUM_PILE_H_

#include <cstddef>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/status.h"
#include "model/sum_tree.h"

namespace dolerite {

// Trees, each at least twice as large as the next. A tree that is added merges with the last ones
// as long as they are not much larger, so each node is merged a logarithmic number of times, and
// all trees take less than twice the memory of the largest.
class SumPile {
 public:
  explicit SumPile(size_t columns) : columns_(columns) {}
  explicit SumPile(SumTree tree) : columns_(tree.columns) { trees_.push_back(std::move(tree)); }

  // Not OK only if the host has stopped the call: then nothing was added.
  absl::Status Add(SumTree tree, const CallContext& call) {
    size_t kept = trees_.size();
    for (; kept > 0 && trees_[kept - 1].size() < 2 * tree.size(); --kept) {
      DOLERITE_ASSIGN_OR_RETURN(tree, MergeTrees(trees_[kept - 1], tree, call));
    }
    trees_.erase(trees_.begin() + static_cast<ptrdiff_t>(kept), trees_.end());
    trees_.push_back(std::move(tree));
    return absl::OkStatus();
  }

  // The same for all of another one, which has as many columns.
  absl::Status Merge(SumPile&& other, const CallContext& call) {
    if (other.trees_.empty()) return absl::OkStatus();
    DOLERITE_RETURN_IF_ERROR(other.Sum(call).status());
    return Add(std::move(other.trees_.front()), call);
  }

  // The sum of all that was added: one tree is left. Not OK only if the host has stopped the call:
  // then the sum is as before.
  absl::StatusOr<const SumTree*> Sum(const CallContext& call) {
    if (trees_.empty()) trees_.emplace_back(columns_);
    while (trees_.size() > 1) {
      DOLERITE_ASSIGN_OR_RETURN(trees_[trees_.size() - 2],
                                MergeTrees(trees_[trees_.size() - 2], trees_.back(), call));
      trees_.pop_back();
    }
    return &trees_.front();
  }

  // The sum, if nothing is left to be added up; else null.
  const SumTree* OneTree() const { return trees_.size() == 1 ? &trees_.front() : nullptr; }

  size_t columns() const { return columns_; }
  size_t memory_bytes() const {
    size_t bytes = 0;
    for (const SumTree& tree : trees_) bytes += tree.memory_bytes();
    return bytes;
  }

 private:
  size_t columns_;
  std::vector<SumTree> trees_;
};

}  // namespace dolerite

#endif  // DOLERITE_QUERY_ANSWERS_SUM_PILE_H_
