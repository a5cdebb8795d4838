// Go heap values as the counts that they were scaled from.
//
// runtime/pprof gives a bucket of n sampled objects of one size as n * s objects and
// n * size * s bytes, both rounded down, with s = 1 / (1 - exp(-size / rate)); see
// scaleHeapSample in Go's source. n is small and changes seldom.
#ifndef DOLERITE_BLOCK_GO_HEAP_H_
#define DOLERITE_BLOCK_GO_HEAP_H_

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "block/chunk_order.h"
#include "block/run_sums.h"
#include "block/sections.h"
#include "dolerite/symbols.h"

namespace dolerite {

struct HeapCounts {
  std::vector<std::vector<int64_t>> columns;  // allocated, in use; in stored order
  std::map<uint32_t, HeapScale> scales;       // by label set
};

// The counts behind the four value columns of a chunk, if every single value is exactly what its
// count scales to.
std::optional<HeapCounts> UnscaleGoHeap(const ChunkOrder& order, const ProfileTable& table,
                                        const Symbols& symbols,
                                        const std::vector<std::vector<int64_t>>& values);

// Whether UnscaleGoHeap would find these counts, which have one column for each pair of values.
// What counts and scales give is known to be exact then, so no value is made for that.
bool AreHeapCounts(const ChunkOrder& order, const ProfileTable& table, const Symbols& symbols,
                   const HeapCounts& counts);
// The four values of each sample, in stored order, and their sums alone.
std::vector<std::vector<int64_t>> ScaledValues(const ChunkOrder& order, const HeapCounts& counts);
RunSums SumScaled(const ChunkOrder& order, const HeapCounts& counts);

// Writes the scales, and for each run what its values' sum has beyond what its head tells. The sums
// are those of the four values and of the two counts.
void WriteHeapScales(const HeapCounts& counts, const ChunkOrder& order, const RunSums& value_sums,
                     const RunSums& count_sums, SectionWriter* heads);

}  // namespace dolerite

#endif  // DOLERITE_BLOCK_GO_HEAP_H_
