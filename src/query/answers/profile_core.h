// The partial answer behind merged profiles.
#ifndef DOLERITE_QUERY_ANSWERS_PROFILE_CORE_H_
#define DOLERITE_QUERY_ANSWERS_PROFILE_CORE_H_

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "dolerite/query.h"
#include "model/canonical.h"
#include "model/symbol_merger.h"
#include "query/query_core.h"
#include "query/question_fields.h"
#include "query/scan/keyed_sums.h"

namespace dolerite {

// Where a mapping lies in the merged profile: where its lowest process had it.
struct Placement {
  bool main = false;  // some process' main binary
  uint64_t start = 0;
};

// What merged profiles say of themselves.
struct MergedHeader {
  bool any = false;
  int64_t time = 0, duration = 0, period = 0;
  std::set<std::string> comments, drop_frames, keep_frames, doc_urls;

  void Add(const MergedHeader& other);
};

template <class Wire>
void Fields(Wire& wire, ProfileQuestion& q) {
  wire(q.selection);
}

class ProfileCore : public CoreFor<ProfileQuestion> {
 public:
  using CoreFor::CoreFor;

  absl::StatusOr<std::unique_ptr<Contribution>> Read(const DatasetView& view,
                                                     QueryCost* cost) const override;
  std::optional<ProfileType> only_type() const override { return type_; }
  // Adding takes half as long as reading, so two threads seldom wait for each other; merging two
  // cores would take a quarter of the whole, by one thread.
  size_t workers_of_part() const override { return 2; }
  absl::Status Add(Contribution&& contribution, const CallContext& call) override;
  absl::Status Merge(QueryCore&& other, const CallContext& call) override;
  void Encode(PartialWriter* wire) const override;
  void Decode(PartialReader* wire) override;
  size_t memory_bytes() const override { return merger_->memory_bytes() + rows_.memory_bytes(); }

  absl::StatusOr<Profile> Finish(const std::vector<Measure>& measures,
                                 const ProfileQuestion::Finish& how,
                                 const CallContext& call) override;

 private:
  // All in canonical order, and the mappings with a place.
  struct Ordered {
    CanonicalTables canonical;
    std::vector<LayoutEntry> entries;
    std::vector<char> main;
  };
  absl::StatusOr<Ordered> Order(const CallContext& call) const;
  absl::Status AddTables(const MergedTables& tables, const KeyedSums& from,
                         const std::map<uint32_t, Placement>& from_placements,
                         const CallContext& call);

  std::optional<ProfileType> type_;
  std::unique_ptr<SymbolMerger> merger_ = std::make_unique<SymbolMerger>();
  KeyedSums rows_;                            // by stack and label set of the merged tables
  std::map<uint32_t, Placement> placements_;  // by mapping
  MergedHeader header_;
};

}  // namespace dolerite

#endif  // DOLERITE_QUERY_ANSWERS_PROFILE_CORE_H_
