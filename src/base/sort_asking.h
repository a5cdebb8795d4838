// Sorting that a host can stop.
#ifndef DOLERITE_BASE_SORT_ASKING_H_
#define DOLERITE_BASE_SORT_ASKING_H_

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

#include "absl/status/status.h"
#include "base/pace.h"
#include "base/status.h"
#include "dolerite/call_context.h"

namespace dolerite {

// Merges two sorted runs, [0, middle) and the rest, and asks the host on the way; elements of the
// first run come before equal ones of the second. `buffer` is used as memory. After an error the
// items are of no use.
template <class T, class Less>
absl::Status MergeAsking(std::span<T> items, size_t middle, const Less& less,
                         const CallContext& call, std::vector<T>* buffer) {
  if (middle == 0 || middle == items.size() || !less(items[middle], items[middle - 1])) {
    return absl::OkStatus();  // in order, as runs often are
  }
  buffer->assign(items.begin(), items.begin() + static_cast<ptrdiff_t>(middle));
  Pace pace;
  size_t left = 0, right = middle;
  for (size_t out = 0; left < middle; ++out) {
    const bool take_right = right < items.size() && less(items[right], (*buffer)[left]);
    items[out] = take_right ? items[right++] : (*buffer)[left++];
    DOLERITE_RETURN_IF_ERROR(pace.Check(call));
  }
  return absl::OkStatus();
}

// Sorts pieces, then merges them in pairs, pairs of pairs and so on. The host is asked for each
// piece and on the way through each merge. After an error the items are of no use.
template <class T, class Less>
absl::Status SortAsking(std::span<T> items, const Less& less, const CallContext& call) {
  for (size_t i = 0; i < items.size(); i += Pace::kRows) {
    DOLERITE_RETURN_IF_ERROR(call.Check());
    const std::span<T> piece = items.subspan(i, std::min(Pace::kRows, items.size() - i));
    if (!std::is_sorted(piece.begin(), piece.end(), less)) {
      std::sort(piece.begin(), piece.end(), less);
    }
  }
  std::vector<T> buffer;
  for (size_t run = Pace::kRows; run < items.size(); run *= 2) {
    for (size_t i = 0; i + run < items.size(); i += 2 * run) {
      const std::span<T> both = items.subspan(i, std::min(2 * run, items.size() - i));
      DOLERITE_RETURN_IF_ERROR(MergeAsking(both, run, less, call, &buffer));
    }
  }
  return absl::OkStatus();
}

// The same; what nothing can stop is sorted in one piece.
template <class T, class Less>
absl::Status SortUnlessStopped(std::span<T> items, const Less& less, const CallContext& call) {
  if (call.check) return SortAsking(items, less, call);
  std::sort(items.begin(), items.end(), less);
  return absl::OkStatus();
}
template <class T, class Less>
absl::Status SortUnlessStopped(std::vector<T>* items, size_t from, const Less& less,
                               const CallContext& call) {
  return SortUnlessStopped(std::span<T>(*items).subspan(from), less, call);
}

}  // namespace dolerite

#endif  // DOLERITE_BASE_SORT_ASKING_H_
