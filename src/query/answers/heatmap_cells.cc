// A heatmap is made in three steps: the extent of times and values over all groups; the edges of
// the rows, which all groups share; then the cells, group by group.
#include "query/answers/heatmap_cells.h"

#include <algorithm>
#include <cmath>
#include <iterator>

#include "base/pace.h"
#include "base/status.h"
#include "query/answers/steps.h"

namespace dolerite {

namespace {

// What anybody can look at, and what a host should have to hold.
constexpr uint64_t kMaxColumns = 1'000'000;
constexpr uint32_t kMaxRows = 100'000;

// The ranges of times and values over all groups. One pass over all values, before edges can be
// laid.
struct Extent {
  bool any = false;
  int64_t first_step = INT64_MAX, last_step = INT64_MIN;
  __int128 least = 0, most = 0;
  __int128 least_positive = 0;  // 0: none

  void Add(int64_t step, __int128 value) {
    first_step = std::min(first_step, step);
    last_step = std::max(last_step, step);
    least = any ? std::min(least, value) : value;
    most = any ? std::max(most, value) : value;
    if (value > 0 && (least_positive == 0 || value < least_positive)) least_positive = value;
    any = true;
  }
};

absl::StatusOr<Extent> ExtentOf(const std::map<LabelSet, SeenSteps>& groups,
                                const CallContext& call) {
  Extent extent;
  Pace pace;
  for (const auto& [labels, steps] : groups) {
    for (const auto& [step, values] : steps) {
      if (pace.IsDue(values.size())) DOLERITE_RETURN_IF_ERROR(call.Check());
      for (const auto& [value, seen] : values) extent.Add(step, value);
    }
  }
  return extent;
}

// Columns are bounded before any is made: the number of columns follows from the times alone, which
// a hostile partial chooses.
absl::Status CheckExtent(const Extent& extent, int64_t step_nanos) {
  if (extent.least < INT64_MIN || extent.most > INT64_MAX) {
    return OutOfRange("a value of the heatmap leaves 64 bits");
  }
  const uint64_t steps =
      static_cast<uint64_t>(extent.last_step) - static_cast<uint64_t>(extent.first_step);
  if (steps < kMaxColumns) return absl::OkStatus();
  return ResourceExhausted("a heatmap of more than ", kMaxColumns, " columns of ", step_nanos,
                           " ns: ask for longer steps or for less time");
}

const char* NameOf(HeatmapQuestion::Observe observe) {
  constexpr const char* kNames[] = {"profiles", "spans", "timestamps"};
  return kNames[static_cast<size_t>(observe)];
}

// A cell that is being filled.
struct OpenCell {
  uint64_t count = 0;
  __int128 sum = 0;
  std::vector<BestProfile> best;

