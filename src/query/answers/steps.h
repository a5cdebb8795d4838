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

// Steps of one length; one of them begins at the origin. Step n begins at n * step_nanos + offset,
// where offset is the origin modulo step_nanos.
class Steps {
 public:
  // A question with the members step_nanos, more than 0, and origin_nanos.
  template <class Question>
  explicit Steps(const Question& question)
      : step_(question.step_nanos), offset_(Rest(question.origin_nanos)) {}

  // The number of the step that a time lies in.
  int64_t Of(int64_t time_nanos) const {
    const int64_t multiple = time_nanos / step_ - (time_nanos % step_ < 0 ? 1 : 0);
    return multiple - (Rest(time_nanos) < offset_ ? 1 : 0);
  }

  // Where a step begins. The first one there can be is cut off at what a time can say.
  int64_t Start(int64_t step) const {
    const __int128 start = __int128{step} * step_ + offset_;
    return start < INT64_MIN ? INT64_MIN : static_cast<int64_t>(start);
  }

 private:
  int64_t Rest(int64_t time_nanos) const {
    const int64_t rest = time_nanos % step_;
    return rest < 0 ? rest + step_ : rest;
  }

  int64_t step_, offset_;
};

}  // namespace dolerite

#endif  // DOLERITE_QUERY_ANSWERS_STEPS_H_
