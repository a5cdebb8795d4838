#include "support/allocation_hooks.h"

#include <malloc.h>

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

std::atomic<size_t> held{0}, peak{0};
// How many allocations are left until one fails; 0 if none shall. The one that fails takes it
// to 0 too, so that those of its clean-up succeed.
std::atomic<size_t> left{0};
std::atomic<bool> failed{false};

[[maybe_unused]] bool FailsNow() {
  if (left.load() == 0 || left.fetch_sub(1) != 1) return false;
  failed = true;
  return true;
}

[[maybe_unused]] void* Count(void* block) {
  if (block == nullptr) throw std::bad_alloc();
  const size_t now = held.fetch_add(malloc_usable_size(block)) + malloc_usable_size(block);
  size_t most = peak.load();
  while (most < now && !peak.compare_exchange_weak(most, now)) {
  }
  return block;
}

[[maybe_unused]] void Release(void* block) {
  if (block != nullptr) held.fetch_sub(malloc_usable_size(block));
  std::free(block);
}

}  // namespace

bool OwnsAllocations() {
#ifdef DOLERITE_SANITIZED
  return false;
#else
  return true;
#endif
}
size_t AllocatedBytes() { return held.load(); }
size_t PeakBytes() { return peak.load(); }
void ResetPeak() { peak.store(held.load()); }

void FailAllocation(size_t n) {
  left = n;
  failed = false;
}
bool HasFailed() { return failed; }

}  // namespace dolerite::testing

#ifndef DOLERITE_SANITIZED

void* operator new(size_t bytes) {
  const bool fails = dolerite::testing::FailsNow();
  return dolerite::testing::Count(fails ? nullptr : std::malloc(std::max<size_t>(bytes, 1)));
}
void* operator new(size_t bytes, std::align_val_t align) {
  const size_t unit = static_cast<size_t>(align);
  return dolerite::testing::Count(std::aligned_alloc(unit, (bytes + unit) / unit * unit));
}
void operator delete(void* block) noexcept { dolerite::testing::Release(block); }
void operator delete(void* block, size_t) noexcept { dolerite::testing::Release(block); }
void operator delete(void* block, std::align_val_t) noexcept { dolerite::testing::Release(block); }
void operator delete(void* block, size_t, std::align_val_t) noexcept {
  dolerite::testing::Release(block);
}

#endif
