// Sorting by a number, digit by digit.
#ifndef DOLERITE_BASE_RADIX_SORT_H_
#define DOLERITE_BASE_RADIX_SORT_H_

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "base/pace.h"
#include "base/status.h"

namespace dolerite {

// Sorts by key(item), an unsigned number, and keeps the order of equal keys. One pass for each
// digit of kBits bits in which keys differ, from the lowest: ids are small, so that few passes move
// anything. `other` is memory for the items once more, which grows as needed. Not OK only if the
// host has stopped the call: then the items are of no use.
template <int kBits = 8, class T, class Key>
absl::Status SortStablyByKey(std::span<T> items, const Key& key, std::vector<T>* other,
                             const CallContext& call = {}) {
  constexpr size_t kFew = 64;  // counting costs more than comparing so many
  constexpr uint64_t kMask = (uint64_t{1} << kBits) - 1;
  const size_t n = items.size();
  if (n < kFew) {
    std::stable_sort(items.begin(), items.end(),
                     [&](const T& a, const T& b) { return key(a) < key(b); });
    return absl::OkStatus();
  }
  uint64_t differ = 0;
  for (const T& item : items) differ |= uint64_t{key(item)} ^ uint64_t { key(items.front()) };
  other->resize(std::max(other->size(), n));
  T *from = items.data(), *to = other->data();
  for (int shift = 0; shift < 64; shift += kBits) {
    if ((differ >> shift & kMask) == 0) continue;
    const auto digit = [&](const T& item) { return uint64_t{key(item)} >> shift & kMask; };
    // How many items have each digit, then where the first of them goes.
    std::array<size_t, kMask + 1> counts{};
    size_t* const places = counts.data();
    for (size_t i = 0; i < n; ++i) ++places[digit(from[i])];
    size_t place = 0;
    for (size_t& count : counts) place += std::exchange(count, place);
    for (size_t begin = 0; begin < n; begin += Pace::kRows) {
      DOLERITE_RETURN_IF_ERROR(call.Check());
      const size_t end = std::min(n, begin + Pace::kRows);
      for (size_t i = begin; i < end; ++i) to[places[digit(from[i])]++] = from[i];
    }
    std::swap(from, to);
  }
  if (from != items.data()) std::copy_n(from, n, items.data());
  return absl::OkStatus();
}

template <class T, class Key>
absl::Status SortStablyByKey(std::vector<T>* items, const Key& key, const CallContext& call = {}) {
  std::vector<T> other;
  return SortStablyByKey(std::span<T>(*items), key, &other, call);
}

}  // namespace dolerite

#endif  // DOLERITE_BASE_RADIX_SORT_H_
