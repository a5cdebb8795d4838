// Columns of some samples of a chunk, made of what the chunk has.
#ifndef DOLERITE_QUERY_SCAN_SAMPLE_COLUMNS_H_
#define DOLERITE_QUERY_SCAN_SAMPLE_COLUMNS_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "block/chunk.h"
#include "query/scan/sample_scan.h"

namespace dolerite {

// Samples of one row group: `rows` from sample `begin` of the chunk on. What is given as a span
// views the chunk or the buffer that was passed.
struct GroupSamples {
  const ChunkReader& chunk;
  uint32_t group;
  size_t begin, rows;

  // A column of the chunk's samples.
  template <class T>
  std::span<const T> Of(const std::vector<T>& samples) const {
    return std::span<const T>(samples).subspan(begin, rows);
  }
  // A column of the chunk's runs: each sample has what its run has.
  std::span<const uint32_t> OfRuns(const std::vector<uint32_t>& column,
                                   std::vector<uint32_t>* out) const {
    const ChunkRuns& runs = chunk.runs();
    const uint32_t *const lengths = runs.length.data(), *const values = column.data();
    const uint32_t end = runs.group_begin[group + 1];
    out->resize(rows);
    uint32_t* next = out->data();
    for (uint32_t run = runs.group_begin[group]; run < end; ++run) {
      next = std::fill_n(next, lengths[run], values[run]);
    }
    return *out;
  }
  // value(ordinal of the sample's profile in the group). Ordinals must have been read.
  template <class Value>
  std::span<const uint32_t> OfProfiles(const Value& value, std::vector<uint32_t>* out) const {
    const std::span<const uint32_t> ordinals = Of(chunk.ordinals());
    out->resize(rows);
    std::transform(ordinals.begin(), ordinals.end(), out->begin(), value);
    return *out;
  }
};

// Cuts a column to its first rows, `kept` of them, after it has moved those to the front whose cell
// is not kNoCell. They go to `out`, which the column may view already. An empty column stays empty.
// No branch in the loop: each row is copied to the place of the next kept one.
template <class T>
void Keep(const std::vector<uint32_t>& cells, size_t kept, std::span<const T>* column,
          std::vector<T>* out) {
  if (column->empty()) return;
  out->resize(cells.size());
  const T* from = column->data();
  T* to = out->data();
  for (const uint32_t cell : cells) {
    *to = *from++;
    to += cell != kNoCell;
  }
  *column = std::span<const T>(*out).first(kept);
}

}  // namespace dolerite

#endif  // DOLERITE_QUERY_SCAN_SAMPLE_COLUMNS_H_
