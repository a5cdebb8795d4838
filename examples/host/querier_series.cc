// Values over time. Steps begin one nanosecond after the question's start, so that the time of a
// point, the last one of its step, is a multiple of the step from the start.
#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "asked.h"
#include "hex.h"
#include "querier.h"

namespace dolerite::host {
namespace {

constexpr uint32_t kHeatmapRows = 20;

// Whole milliseconds, as all times of Pyroscope.
int64_t StepNanos(double seconds) { return std::llround(seconds * 1000) * 1'000'000; }

// What questions about values over time have in common.
template <class Request>
absl::StatusOr<Selection> SelectionOverTime(const Request& request) {
  if (!(request.step >= 0.001 && request.step <= 1e9)) {
    return absl::InvalidArgumentError("step: expected seconds, 0.001 to 1e9");
  }
  if (request.limit.value_or(0) < 0) return absl::InvalidArgumentError("limit is negative");
  return SelectionOf(request.profile_type, request.label_selector, request.start, request.end);
}

// Labels to group by. The type says the values of some; the library is asked for the others.
class Grouping {
 public:
  Grouping(const std::vector<std::string>& names, const std::string& type)
      : names_(names.begin(), names.end()),
        of_type_(WithPrivateLabels({}, *ProfileTypeId::Parse(type))) {}

  // What the library groups by.
  std::vector<std::string> Stored() const {
    std::set<std::string> stored;
    for (const std::string& name : names_) {
      if (!IsOfType(name)) stored.emplace(StoredName(name));
    }
    return {stored.begin(), stored.end()};
  }

  // The labels of a group, under the names that the client used.
  std::vector<LabelPair> LabelsOf(const LabelSet& group) const {
    std::vector<LabelPair> out;
    for (const std::string& name : names_) {
      const LabelSet& labels = IsOfType(name) ? of_type_ : group;
      const std::string_view value = labels.Get(StoredName(name)).value_or("");
      if (!value.empty()) out.push_back({name, std::string(value)});
    }
    return out;
  }

  // The labels of a series that its group does not say.
  std::vector<LabelPair> OtherLabels(const LabelSet& series) const {
    std::vector<LabelPair> out;
    for (const auto& [name, value] : series.pairs()) {
      LabelPair pair{std::string(name), std::string(value)};
      if (!names_.contains(pair.name)) out.push_back(std::move(pair));
    }
    return out;
  }

