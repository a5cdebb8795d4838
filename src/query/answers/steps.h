// Steps of time.
#ifndef DOLERITE_QUERY_ANSWERS_STEPS_H_
#define DOLERITE_QUERY_ANSWERS_STEPS_H_

#include <cstdint>

#include "absl/status/status.h"
#include "base/status.h"

namespace dolerite {

inline absl::Status CheckStep(int64_t step_nanos) {
  if (step_nanos > 0) return absl::OkStatus();
  return InvalidArgument("a step of ", step_nanos, " ns: it must be more than 0");
}

// Which step a time lies in: step n begins at n * step_nanos.
inline int64_t StepOf(int64_t time_nanos, int64_t step_nanos) {
  return time_nanos / step_nanos - (time_nanos % step_nanos < 0 ? 1 : 0);
}

// Where a step begins. The first one there can be is cut off at what a time can say.
inline int64_t StepStart(int64_t step, int64_t step_nanos) {
  const __int128 start = __int128{step} * step_nanos;
  return start < INT64_MIN ? INT64_MIN : static_cast<int64_t>(start);
}

}  // namespace dolerite

#endif  // DOLERITE_QUERY_ANSWERS_STEPS_H_
