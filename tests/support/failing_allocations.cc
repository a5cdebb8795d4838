#include "support/failing_allocations.h"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <new>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define DOLERITE_SANITIZED
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define DOLERITE_SANITIZED
#endif

namespace dolerite::testing {

namespace {

// How many allocations are left until one fails; 0 if none shall. The one that fails takes it
// to 0 too, so that those of its clean-up succeed.
std::atomic<size_t> left{0};
std::atomic<bool> failed{false};

[[maybe_unused]] bool FailsNow() {
  if (left.load() == 0 || left.fetch_sub(1) != 1) return false;
  failed = true;
  return true;
}

}  // namespace

bool CanFailAllocations() {
#ifdef DOLERITE_SANITIZED
  return false;
#else
  return true;
#endif
}

void FailAllocation(size_t n) {
  left = n;
  failed = false;
}

bool HasFailed() { return failed; }

}  // namespace dolerite::testing

#ifndef DOLERITE_SANITIZED

void* operator new(size_t bytes) {
  void* block = dolerite::testing::FailsNow() ? nullptr : std::malloc(std::max<size_t>(bytes, 1));
  if (block == nullptr) throw std::bad_alloc();
  return block;
}
void operator delete(void* block) noexcept { std::free(block); }
void operator delete(void* block, size_t) noexcept { std::free(block); }

#endif
