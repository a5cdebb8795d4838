// The bounds of the format, in one table. BlockBuilder::Add refuses a profile that would take a
// block past one of them, so every finished block can be read by the default BlockLimits.
#ifndef DOLERITE_BLOCK_FORMAT_BOUNDS_H_
#define DOLERITE_BLOCK_FORMAT_BOUNDS_H_

#include <cstdint>

#include "dolerite/limits.h"

namespace dolerite {

// Frozen: raising a number makes blocks that older readers refuse.
struct FormatBounds {
  // The footer, without the trailer.
  uint64_t footer_bytes = uint64_t{16} << 20;
  // One section, stored and decoded; also the decoded strings or bytes of one column.
  uint64_t section_bytes = uint64_t{256} << 20;
  // Rows of each table of a dataset (strings, functions, locations, mappings, attributes,
  // attribute sets, stack nodes, layouts), items of each list in them (lines, set items, layout
  // entries, comments, labels of series), and runs, samples, times and timed values of one chunk.
  uint64_t table_rows = uint64_t{1} << 24;
  // Profiles, series, types and headers of a dataset, and the values of all its types together.
  // A row of these takes some 16 times the memory of an integer.
  uint64_t profile_rows = uint64_t{1} << 20;
  // Sample types of one profile type, hence value columns of a chunk.
  uint64_t sample_types = 256;

  friend bool operator==(const FormatBounds&, const FormatBounds&) = default;
};

inline constexpr FormatBounds kFormatBounds;

// Values of the kCounts column of a section: a chunk's heads have 4, and 4 more a sample type.
inline constexpr uint64_t kMostCounts = 4096;
static_assert(4 + 4 * kFormatBounds.sample_types <= kMostCounts);

// How many times fewer rows a profile table may have than a table of integers.
inline constexpr uint64_t kProfileRowCost = 16;

// What the table admits, default limits read.
static_assert(BlockLimits().footer_bytes >= kFormatBounds.footer_bytes);
static_assert(BlockLimits().section_bytes >= kFormatBounds.section_bytes);
static_assert(BlockLimits().section_rows >= kFormatBounds.table_rows);
static_assert(BlockLimits().section_rows / kProfileRowCost >= kFormatBounds.profile_rows);

}  // namespace dolerite

#endif  // DOLERITE_BLOCK_FORMAT_BOUNDS_H_
