// Values over time, in three phases. LayCells numbers the cells: profiles of one series and one
// step share a cell if only their sum is asked for, else each has its own. SumCells fills the
// cells from the profile table's totals, from heads, or from samples, whichever is the least that
// answers. AddValue puts cells of a group and step together. Finish makes points of them
// (series_points.h).
#include "query/answers/series_core.h"

#include <algorithm>

#include "base/status.h"
#include "query/answers/profile_values.h"
#include "query/answers/series_points.h"
#include "query/answers/steps.h"
#include "query/answers/sum_bounds.h"
#include "query/question_fields.h"
#include "query/scan/group_keys.h"
#include "query/scan/sample_scan.h"

namespace dolerite {

using Aggregate = SeriesQuestion::Aggregate;

// A quantile that is not a number fails both comparisons.
absl::Status SeriesCore::Check() const {
  const SeriesQuestion& q = question_;
  DOLERITE_RETURN_IF_ERROR(CheckStep(q.step_nanos));
  DOLERITE_RETURN_IF_ERROR(CheckGroupBy(q.group_by));
  DOLERITE_RETURN_IF_ERROR(CheckExemplars(q.exemplars));
  if (!(q.quantile >= 0 && q.quantile <= 1)) {
    return InvalidArgument("a quantile must lie between 0 and 1");
  }
  if (q.self && q.function.empty()) {
    return InvalidArgument("`self` needs the name of a function");
  }
  return absl::OkStatus();
}

namespace {

// What goes into one cell of the scan: profiles of one series and step.
struct ReadCell {
  uint32_t series = 0;   // row of the profile table's series
  uint32_t profile = 0;  // the first one
  int64_t step = 0;
  ProfiledTime time;
};

// Reads one dataset. Values come from SumCells; this class numbers the cells before and puts the
// sums into the answer's table afterwards.
class SeriesReader {
 public:
  SeriesReader(const SeriesQuestion& question, const DatasetView& view, GroupKeys* keys)
      : question_(question),
        scan_(view.scans[0]),
        measure_(view.measures[0]),
        heads_(view.options->heads),
        keys_(*keys),
        ids_(*scan_.table),
        by_series_(TellsSeriesApart(question, measure_)) {}

  absl::StatusOr<SeriesTable> Read(QueryCost* cost) {
    DOLERITE_RETURN_IF_ERROR(scan_.reader->HoldAnswer(
        scan_.selected.size() * (sizeof(ReadCell) + 4), "profiles of a time series"));
    CellWants wants;
    wants.function = question_.function;
    wants.self = question_.self;
    wants.values = question_.aggregate != Aggregate::kCount || question_.exemplars > 0;
    wants.heads = heads_;
    LayCells(&wants);
    DOLERITE_ASSIGN_OR_RETURN(const std::vector<CellValue> values,
                              SumCells(scan_, wants, &keys_, cost));
    AddProfiled(values);
    for (const CellValue& value : values) AddValue(value);
    return std::move(out_);
  }

 private:
  // Exemplars and extremes need each profile's value. Whether each profile's own value is asked
  // for, or it must be seen whether it has a sample.
  bool OneByOne(uint32_t series) const {
    const Aggregate aggregate = question_.aggregate;
    if (question_.exemplars > 0 || aggregate >= Aggregate::kMin) return true;
    if (CountsAlways(scan_, keys_, series)) return false;
    return scan_.filter.selection().selects_links() || aggregate == Aggregate::kAverage ||
           aggregate == Aggregate::kCount;
  }

  // Profiles lie in the order of series and times, so those of one cell follow each other and a
  // look at the last cell suffices.
  void LayCells(CellWants* wants) {
    const std::vector<char> with = ProfilesWithValue(scan_);
    wants->cells.assign(with.size(), kNoCell);
    const Steps steps(question_);
    for (uint32_t p = 0; p < with.size(); ++p) {
      if (!with[p]) continue;
      const ProfileRow& row = scan_.table->profiles[p];
      const int64_t step = steps.Of(row.time_nanos);
      const bool same = !cells_.empty() && cells_.back().series == row.series &&
                        cells_.back().step == step && !OneByOne(row.series);
      if (!same) cells_.push_back({row.series, p, step, {}});
      wants->cells[p] = static_cast<uint32_t>(cells_.size() - 1);
      ProfiledTime& time = cells_.back().time;
      time.duration_nanos += std::max<int64_t>(row.duration_nanos, 0);
      ++time.profiles;
    }
    wants->count = cells_.size();
  }

  // Rates divide by the profiled time of the series, also of profiles where the group has no
  // sample: the rates of all groups then add up to that of the series.
  void AddProfiled(const std::vector<CellValue>& values) {
    if (!by_series_) return;
    const bool all = !scan_.filter.selection().selects_links();
    std::vector<char> seen(cells_.size(), all);
    for (const CellValue& value : values) seen[value.cell] = 1;
    for (size_t c = 0; c < cells_.size(); ++c) {
      if (!seen[c]) continue;
      ProfiledTime& time = out_.profiled[SeriesLabels(cells_[c].series)][cells_[c].step];
      time.duration_nanos += cells_[c].time.duration_nanos;
      time.profiles += cells_[c].time.profiles;
    }
  }

