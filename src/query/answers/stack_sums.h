// Exact sums by stack.
#ifndef DOLERITE_QUERY_ANSWERS_STACK_SUMS_H_
#define DOLERITE_QUERY_ANSWERS_STACK_SUMS_H_

#include <cstdint>
#include <map>
#include <vector>

namespace dolerite {

// What does not fit 64 bits is kept beside, so that it does not matter in which order values come.
class StackSums {
 public:
  explicit StackSums(size_t stacks) : low_(stacks, 0) {}

  void Add(uint32_t stack, int64_t value) {
    int64_t sum;
    if (__builtin_add_overflow(low_[stack], value, &sum)) {
      high_[stack] += low_[stack];
      sum = value;
    }
    low_[stack] = sum;
  }
  void AddWide(uint32_t stack, __int128 value) {
    const int64_t low = static_cast<int64_t>(value);
    if (low == value) return Add(stack, low);
    high_[stack] += value;
  }
  __int128 operator[](uint32_t stack) const {
    const auto at = high_.empty() ? high_.end() : high_.find(stack);
    return (at == high_.end() ? 0 : at->second) + low_[stack];
  }
  size_t size() const { return low_.size(); }

  // The stacks whose sums are not 0, ascending.
  std::vector<uint32_t> NotZero() const {
    const uint32_t n = static_cast<uint32_t>(size());
    const int64_t* const low = low_.data();
    size_t count = high_.size();
    for (uint32_t stack = 0; stack < n; ++stack) count += low[stack] != 0;
    std::vector<uint32_t> stacks(count + 1);  // so that the loop may write one beyond
    uint32_t* const to = stacks.data();
    size_t found = 0;
    if (high_.empty()) {
      // No branch: whether a stack has a sum can't be guessed.
      for (uint32_t stack = 0; stack < n; ++stack) {
        to[found] = stack;
        found += low[stack] != 0;
      }
    } else {
      for (uint32_t stack = 0; stack < n; ++stack) {
        if ((*this)[stack] != 0) to[found++] = stack;
      }
    }
    stacks.resize(found);
    return stacks;
  }

 private:
  std::vector<int64_t> low_;
  std::map<uint32_t, __int128> high_;
};

}  // namespace dolerite

#endif  // DOLERITE_QUERY_ANSWERS_STACK_SUMS_H_
