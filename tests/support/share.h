// How much of a long test runs. Under sanitizers a part of the cases finds what they add; CI sets
// DOLERITE_TEST_SHARE there. Unset, everything runs.
#ifndef DOLERITE_TESTS_SUPPORT_SHARE_H_
#define DOLERITE_TESTS_SUPPORT_SHARE_H_

#include <algorithm>
#include <cstddef>
#include <cstdlib>

namespace dolerite::testing {

// 1, or n to run one case in n.
inline size_t ShareDivisor() {
  const char* text = std::getenv("DOLERITE_TEST_SHARE");
  const long divisor = text == nullptr ? 1 : std::strtol(text, nullptr, 10);
  return divisor < 1 ? 1 : static_cast<size_t>(divisor);
}

// Of `all` cases, how many run: at least `least`.
inline size_t ShareOf(size_t all, size_t least = 1) {
  return std::max(least, all / ShareDivisor());
}

}  // namespace dolerite::testing

#endif  // DOLERITE_TESTS_SUPPORT_SHARE_H_
