// A law that a harness states: breaking it is a crash, which libFuzzer reports.
#ifndef DOLERITE_TESTS_FUZZ_CHECK_H_
#define DOLERITE_TESTS_FUZZ_CHECK_H_

#include <cstdlib>

namespace dolerite::fuzz {

inline void Check(bool holds) {
  if (!holds) std::abort();
}

}  // namespace dolerite::fuzz

#endif  // DOLERITE_TESTS_FUZZ_CHECK_H_
