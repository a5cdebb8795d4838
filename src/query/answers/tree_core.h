// The partial answer behind flame graphs and their differences.
#ifndef DOLERITE_QUERY_ANSWERS_TREE_CORE_H_
#define DOLERITE_QUERY_ANSWERS_TREE_CORE_H_

#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "dolerite/query.h"
#include "model/frame_tree.h"
#include "query/answers/node_sums.h"
#include "query/answers/stack_sums.h"
#include "query/answers/sum_pile.h"
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

// The tables that name frames in one way, with the stacks of the types that are selected.
absl::StatusOr<const MergedTables*> TablesFor(FrameBy by, const DatasetScan& scan);

template <class Wire>
void Fields(Wire& wire, TreeQuestion& q) {
  wire(q.selection, q.by, q.kinds);
}
template <class Wire>
void Fields(Wire& wire, DiffQuestion& q) {
  wire(q.base, q.against, q.by, q.kinds);
}

// One tree with a column for each of its selections.
template <class Question>
class TreeCore : public CoreFor<Question> {
 public:
  explicit TreeCore(Question question)
      : CoreFor<Question>(std::move(question)),
        sums_(SelectionsOf(this->question_).size()),
        gauge_tree_(sums_.columns()),
        gauges_(sums_.columns()) {}

  absl::StatusOr<std::unique_ptr<Contribution>> Read(const DatasetView& view,
                                                     QueryCost* cost) const override;
  absl::Status Add(Contribution&& contribution, const CallContext& call) override;
  absl::Status Merge(QueryCore&& other, const CallContext& call) override;
  void Encode(PartialWriter* wire) const override;
  void Decode(PartialReader* wire) override;
  size_t memory_bytes() const override;

  // FailedPrecondition if the sides measure different things.
  absl::StatusOr<Tree> Finish(const std::vector<Measure>& measures,
                              const typename Question::Finish& how,
                              const CallContext& call) override;

 private:
  // Merges gauges, then calls `then`. Not OK only if the host has stopped the call: then no gauge
  // was added.
  absl::Status MergeGauges(const TreeCore& from, const CallContext& call,
                           const std::function<absl::Status()>& then);

  SumPile sums_;                  // a column for each selection
  FrameTree gauge_tree_;          // the nodes of gauges; its own columns are 0
  std::vector<NodeSums> gauges_;  // by selection
};

}  // namespace dolerite

#endif  // DOLERITE_QUERY_ANSWERS_TREE_CORE_H_
