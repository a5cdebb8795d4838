// Windows of time, which blocks of a level keep to, and runs of what overlaps in time.
#ifndef DOLERITE_ARCHIVE_WINDOWS_H_
#define DOLERITE_ARCHIVE_WINDOWS_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "absl/status/status.h"
#include "base/status.h"

namespace dolerite {

// The number of the window that holds a time. Rounds down, also before 1970.
inline int64_t WindowOf(int64_t nanos, int64_t window) {
  const int64_t quotient = nanos / window;
  return quotient - (nanos < quotient * window);
}

// Sorts items by their first time and visits runs of items that overlap in time: items of different
// runs have no time in common.
template <class Item, class Visit>
absl::Status VisitRuns(std::vector<Item>* items, const Visit& visit) {
  std::sort(items->begin(), items->end(),
            [](const Item& a, const Item& b) { return a.min_time_nanos < b.min_time_nanos; });
  for (size_t begin = 0, end = 0; begin < items->size(); begin = end) {
    int64_t until = (*items)[begin].max_time_nanos;
    for (end = begin + 1; end < items->size() && (*items)[end].min_time_nanos <= until; ++end) {
      until = std::max(until, (*items)[end].max_time_nanos);
    }
    DOLERITE_RETURN_IF_ERROR(visit(std::span(*items).subspan(begin, end - begin)));
  }
  return absl::OkStatus();
}

}  // namespace dolerite

#endif  // DOLERITE_ARCHIVE_WINDOWS_H_
