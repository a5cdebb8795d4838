// Values over time.
#ifndef DOLERITE_TIME_SERIES_H_
#define DOLERITE_TIME_SERIES_H_

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "dolerite/labels.h"
#include "dolerite/profile.h"

namespace dolerite {

// An example of the profiles, or spans, behind a point or a cell.
struct Exemplar {
  ProfileId id{};
  int64_t time_nanos = 0;
  int64_t value = 0;
  LabelSet series;
  // Of heatmaps of spans: which span it is. The profile is then the first one that the span is in.
  // Zeros elsewhere.
  std::array<uint8_t, 16> trace_id{};
  std::array<uint8_t, 8> span_id{};

  friend auto operator<=>(const Exemplar&, const Exemplar&) = default;
};

// Lines of points, one line for each group, by labels.
struct TimeSeries {
  struct Point {
    int64_t time_nanos = 0;  // the step's start
    double value = 0;
    // The same without rounding, where `exact` is set.
    int64_t integer = 0;
    std::vector<Exemplar> exemplars;  // largest value first
  };
  struct Line {
    LabelSet labels;            // of the group: those that were grouped by
    std::vector<Point> points;  // ascending; steps without a profile have none
  };

  std::string type, unit;  // of the values, as in "cpu", "nanoseconds"
  std::string aggregate;   // as in "sum", "rate"
  int64_t step_nanos = 0;
  bool exact = false;  // values are integers
  std::vector<Line> lines;
};

}  // namespace dolerite

#endif  // DOLERITE_TIME_SERIES_H_
