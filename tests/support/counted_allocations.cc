#include "support/counted_allocations.h"

#include <malloc.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <new>

// Sanitizers count themselves and want their own: nothing is counted then.
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

bool CountsAllocations() {
#ifdef DOLERITE_SANITIZED
  return false;
#else
  return true;
#endif
}
size_t AllocatedBytes() { return held.load(); }
size_t PeakBytes() { return peak.load(); }
void ResetPeak() { peak.store(held.load()); }

}  // namespace dolerite::testing

#ifndef DOLERITE_SANITIZED

void* operator new(size_t bytes) {
  return dolerite::testing::Count(std::malloc(std::max<size_t>(bytes, 1)));
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