  void Add(__int128 value, const SeenValue& seen, size_t exemplars) {
    count += seen.count;
    sum += value * static_cast<__int128>(seen.count);
    for (const BestProfile& profile : seen.best) KeepBest(profile, exemplars, &best);
  }
};

// The row whose range holds a value. The outer rows take what lies beyond them, so every value has
// a row.
uint32_t RowOf(const std::vector<int64_t>& edges, __int128 value) {
  const auto above = std::upper_bound(edges.begin(), edges.end(), value);
  const auto row = std::max<ptrdiff_t>(above - edges.begin() - 1, 0);
  return static_cast<uint32_t>(std::min<ptrdiff_t>(row, std::ssize(edges) - 2));
}

// Step by step, so that only one column of cells is open. Steps ascend, so cells do too.
absl::StatusOr<Heatmap::Group> MakeGroup(const LabelSet& labels, const SeenSteps& steps,
                                         int64_t first_step, const std::vector<int64_t>& edges,
                                         size_t exemplars, const CallContext& call) {
  Heatmap::Group group;
  group.labels = labels;
  Pace pace;
  for (const auto& [step, values] : steps) {
    if (pace.IsDue(values.size())) DOLERITE_RETURN_IF_ERROR(call.Check());
    std::map<uint32_t, OpenCell> rows;
    for (const auto& [value, seen] : values) rows[RowOf(edges, value)].Add(value, seen, exemplars);
    for (const auto& [row, open] : rows) {
      if (open.sum != static_cast<int64_t>(open.sum)) {
        return OutOfRange("the sum of a cell of the heatmap leaves 64 bits");
      }
      Heatmap::Cell& cell = group.cells.emplace_back();
      cell.column = static_cast<uint32_t>(step - first_step);
      cell.row = row;
      cell.count = open.count;
      cell.sum = static_cast<int64_t>(open.sum);
      DOLERITE_ASSIGN_OR_RETURN(cell.exemplars, ToExemplars(open.best));
    }
  }
  return group;
}

}  // namespace

// A span is seen once, at the time of its first profile, with the sum of its samples in all
// profiles and datasets.
absl::StatusOr<std::map<LabelSet, SeenSteps>> StepsOfSpans(
    const HeatmapQuestion& question, const std::map<LabelSet, SeenSpans>& spans,
    const CallContext& call) {
  std::map<LabelSet, SeenSteps> out;
  Pace pace;
  for (const auto& [labels, group] : spans) {
    const Steps numbers(question);
    SeenSteps& steps = out[labels];
    for (const auto& [link, span] : group) {
      if (pace.IsDue()) DOLERITE_RETURN_IF_ERROR(call.Check());
      SeenValue& seen = steps[numbers.Of(span.first.time_nanos)][span.sum];
      ++seen.count;
      if (question.exemplars == 0) continue;
      BestProfile best = span.first;
      best.value = span.sum;
      best.span = link;
      KeepBest(std::move(best), question.exemplars, &seen.best);
    }
  }
  return out;
}

// Rows of equal width; fewer than asked for if values are few. Widths are integers, as values are:
// an edge between two integers would divide nothing.
std::vector<int64_t> LinearEdges(int64_t least, int64_t most, uint32_t rows) {
  // A single value that has nothing above it is the upper edge of its row.
  if (least == INT64_MAX) --least;
  const __int128 range = std::max<__int128>(__int128{most} - least, 1);
  const __int128 width = (range + rows - 1) / rows;
  const __int128 count = (range + width - 1) / width;
  std::vector<int64_t> edges;
  for (__int128 i = 0; i <= count; ++i) {
    edges.push_back(static_cast<int64_t>(std::min<__int128>(least + i * width, INT64_MAX)));
  }
  return edges;
}

// Values of 0 and below share the lowest row; above it each row is a constant factor higher.
std::vector<int64_t> LogarithmicEdges(int64_t least, int64_t least_positive, int64_t most,
                                      uint32_t rows) {
  if (most <= 0) return LinearEdges(least, most, 1);
  std::vector<int64_t> edges;
  int64_t from = std::min(least_positive, INT64_MAX - 1);
  if (least <= 0) {
    edges.push_back(least);
    // A row for values that have no logarithm.
    if (--rows == 0) rows = 1, from = least;
  }
  if (from <= 0) return LinearEdges(least, most, 1);
  edges.push_back(from);
  // Ranges are open above: the largest value has its row if the last edge is beyond all others.
  // Doubles are exact enough: edges only have to ascend, which is checked one by one.
  const double ratio = static_cast<double>(most) / static_cast<double>(from);
  for (uint32_t i = 1; i < rows; ++i) {
    const double edge = std::ceil(static_cast<double>(from) * std::pow(ratio, double(i) / rows));
    if (edge > static_cast<double>(edges.back()) && edge < static_cast<double>(most)) {
      edges.push_back(static_cast<int64_t>(edge));
    }
  }
  edges.push_back(std::max(most, edges.back() + 1));
  return edges;
}

namespace {

// The same with all values in another unit, which divides them exactly.
absl::StatusOr<std::map<LabelSet, SeenSteps>> Divided(const std::map<LabelSet, SeenSteps>& groups,
                                                      int64_t scale, const CallContext& call) {
  std::map<LabelSet, SeenSteps> out;
  Pace pace;
  for (const auto& [labels, steps] : groups) {
    for (const auto& [step, values] : steps) {
      if (pace.IsDue(values.size())) DOLERITE_RETURN_IF_ERROR(call.Check());
      for (const auto& [value, seen] : values) {
        SeenValue& to = out[labels][step][value / scale] = seen;
        for (BestProfile& best : to.best) best.value /= scale;
      }
    }
  }
  return out;
}

}  // namespace

// Values are divided first, so edges and sums are in the unit of the answer.
absl::StatusOr<Heatmap> MakeHeatmap(const HeatmapQuestion& question,
                                    const HeatmapQuestion::Finish& how, const Measure& measure,
                                    const std::map<LabelSet, SeenSteps>& stored,
                                    const CallContext& call) {
  if (how.rows == 0 || how.rows > kMaxRows) {
    return InvalidArgument("a heatmap has from 1 to ", kMaxRows, " rows, not ", how.rows);
  }
  Heatmap out;
  out.type = measure.value().type;
  out.unit = measure.value().unit;
  out.observed = NameOf(question.observe);
  out.step_nanos = question.step_nanos;
  out.logarithmic = how.logarithmic;
  std::map<LabelSet, SeenSteps> divided;
  if (measure.scale() != 1) {
    DOLERITE_ASSIGN_OR_RETURN(divided, Divided(stored, measure.scale(), call));
  }
  const std::map<LabelSet, SeenSteps>& groups = measure.scale() == 1 ? stored : divided;
  DOLERITE_ASSIGN_OR_RETURN(const Extent extent, ExtentOf(groups, call));
  if (!extent.any) return out;
  DOLERITE_RETURN_IF_ERROR(CheckExtent(extent, question.step_nanos));
  out.start_nanos = Steps(question).Start(extent.first_step);
  out.columns = static_cast<uint32_t>(extent.last_step - extent.first_step + 1);
  const int64_t least = static_cast<int64_t>(extent.least);
  const int64_t most = static_cast<int64_t>(extent.most);
  out.edges = how.logarithmic ? LogarithmicEdges(least, static_cast<int64_t>(extent.least_positive),
                                                 most, how.rows)
                              : LinearEdges(least, most, how.rows);
  for (const auto& [labels, steps] : groups) {
    DOLERITE_ASSIGN_OR_RETURN(Heatmap::Group group, MakeGroup(labels, steps, extent.first_step,
                                                              out.edges, question.exemplars, call));
    out.groups.push_back(std::move(group));
  }
  return out;
}

}  // namespace dolerite
