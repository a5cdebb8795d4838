// The partial answer behind flame graphs and their differences.
#ifndef DOLERITE_QUERY_ANSWERS_TREE_CORE_H_
#define DOLERITE_QUERY_ANSWERS_TREE_CORE_H_

#include <memory>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "dolerite/query.h"
#include "model/frame_tree.h"
#include "query/answers/stack_sums.h"
#include "query/query_core.h"
#include "query/question_fields.h"
#include "query/select/stack_selection.h"

namespace dolerite {

// The sums of one selection by stack, and what it makes of the stacks.
struct SelectedSums {
  SelectedStacks stacks;
  StackSums sums;  // of the dataset's stacks
};

// Reads one selection of a dataset; by `by` it depends which tables are needed.
absl::StatusOr<SelectedSums> SumByStack(const DatasetScan& scan, const Measure& measure, FrameBy by,
                                        bool heads, QueryCost* cost);

// The tables that name frames in one way.
absl::StatusOr<const MergedTables*> TablesFor(FrameBy by, const SelectionFilter& filter,
                                              DatasetReader* reader);

template <class Wire>
void Fields(Wire& wire, TreeQuestion& q) {
  wire(q.selection, q.by);
}
template <class Wire>
void Fields(Wire& wire, DiffQuestion& q) {
  wire(q.base, q.against, q.by);
}

// One tree with a column for each of its selections, filled in one pass over what they share.
template <class Question>
class TreeCore : public CoreFor<Question> {
 public:
  explicit TreeCore(Question question)
      : CoreFor<Question>(std::move(question)), tree_(SelectionsOf(this->question_).size()) {}

  absl::StatusOr<std::unique_ptr<Contribution>> Read(const DatasetView& view,
                                                     QueryCost* cost) const override;
  void Add(Contribution&& contribution) override;
  void Merge(QueryCore&& other) override;
  void Encode(PartialWriter* wire) const override;
  void Decode(PartialReader* wire) override;
  size_t memory_bytes() const override { return tree_.memory_bytes(); }

  // FailedPrecondition if the sides measure different things.
  absl::StatusOr<Tree> Finish(const std::vector<Measure>& measures,
                              const typename Question::Finish& how) const override;

 private:
  FrameTree tree_;
};

}  // namespace dolerite

#endif  // DOLERITE_QUERY_ANSWERS_TREE_CORE_H_
