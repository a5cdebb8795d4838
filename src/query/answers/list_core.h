// The partial answer behind lists of profiles.
#ifndef DOLERITE_QUERY_ANSWERS_LIST_CORE_H_
#define DOLERITE_QUERY_ANSWERS_LIST_CORE_H_

#include <memory>
#include <vector>

#include "dolerite/query.h"
#include "query/query_core.h"
#include "query/question_fields.h"

namespace dolerite {

template <class Wire>
void Fields(Wire& wire, ListQuestion& q) {
  wire(q.selection);
}

class ListCore : public CoreFor<ListQuestion> {
 public:
  using CoreFor::CoreFor;

  bool measures_values() const override { return false; }
  bool reads_samples() const override { return question_.selection.selects_samples(); }
  absl::StatusOr<std::unique_ptr<Contribution>> Read(const DatasetView& view,
                                                     QueryCost* cost) const override;
  absl::Status Add(Contribution&& contribution, const CallContext& call) override;
  absl::Status Merge(QueryCore&& other, const CallContext& call) override;
  void Encode(PartialWriter* wire) const override;
  void Decode(PartialReader* wire) override;
  size_t memory_bytes() const override { return held_; }

  absl::StatusOr<std::vector<ListedProfile>> Finish(const std::vector<Measure>& measures,
                                                    const ListQuestion::Finish& how,
                                                    const CallContext& call) override;

 private:
  void Append(std::vector<ListedProfile>&& more);

  std::vector<ListedProfile> profiles_;
  size_t held_ = 0;
};

}  // namespace dolerite

#endif  // DOLERITE_QUERY_ANSWERS_LIST_CORE_H_
