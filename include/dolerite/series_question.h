// Values over time.
#ifndef DOLERITE_SERIES_QUESTION_H_
#define DOLERITE_SERIES_QUESTION_H_

#include <cstdint>
#include <string>
#include <vector>

#include "dolerite/selection.h"
#include "dolerite/time_series.h"
#include "dolerite/value_kind.h"

namespace dolerite {

// Values over time, in steps. Each profile counts in the step that holds its time. Totals of whole
// profiles are answered without a look at samples.
struct SeriesQuestion {
  using Answer = TimeSeries;
  struct Finish {};
  enum class Aggregate : uint8_t {  // frozen: in splits
    kSum = 0,                       // counters: of all; gauges: each series' average, over series
    kRate = 1,      // counters: each series' sum divided by its profiled seconds (by the step if
                    // profiles have no duration), summed over series; gauges: as kSum
    kAverage = 2,   // of profiles
    kCount = 3,     // profiles
    kMin = 4,       // of profiles' values
    kMax = 5,       // of profiles' values
    kQuantile = 6,  // of profiles' values: the smallest that `quantile` of them do not exceed
  };

  Selection selection;
  int64_t step_nanos = 60'000'000'000;
  // A time at which a step begins: steps begin at this time and at multiples of `step_nanos` from
  // it, before it too. 1970 gives multiples of the step.
  int64_t origin_nanos = 0;
  Aggregate aggregate = Aggregate::kSum;
  double quantile = 0.5;              // 0 to 1
  std::vector<std::string> group_by;  // as in GroupedTreesQuestion
  // A function, named as in flame graphs: counts what the function and its callees have, or, if
  // `self`, what the function alone has. "": counts everything.
  std::string function;
  bool self = false;
  // Names so many profiles for each point, those of the largest values; at most 1000.
  uint32_t exemplars = 0;
  ValueKinds kinds = DefaultValueKinds();
};

}  // namespace dolerite

#endif  // DOLERITE_SERIES_QUESTION_H_
