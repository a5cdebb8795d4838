// Values by time and size.
#ifndef DOLERITE_HEATMAP_QUESTION_H_
#define DOLERITE_HEATMAP_QUESTION_H_

#include <cstdint>
#include <string>
#include <vector>

#include "dolerite/heatmap.h"
#include "dolerite/selection.h"

namespace dolerite {

// How often which values were seen when.
struct HeatmapQuestion {
  using Answer = Heatmap;
  struct Finish {
    // Ranges of values, 1 to 100,000. Over 1,000,000 columns are ResourceExhausted.
    uint32_t rows = 40;
    bool logarithmic = false;
  };
  enum class Observe : uint8_t {  // frozen: in splits
    kProfiles = 0,                // each profile's total
    kSpans = 1,                   // each span's sum, at the time of its first profile
    kTimestamps = 2,              // each timestamp of samples, and the value it has
  };

  Selection selection;
  Observe observe = Observe::kProfiles;
  int64_t step_nanos = 60'000'000'000;  // a few milliseconds suit timestamps
  int64_t origin_nanos = 0;             // as in SeriesQuestion
  std::vector<std::string> group_by;    // as in GroupedTreesQuestion
  uint32_t exemplars = 0;               // for each cell; at most 1000
};

}  // namespace dolerite

#endif  // DOLERITE_HEATMAP_QUESTION_H_
