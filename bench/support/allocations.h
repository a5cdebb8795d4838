// What a piece of work allocates. Only programs that link allocations.cc count it.
#ifndef DOLERITE_BENCH_SUPPORT_ALLOCATIONS_H_
#define DOLERITE_BENCH_SUPPORT_ALLOCATIONS_H_

#include <cstddef>

namespace dolerite::bench {

struct Allocations {
  size_t count = 0;
  size_t bytes = 0;
};

// By this thread since it began, whether or not they were freed.
Allocations AllocationsSoFar();

// Of one run, which is not the first.
template <class Run>
Allocations AllocationsOf(Run&& run) {
  run();
  const Allocations before = AllocationsSoFar();
  run();
  const Allocations after = AllocationsSoFar();
  return {after.count - before.count, after.bytes - before.bytes};
}

}  // namespace dolerite::bench

#endif  // DOLERITE_BENCH_SUPPORT_ALLOCATIONS_H_
