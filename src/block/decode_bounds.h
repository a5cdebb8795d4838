// How much a reader decodes, at most, by what it reads. A column of one value costs three bytes
// in the file however long it is, so that the number of rows says nothing about the bytes that are
// there. What a dataset may decode to therefore follows its stored bytes, and the limits of the
// caller, who can raise it with them.
#ifndef DOLERITE_BLOCK_DECODE_BOUNDS_H_
#define DOLERITE_BLOCK_DECODE_BOUNDS_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "dolerite/limits.h"

namespace dolerite {

// base + factor * stored, or the largest number.
inline uint64_t GrowingWith(uint64_t stored, uint64_t base, uint64_t factor) {
  uint64_t sum = 0;
  const bool over =
      __builtin_mul_overflow(factor, stored, &sum) || __builtin_add_overflow(sum, base, &sum);
  return over ? UINT64_MAX : sum;
}

// Memory for a dataset of `stored` bytes, one of `datasets` of its block: an eighth of
// BlockLimits::section_bytes (32 MiB) for all datasets together, but enough for a few profiles for
// each, and 64 bytes for each stored byte.
inline size_t DecodeMemoryFor(uint64_t stored, size_t datasets, const BlockLimits& limits) {
  constexpr size_t kLeastShare = size_t{256} << 10;
  constexpr size_t kLeastFactor = 64;
  const size_t share =
      std::max(limits.section_bytes / 8 / std::max<size_t>(datasets, 1), kLeastShare);
  const size_t factor = std::max(kLeastFactor, limits.section_bytes >> 22);
  return static_cast<size_t>(std::min<uint64_t>(GrowingWith(stored, share, factor), SIZE_MAX));
}

// Samples of such a dataset, and runs of equal samples: BlockLimits::section_rows and 256 for each
// stored byte. An idle program's profiles repeat each other, so honest blocks reach high ratios.
inline uint64_t MostSamplesFor(uint64_t stored, const BlockLimits& limits) {
  constexpr uint64_t kLeastFactor = 256;
  return GrowingWith(stored, limits.section_rows,
                     std::max<uint64_t>(kLeastFactor, limits.section_rows >> 16));
}

}  // namespace dolerite

#endif  // DOLERITE_BLOCK_DECODE_BOUNDS_H_
