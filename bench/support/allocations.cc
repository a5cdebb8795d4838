// Replaces operator new. The standard library's other forms call these two.
#include "support/allocations.h"

#include <cstdlib>
#include <new>

namespace dolerite::bench {

namespace {
thread_local Allocations so_far;
}  // namespace

Allocations AllocationsSoFar() { return so_far; }

}  // namespace dolerite::bench

void* operator new(size_t bytes) {
  dolerite::bench::so_far.count += 1;
  dolerite::bench::so_far.bytes += bytes;
  if (void* memory = std::malloc(bytes)) return memory;
  throw std::bad_alloc();
}

void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, size_t) noexcept { std::free(memory); }
