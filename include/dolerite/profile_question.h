// Many profiles as one.
#ifndef DOLERITE_PROFILE_QUESTION_H_
#define DOLERITE_PROFILE_QUESTION_H_

#include "dolerite/profile.h"
#include "dolerite/selection.h"

namespace dolerite {

// One profile that holds all selected samples. Samples of equal stack and labels are summed; all
// sample types are kept; timestamps and links are left out, and so are samples whose sums are all
// 0. Its time is the earliest, its duration the sum, its period the largest. All profiles must be
// of one type.
struct ProfileQuestion {
  using Answer = Profile;
  struct Finish {};
  Selection selection;
};

}  // namespace dolerite

#endif  // DOLERITE_PROFILE_QUESTION_H_
