// Ends a test program where it can't go on, as after a failed fork.
#ifndef DOLERITE_TESTS_SUPPORT_MUST_H_
#define DOLERITE_TESTS_SUPPORT_MUST_H_

#include <cstdlib>

namespace dolerite::testing {

inline void Must(bool ok) {
  if (!ok) std::abort();
}

}  // namespace dolerite::testing

#endif  // DOLERITE_TESTS_SUPPORT_MUST_H_
