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
#include "block/sections.h"
#include "dolerite/symbols.h"

namespace dolerite {

struct HeapScale {
  uint64_t size;  // of one object, from the label `bytes`
  double scale;   // at least 1
};

struct HeapCounts {
  std::vector<std::vector<int64_t>> columns;  // allocated, in use; in stored order
  std::map<uint32_t, HeapScale> scales;       // by label set
};

// The counts behind the four value columns of a chunk, if every single value is exactly what its
// count scales to.
std::optional<HeapCounts> UnscaleGoHeap(const ChunkOrder& order, const ProfileTable& table,
                                        const Symbols& symbols,
                                        const std::vector<std::vector<int64_t>>& values);

// Writes the scales, and for each run what its values' sum has beyond what its head tells.
void WriteHeapScales(const HeapCounts& counts, const ChunkOrder& order,
                     const std::vector<std::vector<int64_t>>& values, SectionWriter* heads);

}  // namespace dolerite

#endif  // DOLERITE_BLOCK_GO_HEAP_H_
