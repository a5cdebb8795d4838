// The partial answer behind values over time.
#ifndef DOLERITE_QUERY_ANSWERS_SERIES_CORE_H_
#define DOLERITE_QUERY_ANSWERS_SERIES_CORE_H_

#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "dolerite/query.h"
#include "query/answers/best_profiles.h"
#include "query/answers/table_core.h"
#include "query/question_fields.h"

namespace dolerite {

// What profiles of one step have. Only what the aggregate needs is kept.
struct SeriesCell {
  __int128 sum = 0;
  uint64_t count = 0;  // profiles; never 0
  __int128 least = 0, most = 0;
  std::vector<__int128> values;  // of each profile, in no order
  std::vector<BestProfile> best;
};

// What was selected of a series in a step, in whatever groups it counts.
struct ProfiledTime {
  __int128 duration_nanos = 0;  // of profiles that have a duration
  uint64_t profiles = 0;        // never 0
};

// Cells by group, series and step. Aggregates that need no series have all cells in the series
// without labels. `profiled` says how long and how often each series was profiled: if labels of
// samples make the groups, a rate divides by the whole time of its series, not by the time of the
// profiles that have the label, so that the rates of groups add up.
struct SeriesTable {
  using Key = std::pair<LabelSet, LabelSet>;  // labels of the group, of the series
  std::map<Key, std::map<int64_t, SeriesCell>> cells;
  std::map<LabelSet, std::map<int64_t, ProfiledTime>> profiled;

  size_t Join(SeriesTable&& from, const SeriesQuestion& question);
  bool IsPossible(const SeriesQuestion& question) const;
};

template <class Wire>
void Fields(Wire& wire, SeriesCell& c) {
  wire(c.sum, c.count, c.least, c.most, c.values, c.best);
}
template <class Wire>
void Fields(Wire& wire, ProfiledTime& t) {
  wire(t.duration_nanos, t.profiles);
}

template <class Wire>
void Fields(Wire& wire, SeriesTable& t) {
  wire(t.cells, t.profiled);
}

constexpr SeriesQuestion::Aggregate LastOf(SeriesQuestion::Aggregate) {
  return SeriesQuestion::Aggregate::kQuantile;
}
template <class Wire>
void Fields(Wire& wire, SeriesQuestion& q) {
  wire(q.selection, q.step_nanos, q.origin_nanos, q.aggregate, q.quantile, q.group_by);
  wire(q.function, q.self, q.exemplars, q.kinds);
}

// Values of profiles come from the profile table where samples have no say in them. Whether a
// profile counts: every selected one does, with 0 if none of its samples is selected; but if
// samples' labels make its group, or links are selected, it counts where it has a selected sample.
class SeriesCore : public TableCore<SeriesQuestion, SeriesTable> {
 public:
  using TableCore::TableCore;

  absl::Status Check() const override;
  // Groups may be of samples' labels.
  bool reads_samples() const override {
    return !question_.function.empty() || question_.selection.selects_samples() ||
           !question_.group_by.empty();
  }
  absl::StatusOr<std::unique_ptr<Contribution>> Read(const DatasetView& view,
                                                     QueryCost* cost) const override;

  // OutOfRange if a value leaves 64 bits.
  absl::StatusOr<TimeSeries> Finish(const std::vector<Measure>& measures,
                                    const SeriesQuestion::Finish& how,
                                    const CallContext& call) override;
};

}  // namespace dolerite

#endif  // DOLERITE_QUERY_ANSWERS_SERIES_CORE_H_
