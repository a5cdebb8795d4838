// The partial answer behind catalogs.
#ifndef DOLERITE_QUERY_ANSWERS_CATALOG_CORE_H_
#define DOLERITE_QUERY_ANSWERS_CATALOG_CORE_H_

#include <compare>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "dolerite/query.h"
#include "query/query_core.h"
#include "query/question_fields.h"

namespace dolerite {

template <class Wire>
void Fields(Wire& wire, CatalogQuestion& q) {
  wire(q.selection, q.sample_labels);
}

class CatalogCore : public CoreFor<CatalogQuestion> {
 public:
  using CoreFor::CoreFor;

  bool measures_values() const override { return false; }
  bool reads_samples() const override { return question_.sample_labels; }
  absl::StatusOr<std::unique_ptr<Contribution>> Read(const DatasetView& view,
                                                     QueryCost* cost) const override;
  absl::Status Add(Contribution&& contribution, const CallContext& call) override;
  absl::Status Merge(QueryCore&& other, const CallContext& call) override;
  void Encode(PartialWriter* wire) const override;
  void Decode(PartialReader* wire) override;
  size_t memory_bytes() const override { return bytes_; }

  absl::StatusOr<Catalog> Finish(const std::vector<Measure>& measures,
                                 const CatalogQuestion::Finish& how,
                                 const CallContext& call) override;

  struct Seen {
    uint64_t profiles = 0;
    int64_t min_time = INT64_MAX, max_time = INT64_MIN;

    void Add(const Seen& other);
  };
  struct SeriesKey {
    std::shared_ptr<const ProfileType> type;
    LabelSet labels;

    friend bool operator<(const SeriesKey& a, const SeriesKey& b) {
      const auto order = a.type == b.type ? std::strong_ordering::equal : *a.type <=> *b.type;
      return order != 0 ? order < 0 : a.labels < b.labels;
    }
  };
  using SampleLabels = std::map<std::string, std::set<std::string>>;
  struct Found : Contribution {
    std::vector<std::pair<SeriesKey, Seen>> series;  // ascending
    SampleLabels sample_labels;
  };

 private:
  template <class Series>
  void AddSeries(const Series& more);
  void AddLabels(const SampleLabels& more);

  std::map<SeriesKey, Seen> series_;
  SampleLabels sample_labels_;
  size_t bytes_ = 0;  // about what both take
};

}  // namespace dolerite

#endif  // DOLERITE_QUERY_ANSWERS_CATALOG_CORE_H_
