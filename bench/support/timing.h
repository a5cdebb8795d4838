// Medians of thread CPU time, which other programs on the machine change little, and time on the
// wall.
#ifndef DOLERITE_BENCH_SUPPORT_TIMING_H_
#define DOLERITE_BENCH_SUPPORT_TIMING_H_

#include <malloc.h>
#include <time.h>

#include <algorithm>
#include <chrono>
#include <vector>

namespace dolerite::bench {

inline double ThreadSeconds() {
  timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

inline double Median(std::vector<double> values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

// As a host does that answers many questions: memory that an answer gives back stays with the
// process. glibc's default returns it to the system, and the next answer pays for each page again.
inline void KeepFreedMemory() {
#ifdef __GLIBC__
  constexpr int kBytes = 256 << 20;
  mallopt(M_TRIM_THRESHOLD, kBytes);
  mallopt(M_MMAP_THRESHOLD, 32 << 20);
#endif
}

// Of at least 5 runs after a first one, and of more for half a second.
template <class Run>
double MedianSeconds(Run&& run) {
  KeepFreedMemory();
  run();
  std::vector<double> seconds;
  for (double sum = 0; seconds.size() < 5 || (sum < 0.5 && seconds.size() < 1000);) {
    const double begin = ThreadSeconds();
    run();
    seconds.push_back(ThreadSeconds() - begin);
    sum += seconds.back();
  }
  return Median(std::move(seconds));
}

// The least time on the wall of some runs: for what runs on several threads. Other programs on the
// machine only ever add to it.
template <class Run>
double LeastWallSeconds(Run&& run) {
  KeepFreedMemory();
  run();
  double least = 0, sum = 0;
  for (int runs = 0; runs < 10 || (sum < 1 && runs < 1000); ++runs) {
    const auto begin = std::chrono::steady_clock::now();
    run();
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
    least = runs == 0 ? seconds.count() : std::min(least, seconds.count());
    sum += seconds.count();
  }
  return least;
}

// Keeps the compiler from leaving out what made `value`.
template <class T>
void Use(const T& value) {
  asm volatile("" : : "g"(&value) : "memory");
}

}  // namespace dolerite::bench

#endif  // DOLERITE_BENCH_SUPPORT_TIMING_H_
