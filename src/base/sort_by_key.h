// Sorting by a number that decides nearly always, before anything slower is compared.
#ifndef DOLERITE_BASE_SORT_BY_KEY_H_
#define DOLERITE_BASE_SORT_BY_KEY_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "base/radix_sort.h"
#include "base/sort_asking.h"
#include "base/status.h"

namespace dolerite {

// Sorts the rows from `from` on by key(row), rows of one key by less(row, row). Keys are kept
// beside the rows while they are sorted, so that most comparisons read nothing else. Not OK only if
// the host has stopped the call.
template <class Key, class Less>
absl::Status SortByKey(std::vector<uint32_t>* rows, size_t from, const Key& key, const Less& less,
                       const CallContext& call) {
  std::vector<std::pair<uint64_t, uint32_t>> keyed;
  keyed.reserve(rows->size() - from);
  Pace pace;
  for (size_t i = from; i < rows->size(); ++i) {
    DOLERITE_RETURN_IF_ERROR(pace.Check(call));
    keyed.emplace_back(key((*rows)[i]), (*rows)[i]);
  }
  DOLERITE_RETURN_IF_ERROR(SortStablyByKey(
      &keyed, [](const auto& item) { return item.first; }, call));
  const auto before = [&](const auto& a, const auto& b) { return less(a.second, b.second); };
  for (size_t begin = 0, end = 0; begin < keyed.size(); begin = end) {
    while (end < keyed.size() && keyed[end].first == keyed[begin].first) ++end;
    if (end - begin == 1) continue;
    DOLERITE_RETURN_IF_ERROR(
        SortUnlessStopped(std::span(keyed).subspan(begin, end - begin), before, call));
  }
  for (size_t i = 0; i < keyed.size(); ++i) (*rows)[from + i] = keyed[i].second;
  return absl::OkStatus();
}

// The same for callers that nothing stops.
template <class Key, class Less>
void SortByKey(std::vector<uint32_t>* rows, size_t from, const Key& key, const Less& less) {
  SortByKey(rows, from, key, less, {}).IgnoreError();
}

// The first eight bytes as a number that orders as the bytes do.
inline uint64_t BigEndianPrefix(std::string_view s) {
  uint64_t key = 0;
  for (size_t i = 0; i < 8; ++i) key = (key << 8) | (i < s.size() ? static_cast<uint8_t>(s[i]) : 0);
  return key;
}

}  // namespace dolerite

#endif  // DOLERITE_BASE_SORT_BY_KEY_H_
