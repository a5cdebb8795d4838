// The partial answer behind flame graphs by group.
#ifndef DOLERITE_QUERY_ANSWERS_GROUPED_TREES_CORE_H_
#define DOLERITE_QUERY_ANSWERS_GROUPED_TREES_CORE_H_

#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "dolerite/query.h"
#include "model/frame_tree.h"
#include "query/answers/node_sums.h"
#include "query/query_core.h"
#include "query/question_fields.h"

namespace dolerite {

template <class Wire>
void Fields(Wire& wire, GroupedTreesQuestion& q) {
  wire(q.selection, q.by, q.group_by, q.kinds);
}

// All groups share one tree of frames; a group has sums for those of its nodes that have any.
class GroupedTreesCore : public CoreFor<GroupedTreesQuestion> {
 public:
  using CoreFor::CoreFor;

  absl::Status Check() const override;
  absl::StatusOr<std::unique_ptr<Contribution>> Read(const DatasetView& view,
                                                     QueryCost* cost) const override;
  absl::Status Add(Contribution&& contribution, const CallContext& call) override;
  absl::Status Merge(QueryCore&& other, const CallContext& call) override;
  void Encode(PartialWriter* wire) const override;
  void Decode(PartialReader* wire) override;
  size_t memory_bytes() const override;

  absl::StatusOr<std::vector<GroupedTree>> Finish(const std::vector<Measure>& measures,
                                                  const TreeQuestion::Finish& how,
                                                  const CallContext& call) override;

 private:
  bool IsGauge(const Measure& measure) const;

  FrameTree tree_{0};
  NodeSums sums_;
};

}  // namespace dolerite

#endif  // DOLERITE_QUERY_ANSWERS_GROUPED_TREES_CORE_H_
