// When a long loop asks the host whether to go on.
#ifndef DOLERITE_BASE_PACE_H_
#define DOLERITE_BASE_PACE_H_

#include <cstddef>

#include "absl/status/status.h"
#include "dolerite/call_context.h"

namespace dolerite {

// Counts rows. Asking once in kRows of them is often enough, as these take about a millisecond, and
// costs nothing beside them.
class Pace {
 public:
  static constexpr size_t kRows = size_t{1} << 14;

  // Counts so many more rows; whether it is time to ask.
  bool IsDue(size_t rows = 1) {
    rows_ += rows;
    if (rows_ < kRows) return false;
    rows_ = 0;
    return true;
  }

  // Counts one more row, and asks if it is time to.
  absl::Status Check(const CallContext& call) { return IsDue() ? call.Check() : absl::OkStatus(); }

 private:
  size_t rows_ = 0;
};

}  // namespace dolerite

#endif  // DOLERITE_BASE_PACE_H_
