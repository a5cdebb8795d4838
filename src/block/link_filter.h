// Which chunks may hold a trace or a span: for each chunk with links a Bloom filter of the ids
// in them, so that a look-up reads the profile table, this section, and the chunks it names.
//
//   kCounts        chunks K, bits k that an id sets
//   kFilterSizes   bytes of each chunk's filter; without any, the chunk cannot be ruled out
//   kFilterBits    | filter of chunk 0 | filter of chunk 1 | ..
//
//   id --XXH3-64--> high | low         at i = (low + i * (high | 1)) mod 2^32, i = 0 .. k - 1
//                                      bit i = at i * m / 2^32, of the filter's m bits
//   filter         0 0 1 0 0 1 0 ..    bit b is bit b mod 8, from the lowest, of byte b / 8
//
// Trace ids have 16 bytes and span ids 8, so their hashes differ. An id of zeros means no link and
// is not entered.
#ifndef DOLERITE_BLOCK_LINK_FILTER_H_
#define DOLERITE_BLOCK_LINK_FILTER_H_

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "block/profile_table.h"
#include "block/sections.h"
#include "dolerite/limits.h"

namespace dolerite {

// Samples that are wanted: their trace is one of these, and their span one of these. An empty list
// sets no condition.
struct LinkIds {
  std::vector<std::array<uint8_t, 16>> trace_ids;
  std::vector<std::array<uint8_t, 8>> span_ids;
};

// The filter of one chunk, from its concatenated ids. `bits` (at least 1) for each distinct id; ""
// if there are no ids.
std::string MakeLinkFilter(std::string_view trace_ids, std::string_view span_ids, uint32_t bits);

// The section of a dataset's filters, made with `bits`, by chunk. If only one chunk of a profile
// type has links it needs no filter. Without any filter there is no section.
std::optional<EncodedSection> EncodeLinkFilters(const std::vector<Chunk>& chunks,
                                                std::vector<std::string> filters, uint32_t bits,
                                                const ColumnOptions& options);

class LinkFilters {
 public:
  static absl::StatusOr<LinkFilters> Read(const SectionReader& section, size_t chunks,
                                          const BlockLimits& limits);

  // False only if the chunk has no link to this trace (16 bytes) or span (8).
  bool MayHold(size_t chunk, std::span<const uint8_t> id) const;
  // False only if the chunk has no sample that is wanted.
  bool MayHold(size_t chunk, const LinkIds& ids) const;

 private:
  std::string_view Of(size_t chunk) const;

  uint32_t hashes_ = 0;
  std::vector<uint64_t> ends_;  // of filters, by chunk
  std::string bytes_;
};

}  // namespace dolerite

#endif  // DOLERITE_BLOCK_LINK_FILTER_H_
