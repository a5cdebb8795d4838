// Ends a program where it can't go on, as after a failed fork, and where a law that a harness
// states does not hold: libFuzzer reports that as a crash.
#ifndef DOLERITE_TESTS_SUPPORT_MUST_H_
#define DOLERITE_TESTS_SUPPORT_MUST_H_

#include <cstdlib>

namespace dolerite::testing {

inline void Must(bool ok) {
  if (!ok) std::abort();
}

}  // namespace dolerite::testing

#endif  // DOLERITE_TESTS_SUPPORT_MUST_H_
