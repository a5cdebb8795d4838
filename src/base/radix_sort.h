// Sorting by a number, byte by byte.
#ifndef DOLERITE_BASE_RADIX_SORT_H_
#define DOLERITE_BASE_RADIX_SORT_H_

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "base/pace.h"
#include "base/status.h"

namespace dolerite {

// Sorts by key(item), an unsigned number, and keeps the order of equal keys. One pass for each byte
// in which keys differ, from the lowest: ids are small, so that few of the eight move anything.
// Takes the memory of the items once more. Not OK only if the host has stopped the call: then the
// items are of no use.
template <class T, class Key>
absl::Status SortStablyByKey(std::vector<T>* items, const Key& key, const CallContext& call = {}) {
  constexpr size_t kFew = 64;  // counting costs more than comparing so many
  const size_t n = items->size();
  if (n < kFew) {
    std::stable_sort(items->begin(), items->end(),
                     [&](const T& a, const T& b) { return key(a) < key(b); });
    return absl::OkStatus();
  }
  uint64_t differ = 0;
  for (const T& item : *items) differ |= uint64_t{key(item)} ^ uint64_t { key(items->front()) };
  std::vector<T> other(n);
  for (int shift = 0; shift < 64; shift += 8) {
    if ((differ >> shift & 255) == 0) continue;
    const auto digit = [&](const T& item) { return uint64_t{key(item)} >> shift & 255; };
    std::array<size_t, 256> places{};
    for (const T& item : *items) ++places.data()[digit(item)];
    size_t place = 0;
    for (size_t& count : places) place += std::exchange(count, place);
    T* const to = other.data();
    const T* const from = items->data();
    for (size_t begin = 0; begin < n; begin += Pace::kRows) {
      DOLERITE_RETURN_IF_ERROR(call.Check());
      const size_t end = std::min(n, begin + Pace::kRows);
      for (size_t i = begin; i < end; ++i) to[places.data()[digit(from[i])]++] = from[i];
    }
    items->swap(other);
  }
  return absl::OkStatus();
}

}  // namespace dolerite

#endif  // DOLERITE_BASE_RADIX_SORT_H_