  // The sums of a cell become a table entry that joins with any other of the same group and step.
  void AddValue(const CellValue& value) {
    const ReadCell& from = cells_[value.cell];
    // Without gauges and rates all series of a group are one entry.
    const uint32_t series = by_series_ ? from.series : UINT32_MAX;
    std::map<int64_t, SeriesCell>*& steps = steps_[{value.group, series}];
    if (steps == nullptr) {
      steps =
          &out_.cells[{keys_.labels(value.group), by_series_ ? SeriesLabels(series) : LabelSet()}];
    }
    SeriesCell one;
    one.sum = one.least = one.most = value.value;
    one.count = from.time.profiles;
    if (question_.aggregate == Aggregate::kQuantile) one.values = {value.value};
    const ProfileRow& row = scan_.table->profiles[from.profile];
    if (question_.exemplars > 0) {
      one.best = {{value.value, row.time_nanos, ids_.Of(row), SeriesLabels(from.series)}};
    }
    JoinCell(std::move(one), question_.exemplars, &(*steps)[from.step]);
  }

  const LabelSet& SeriesLabels(uint32_t series) const { return scan_.table->series[series].labels; }

  const SeriesQuestion& question_;
  const DatasetScan& scan_;
  const Measure& measure_;
  bool heads_;
  GroupKeys& keys_;
  ProfileIds ids_;
  bool by_series_;
  std::vector<ReadCell> cells_;
  SeriesTable out_;
  std::map<std::pair<uint32_t, uint32_t>, std::map<int64_t, SeriesCell>*> steps_;
};

// What a cell takes beside its own size.
size_t MemoryOf(const SeriesCell& cell) {
  size_t bytes = cell.values.size() * sizeof(__int128);
  for (const BestProfile& best : cell.best) bytes += sizeof best + best.series.memory_bytes();
  return bytes;
}

}  // namespace

// Without a value to measure nothing is read.
absl::StatusOr<std::unique_ptr<Contribution>> SeriesCore::Read(const DatasetView& view,
                                                               QueryCost* cost) const {
  auto out = std::make_unique<TableContribution<SeriesTable>>();
  if (!view.measures[0].known()) return out;
  DOLERITE_ASSIGN_OR_RETURN(GroupKeys keys, GroupKeys::Make(view.scans[0], question_.group_by));
  DOLERITE_ASSIGN_OR_RETURN(out->table, SeriesReader(question_, view, &keys).Read(cost));
  return out;
}

// Returns the bytes that the table has grown by.
// Cells of equal key join; others are moved.
size_t SeriesTable::Join(SeriesTable&& from, const SeriesQuestion& question) {
  size_t bytes = 0;
  for (auto& [key, steps] : from.cells) {
    auto& to_steps =
        EntryOf(key, key.first.memory_bytes() + key.second.memory_bytes(), &cells, &bytes);
    for (auto& [step, cell] : steps) {
      SeriesCell& to = EntryOf(step, 0, &to_steps, &bytes);
      bytes += MemoryOf(cell);
      JoinCell(std::move(cell), question.exemplars, &to);
    }
  }
  for (const auto& [series, steps] : from.profiled) {
    auto& to_steps = EntryOf(series, series.memory_bytes(), &profiled, &bytes);
    for (const auto& [step, time] : steps) {
      ProfiledTime& to = EntryOf(step, 0, &to_steps, &bytes);
      to.duration_nanos += time.duration_nanos;
      to.profiles += time.profiles;
    }
  }
  return bytes;
}

namespace {

// Sums within bounds, as many values as profiles for quantiles and none otherwise, exemplars in
// order.
bool IsCell(const SeriesCell& cell, const SeriesQuestion& question) {
  const bool single = question.aggregate == Aggregate::kQuantile;
  return IsSum(cell.sum) && IsSum(cell.least) && IsSum(cell.most) && IsCount(cell.count) &&
         cell.values.size() == (single ? cell.count : 0) &&
         cell.best.size() <= question.exemplars &&
         std::is_sorted(cell.best.begin(), cell.best.end());
}

}  // namespace

// A partial answer from outside must be one that Add could have made.
bool SeriesTable::IsPossible(const SeriesQuestion& question) const {
  for (const auto& [key, steps] : cells) {
    for (const auto& [step, cell] : steps) {
      if (!IsCell(cell, question)) return false;
    }
  }
  for (const auto& [series, steps] : profiled) {
    for (const auto& [step, time] : steps) {
      if (!IsSum(time.duration_nanos) || time.duration_nanos < 0 || !IsCount(time.profiles)) {
        return false;
      }
    }
  }
  return true;
}

absl::StatusOr<TimeSeries> SeriesCore::Finish(const std::vector<Measure>& measures,
                                              const SeriesQuestion::Finish&,
                                              const CallContext& call) {
  return MakeTimeSeries(question_, measures[0], table(), call);
}

std::unique_ptr<QueryCore> MakeCore(SeriesQuestion question) {
  return std::make_unique<SeriesCore>(std::move(question));
}

}  // namespace dolerite
