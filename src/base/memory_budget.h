// Counts the memory of one operation against a bound.
#ifndef DOLERITE_BASE_MEMORY_BUDGET_H_
#define DOLERITE_BASE_MEMORY_BUDGET_H_

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
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

// What one holder has taken of one or two budgets; gives it back when it dies. Not thread-safe.
class MemoryLease {
 public:
  // Null budgets are not asked. The others must outlive the lease.
  explicit MemoryLease(MemoryBudget* own, MemoryBudget* shared = nullptr) : budgets_{own, shared} {}
  ~MemoryLease() { Release(); }
  MemoryLease(const MemoryLease&) = delete;
  MemoryLease& operator=(const MemoryLease&) = delete;

  // Asked before the memory is taken: ResourceExhausted, and nothing taken, if a budget lacks it.
  absl::Status Take(size_t bytes, std::string_view what) {
    for (size_t i = 0; i < budgets_.size(); ++i) {
      if (budgets_[i] == nullptr) continue;
      absl::Status status = budgets_[i]->Take(bytes, what);
      if (status.ok()) continue;
      if (i > 0 && budgets_[0] != nullptr) budgets_[0]->Return(bytes);
      return status;
    }
    taken_ += bytes;
    return absl::OkStatus();
  }
  void Return(size_t bytes) {
    taken_ -= bytes;
    for (MemoryBudget* budget : budgets_) {
      if (budget != nullptr) budget->Return(bytes);
    }
  }
  void Release() { Return(taken_); }

  size_t taken() const { return taken_; }
  // What may still be taken.
  size_t left() const {
    size_t left = SIZE_MAX;
    for (const MemoryBudget* budget : budgets_) {
      if (budget != nullptr) left = std::min(left, budget->left());
    }
    return left;
  }

 private:
  std::array<MemoryBudget*, 2> budgets_;
  size_t taken_ = 0;
};

}  // namespace dolerite

#endif  // DOLERITE_BASE_MEMORY_BUDGET_H_