 private:
  std::set<std::string> names_;
  LabelSet of_type_;
};

std::vector<ExemplarMessage> ExemplarsOf(const std::vector<Exemplar>& exemplars,
                                         const Grouping& grouping) {
  std::vector<ExemplarMessage> out;
  out.reserve(exemplars.size());
  for (const Exemplar& exemplar : exemplars) {
    out.push_back({.timestamp = Millis(exemplar.time_nanos),
                   .profile_id = Uuid(exemplar.id),
                   .span_id = HexUnlessZero(exemplar.span_id),
                   .value = exemplar.value,
                   .labels = grouping.OtherLabels(exemplar.series),
                   .trace_id = HexUnlessZero(exemplar.trace_id)});
  }
  return out;
}

// One for each point, or cell.
uint32_t ExemplarsWanted(ExemplarType type) {
  return type == ExemplarType::kIndividual || type == ExemplarType::kSpan ? 1 : 0;
}

// The library names a step by its first nanosecond, Pyroscope by its last.
SeriesMessage SeriesOf(const TimeSeries::Line& line, int64_t step_nanos, const Grouping& grouping) {
  SeriesMessage out{.labels = grouping.LabelsOf(line.labels)};
  for (const TimeSeries::Point& point : line.points) {
    out.points.push_back({.value = point.value,
                          .timestamp = Millis(point.time_nanos + (step_nanos - 1)),
                          .exemplars = ExemplarsOf(point.exemplars, grouping)});
  }
  return out;
}

// Leaves those with the largest sums, the largest first.
void KeepLargest(size_t limit, std::vector<SeriesMessage>* series) {
  if (limit == 0) return;
  const auto sum = [](const SeriesMessage& one) {
    double total = 0;
    for (const PointMessage& point : one.points) total += point.value;
    return total;
  };
  std::stable_sort(series->begin(), series->end(),
                   [&](const auto& a, const auto& b) { return sum(a) > sum(b); });
  if (series->size() > limit) series->resize(limit);
}

// Cells of one column become a slot; rows without a cell count 0.
HeatmapSeries HeatmapSeriesOf(const Heatmap& map, const Heatmap::Group& group,
                              const Grouping& grouping) {
  HeatmapSeries out{.labels = grouping.LabelsOf(group.labels)};
  // The library has all edges, Pyroscope the lower edge of each row.
  const std::vector<double> lower(map.edges.begin(), map.edges.end() - !map.edges.empty());
  for (const Heatmap::Cell& cell : group.cells) {
    const int64_t end = map.start_nanos + int64_t{cell.column} * map.step_nanos;
    const int64_t timestamp = Millis(end + (map.step_nanos - 1));
    if (out.slots.empty() || out.slots.back().timestamp != timestamp) {
      out.slots.push_back(
          {.timestamp = timestamp, .y_min = lower, .counts = std::vector<int32_t>(lower.size())});
    }
    HeatmapSlot& slot = out.slots.back();
    slot.counts[cell.row] = static_cast<int32_t>(std::min<uint64_t>(cell.count, INT32_MAX));
    for (ExemplarMessage& one : ExemplarsOf(cell.exemplars, grouping)) {
      slot.exemplars.push_back(std::move(one));
    }
  }
  return out;
}

}  // namespace

absl::StatusOr<SelectSeriesResponse> SelectSeries(const SelectSeriesRequest& request,
                                                  const TenantData& data) {
  absl::StatusOr<Selection> selection = SelectionOverTime(request);
  if (!selection.ok()) return selection.status();
  const int64_t step = StepNanos(request.step);
  if (request.exemplar_type == ExemplarType::kSpan) {
    return absl::UnimplementedError("exemplar_type: values over time have exemplars of profiles");
  }
  SelectStacks(request.stacks, &*selection);
  const Grouping grouping(request.group_by, request.profile_type);
  SeriesQuestion question{.step_nanos = step,
                          .origin_nanos = selection->start_nanos + 1,
                          .group_by = grouping.Stored(),
                          .exemplars = ExemplarsWanted(request.exemplar_type),
                          .kinds = {}};
  // The step of the first point lies before the start. An empty selection stays empty.
  if (selection->start_nanos < selection->end_nanos) selection->start_nanos -= step - 1;
  question.selection = *std::move(selection);
  if (request.aggregation == Aggregation::kAverage) {
    question.aggregate = SeriesQuestion::Aggregate::kAverage;
  }
  const absl::StatusOr<TimeSeries> series = data.Ask(question);
  if (!series.ok()) return series.status();
  SelectSeriesResponse out;
  for (const TimeSeries::Line& line : series->lines) {
    out.series.push_back(SeriesOf(line, step, grouping));
  }
  KeepLargest(static_cast<size_t>(request.limit.value_or(0)), &out.series);
  return out;
}

absl::StatusOr<SelectHeatmapResponse> SelectHeatmap(const SelectHeatmapRequest& request,
                                                    const TenantData& data) {
  absl::StatusOr<Selection> selection = SelectionOverTime(request);
  if (!selection.ok()) return selection.status();
  const int64_t step = StepNanos(request.step);
  const Grouping grouping(request.group_by, request.profile_type);
  HeatmapQuestion question{.step_nanos = step,
                           .origin_nanos = selection->start_nanos + 1,
                           .group_by = grouping.Stored(),
                           .exemplars = ExemplarsWanted(request.exemplar_type)};
  question.selection = *std::move(selection);
  if (request.query_type == HeatmapQueryType::kSpan) {
    question.observe = HeatmapQuestion::Observe::kSpans;
  }
  const absl::StatusOr<Heatmap> map = data.Ask(question, {.rows = kHeatmapRows});
  if (!map.ok()) return map.status();
  SelectHeatmapResponse out;
  for (const Heatmap::Group& group : map->groups) {
    out.series.push_back(HeatmapSeriesOf(*map, group, grouping));
  }
  const auto limit = static_cast<size_t>(request.limit.value_or(0));
  if (limit > 0 && out.series.size() > limit) out.series.resize(limit);
  return out;
}

}  // namespace dolerite::host
