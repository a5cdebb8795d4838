// The partial answer behind time by value.
#ifndef DOLERITE_QUERY_ANSWERS_HEATMAP_CORE_H_
#define DOLERITE_QUERY_ANSWERS_HEATMAP_CORE_H_

#include <map>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "block/sample_rows.h"
#include "dolerite/query.h"
#include "query/answers/best_profiles.h"
#include "query/answers/table_core.h"
#include "query/question_fields.h"

namespace dolerite {

// How often one value was seen in one step.
struct SeenValue {
  uint64_t count = 0;
  std::vector<BestProfile> best;
};
// By step, then by value.
using SeenSteps = std::map<int64_t, std::map<__int128, SeenValue>>;

// One span as far as it was read. Its cell is found when all samples of the span are known.
struct SeenSpan {
  __int128 sum = 0;
  BestProfile first;  // without a value; only the time unless exemplars are asked for
};
using SeenSpans = std::map<LinkBytes, SeenSpan>;

// By labels of groups.
struct HeatmapTable {
  std::map<LabelSet, SeenSteps> steps;
  std::map<LabelSet, SeenSpans> spans;

  size_t Join(HeatmapTable&& from, const HeatmapQuestion& question);
  bool IsPossible(const HeatmapQuestion& question) const;
};

template <class Wire>
void Fields(Wire& wire, SeenValue& s) {
  wire(s.count, s.best);
}
template <class Wire>
void Fields(Wire& wire, SeenSpan& s) {
  wire(s.sum, s.first);
}

template <class Wire>
void Fields(Wire& wire, HeatmapTable& t) {
  wire(t.steps, t.spans);
}

constexpr HeatmapQuestion::Observe LastOf(HeatmapQuestion::Observe) {
  return HeatmapQuestion::Observe::kTimestamps;
}
template <class Wire>
void Fields(Wire& wire, HeatmapQuestion& q) {
  wire(q.selection, q.observe, q.step_nanos, q.origin_nanos, q.group_by, q.exemplars);
}

// Values are kept as they are until Finish makes the rows. The same profiles count as 0 as in
// SeriesCore. A sample without timestamps is one moment, at its profile's time; a trace id and a
// span id name a span.
class HeatmapCore : public TableCore<HeatmapQuestion, HeatmapTable> {
 public:
  using TableCore::TableCore;

  absl::Status Check() const override;
  // Groups may be of samples' labels.
  bool reads_samples() const override {
    return question_.observe != HeatmapQuestion::Observe::kProfiles ||
           question_.selection.selects_samples() || !question_.group_by.empty();
  }
  absl::StatusOr<std::unique_ptr<Contribution>> Read(const DatasetView& view,
                                                     QueryCost* cost) const override;

  // InvalidArgument for rows that cannot be; OutOfRange if a value or a cell's sum leaves 64 bits;
  // ResourceExhausted for more columns than anybody can look at.
  absl::StatusOr<Heatmap> Finish(const std::vector<Measure>& measures,
                                 const HeatmapQuestion::Finish& how,
                                 const CallContext& call) override;
};

}  // namespace dolerite

#endif  // DOLERITE_QUERY_ANSWERS_HEATMAP_CORE_H_
