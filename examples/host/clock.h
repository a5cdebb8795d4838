// The time and random numbers: the library has neither.
#ifndef DOLERITE_EXAMPLES_HOST_CLOCK_H_
#define DOLERITE_EXAMPLES_HOST_CLOCK_H_

#include <chrono>
#include <cstdint>
#include <random>

namespace dolerite::host {

inline int64_t NowNanos() {
  return std::chrono::system_clock::now().time_since_epoch() / std::chrono::nanoseconds(1);
}

// Names in the store are made of these numbers, so they differ between hosts and runs.
inline uint64_t Random() {
  thread_local std::random_device device;
  return uint64_t{device()} << 32 | device();
}

}  // namespace dolerite::host

#endif  // DOLERITE_EXAMPLES_HOST_CLOCK_H_
