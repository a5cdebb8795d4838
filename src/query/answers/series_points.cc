// What a point shows: a table of kinds says which types are gauges (a level, averaged over time)
// and which are counters (summed). Cells of one group and step are joined; sums of averages are
// kept as fractions by denominator, so that they do not depend on the order in which series come.
#include "query/answers/series_points.h"

#include <algorithm>
#include <cmath>

#include "base/pace.h"
#include "base/status.h"
#include "query/answers/steps.h"

namespace dolerite {

using Aggregate = SeriesQuestion::Aggregate;

// A static that is never destroyed: it may be used while the program ends.
const ValueKinds& DefaultValueKinds() {
  // Sample types by who writes them.
  static const ValueKinds& kinds = *new ValueKinds([] {
    ValueKinds out;
    for (const char* type : {
             "inuse_space", "inuse_objects",  // Go, jemalloc, tcmalloc, Pyroscope
             "goroutine", "goroutines",       // Go, Pyroscope
             "threadcreate", "threads",       // Go
             "live",                          // async-profiler and JFR, through Pyroscope
             "inuse-space", "inuse-objects", "heap-space", "heap-live-samples", "heap-live-size",
             "heap-live-objects",  // dd-trace
         }) {
      out[{"", type}] = ValueKind::kGauge;
    }
    // Old heap profiles of tcmalloc and V8's say no more than this.
    for (const char* profile : {"heap", "memory", "space", "objects"}) {
      out[{profile, "space"}] = out[{profile, "objects"}] = ValueKind::kGauge;
    }
    return out;
  }());
  return kinds;
}

// The most specific entry wins: by profile and sample type, then by sample type.
ValueKind KindOf(const ValueKinds& kinds, const Measure& measure) {
  const std::string type = measure.value().type;
  const std::string name = measure.names.empty() ? "" : *measure.names.begin();
  auto at = kinds.find({name, type});
  if (at == kinds.end()) at = kinds.find({"", type});
  return at == kinds.end() ? ValueKind::kCounter : at->second;
}

// Averages and rates do not add up from the sums of several series.
bool TellsSeriesApart(const SeriesQuestion& question, const Measure& measure) {
  return question.aggregate == Aggregate::kRate ||
         (question.aggregate == Aggregate::kSum &&
          KindOf(question.kinds, measure) == ValueKind::kGauge);
}

// A cell of no profiles is a new one.
void JoinCell(SeriesCell&& from, size_t exemplars, SeriesCell* to) {
  const bool is_new = to->count == 0;
  to->least = is_new ? from.least : std::min(to->least, from.least);
  to->most = is_new ? from.most : std::max(to->most, from.most);
  to->sum += from.sum;
  to->count += from.count;
  to->values.insert(to->values.end(), from.values.begin(), from.values.end());
  for (BestProfile& best : from.best) KeepBest(std::move(best), exemplars, &to->best);
}

namespace {

// A sum of fractions: exact as long as it can be, and the same in any order. Whole parts and rests
// are kept apart, the rests by denominator; only Value makes a double.
class Fractions {
 public:
  // `denominator` is more than 0.
  void Add(__int128 numerator, __int128 denominator) {
    __int128& rest = rests_[denominator];
    overflow_ = overflow_ || __builtin_add_overflow(whole_, numerator / denominator, &whole_) ||
                __builtin_add_overflow(rest, numerator % denominator, &rest);
  }
  // Nanoseconds divide, so a value per second is multiplied first.
  void AddPerSecond(__int128 value, __int128 nanos) {
    __int128 scaled = 0;
    overflow_ = overflow_ || __builtin_mul_overflow(value, __int128{1'000'000'000}, &scaled);
    if (!overflow_) Add(scaled, nanos);
  }
  absl::StatusOr<double> Value() const {
    if (overflow_) return OutOfRange("a sum of averages leaves 128 bits");
    __int128 whole = whole_;
    double rests = 0;
    for (const auto& [denominator, rest] : rests_) {
      whole += rest / denominator;
      rests += static_cast<double>(rest % denominator) / static_cast<double>(denominator);
    }
    return static_cast<double>(whole) + rests;
  }

 private:
  __int128 whole_ = 0;
  std::map<__int128, __int128> rests_;  // numerators by denominator
  bool overflow_ = false;
};

// The same with all values in another unit, which divides them exactly.
SeriesCell Divided(SeriesCell cell, int64_t scale) {
  cell.sum /= scale, cell.least /= scale, cell.most /= scale;
  for (__int128& value : cell.values) value /= scale;
  for (BestProfile& best : cell.best) best.value /= scale;
  return cell;
}

// All series of a group in one step.
struct Joined {
  SeriesCell cell;
  Fractions fractions;
};

// Makes the lines of an answer. Sums are integers where the aggregate allows it, fractions
// otherwise.
class Points {
 public:
  Points(const SeriesQuestion& question, const Measure& measure, const SeriesTable& table,
         const CallContext& call)
      : question_(question),
        table_(table),
        call_(call),
        scale_(measure.scale()),
        gauge_(KindOf(question.kinds, measure) == ValueKind::kGauge),
        by_series_(TellsSeriesApart(question, measure)) {}

  bool exact() const { return !by_series_ && question_.aggregate != Aggregate::kAverage; }

  // The line of a group, whose first series `at` points to; moves on to the next group.
  absl::StatusOr<TimeSeries::Line> Line(decltype(SeriesTable::cells)::const_iterator* at) {
    TimeSeries::Line line;
    line.labels = (*at)->first.first;
    std::map<int64_t, Joined> steps;
    for (; *at != table_.cells.end() && (*at)->first.first == line.labels; ++*at) {
      DOLERITE_RETURN_IF_ERROR(AddSeries((*at)->first.second, (*at)->second, &steps));
    }
    for (auto& [step, joined] : steps) {
      TimeSeries::Point& point = line.points.emplace_back();
      point.time_nanos = Steps(question_).Start(step);
      const absl::Status status =
          exact() ? SetExact(&joined.cell, &point) : SetValue(joined, &point);
      if (!status.ok()) {
        return Annotate(status, Concat(line.labels.ToString(), " at ", point.time_nanos));
      }
      DOLERITE_ASSIGN_OR_RETURN(point.exemplars, ToExemplars(joined.cell.best));
    }
    return line;
  }

 private:
  // Joins one series of a group into the steps of its line.
  absl::Status AddSeries(const LabelSet& series, const std::map<int64_t, SeriesCell>& cells,
                         std::map<int64_t, Joined>* steps) {
    for (const auto& [step, stored] : cells) {
      if (pace_.IsDue(1 + stored.values.size())) DOLERITE_RETURN_IF_ERROR(call_.Check());
      Joined& joined = (*steps)[step];
      const SeriesCell cell = Divided(stored, scale_);
      JoinCell(SeriesCell(cell), question_.exemplars, &joined.cell);
      if (!by_series_) continue;
      const ProfiledTime* time = TimeOf(series, step);
      if (time == nullptr) {
        return DataLoss("partial: ", series.ToString(), " has values but no profiles");
      }
      if (gauge_) {
        joined.fractions.Add(cell.sum, time->profiles);
      } else {
        // Profiles without a duration count as if they took the whole step.
        const bool timed = time->duration_nanos > 0;
        joined.fractions.AddPerSecond(cell.sum,
                                      timed ? time->duration_nanos : question_.step_nanos);
      }
    }
    return absl::OkStatus();
  }

  const ProfiledTime* TimeOf(const LabelSet& series, int64_t step) const {
    const auto steps = table_.profiled.find(series);
    if (steps == table_.profiled.end()) return nullptr;
    const auto time = steps->second.find(step);
    return time == steps->second.end() ? nullptr : &time->second;
  }

  // An average over profiles, or the sum of each series' fraction.
  absl::Status SetValue(const Joined& joined, TimeSeries::Point* point) const {
    Fractions average;
    if (!by_series_) average.Add(joined.cell.sum, joined.cell.count);
    DOLERITE_ASSIGN_OR_RETURN(point->value, (by_series_ ? joined.fractions : average).Value());
    return absl::OkStatus();
  }

  absl::Status SetExact(SeriesCell* cell, TimeSeries::Point* point) const {
    const __int128 value = Integer(cell);
    if (value != static_cast<int64_t>(value)) return OutOfRange("a value leaves 64 bits");
    point->integer = static_cast<int64_t>(value);
    point->value = static_cast<double>(point->integer);
    return absl::OkStatus();
  }

  // The aggregates that are integers.
  __int128 Integer(SeriesCell* cell) const {
    switch (question_.aggregate) {
      case Aggregate::kCount:
        return cell->count;
      case Aggregate::kMin:
        return cell->least;
      case Aggregate::kMax:
        return cell->most;
      case Aggregate::kQuantile:
        return Quantile(&cell->values);
      case Aggregate::kSum:
      case Aggregate::kRate:
      case Aggregate::kAverage:
        break;
    }
    return cell->sum;
  }

  // The smallest value that so many do not exceed. A product that is an integer but for how
  // doubles round is that integer.
  __int128 Quantile(std::vector<__int128>* values) const {
    const double most = question_.quantile * static_cast<double>(values->size());
    const size_t rank = static_cast<size_t>(std::ceil(most * (1 - 1e-12)));
    const auto at =
        values->begin() + static_cast<ptrdiff_t>(std::clamp(rank, size_t{1}, values->size()) - 1);
    std::nth_element(values->begin(), at, values->end());
    return *at;
  }

  const SeriesQuestion& question_;
  const SeriesTable& table_;
  const CallContext& call_;
  Pace pace_;
  int64_t scale_;
  bool gauge_, by_series_;
};

const char* NameOf(Aggregate aggregate) {
  constexpr const char* kNames[] = {"sum", "rate", "average", "count", "min", "max", "quantile"};
  return kNames[static_cast<size_t>(aggregate)];
}

}  // namespace

// The table is sorted by group, so the series of a line follow each other.
absl::StatusOr<TimeSeries> MakeTimeSeries(const SeriesQuestion& question, const Measure& measure,
                                          const SeriesTable& table, const CallContext& call) {
  Points points(question, measure, table, call);
  TimeSeries out;
  out.type = measure.value().type;
  out.unit = measure.value().unit;
  out.aggregate = NameOf(question.aggregate);
  out.step_nanos = question.step_nanos;
  out.exact = points.exact();
  for (auto at = table.cells.begin(); at != table.cells.end();) {
    DOLERITE_ASSIGN_OR_RETURN(TimeSeries::Line line, points.Line(&at));
    out.lines.push_back(std::move(line));
  }
  return out;
}

}  // namespace dolerite
