// Counts the memory of one operation against a bound.
#ifndef DOLERITE_BASE_MEMORY_BUDGET_H_
#define DOLERITE_BASE_MEMORY_BUDGET_H_

#include <atomic>
#include <cstddef>
#include <string_view>

#include "absl/status/status.h"
#include "base/status.h"

namespace dolerite {

// Safe from many threads.
class MemoryBudget {
 public:
  explicit MemoryBudget(size_t bytes) : left_(bytes), bytes_(bytes) {}

  // Asked before the memory is taken. ResourceExhausted, and nothing taken, if it is not there.
  absl::Status Take(size_t bytes, std::string_view what) {
    size_t left = left_.load(std::memory_order_relaxed);
    do {
      if (bytes > left) {
        return ResourceExhausted(what, ": needs ", bytes, " bytes, of the ", bytes_,
                                 " that may be held ", left, " are left");
      }
    } while (!left_.compare_exchange_weak(left, left - bytes, std::memory_order_relaxed));
    return absl::OkStatus();
  }
  size_t left() const { return left_.load(std::memory_order_relaxed); }
  void Return(size_t bytes) { left_.fetch_add(bytes, std::memory_order_relaxed); }

 private:
  std::atomic<size_t> left_;
  size_t bytes_;
};

}  // namespace dolerite

#endif  // DOLERITE_BASE_MEMORY_BUDGET_H_
