#include "block/run_sums.h"

#include <algorithm>
#include <bit>

namespace dolerite {

namespace {

// Whether no sum of up to `most` of the values can leave 63 bits.
bool AreSmall(const std::vector<int64_t>& values, uint32_t most) {
  uint64_t all = 0;
  for (const int64_t value : values) all |= static_cast<uint64_t>(value);
  return std::bit_width(all) + std::bit_width(most) <= 63;
}

// Calls sum(begin, end) for the values of each run.
template <class Sum>
std::vector<uint64_t> ByRun(const std::vector<int64_t>& values,
                            const std::vector<uint32_t>& lengths, const Sum& sum) {
  std::vector<uint64_t> sums(lengths.size());
  const int64_t* value = values.data();
  uint64_t* out = sums.data();
  for (const uint32_t length : lengths) {
    *out++ = sum(value, value + length);
    value += length;
  }
  return sums;
}

uint64_t Sum(const int64_t* value, const int64_t* end) {
  uint64_t sum = 0;
  for (; value != end; ++value) sum += static_cast<uint64_t>(*value);
  return sum;
}

}  // namespace

// Values are mostly so small that overflow need not be looked for.
RunSums SumRuns(const std::vector<std::vector<int64_t>>& columns,
                const std::vector<uint32_t>& lengths) {
  RunSums sums;
  const auto longest = std::max_element(lengths.begin(), lengths.end());
  for (const std::vector<int64_t>& values : columns) {
    if (lengths.empty() || AreSmall(values, *longest)) {
      sums.columns.push_back(ByRun(values, lengths, Sum));
      continue;
    }
    sums.columns.push_back(ByRun(values, lengths, [&](const int64_t* value, const int64_t* end) {
      int64_t sum = 0;
      for (; value != end; ++value) sums.fit &= !__builtin_add_overflow(sum, *value, &sum);
      return static_cast<uint64_t>(sum);
    }));
  }
  return sums;
}

}  // namespace dolerite
