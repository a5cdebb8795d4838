// Sums of values over the runs of a chunk.
#ifndef DOLERITE_BLOCK_RUN_SUMS_H_
#define DOLERITE_BLOCK_RUN_SUMS_H_

#include <cstdint>
#include <vector>

namespace dolerite {

struct RunSums {
  std::vector<std::vector<uint64_t>> columns;  // by column, by run; modulo 2^64
  bool fit = true;                             // every sum fits 64 bits
};

// `columns` are in stored order; the runs of `lengths` follow each other.
RunSums SumRuns(const std::vector<std::vector<int64_t>>& columns,
                const std::vector<uint32_t>& lengths);

}  // namespace dolerite

#endif  // DOLERITE_BLOCK_RUN_SUMS_H_
