// Reads whole profiles of a dataset in one pass over its chunks.
#ifndef DOLERITE_BLOCK_READ_PROFILES_H_
#define DOLERITE_BLOCK_READ_PROFILES_H_

#include <cstdint>
#include <functional>
#include <span>

#include "absl/status/status.h"
#include "block/assemble.h"
#include "block/dataset_reader.h"
#include "block/read_rows.h"
#include "dolerite/profile.h"

namespace dolerite {

// Calls visit(part, rows) for each chunk that holds one of the profiles for which wanted(row of the
// profile table) holds, in the order of chunks. Each chunk's sections are fetched and decoded once
// and dropped before the next chunk, so memory is bounded by the largest one. `rows` holds the
// chunk's wanted profiles, payloads too, or what kept them from being read; if `visit` then returns
// OK, the pass goes on with the next chunk.
using ChunkVisitor = std::function<absl::Status(uint32_t part, absl::StatusOr<ChunkProfiles> rows)>;
absl::Status VisitChunks(DatasetReader* dataset, const std::function<bool(uint32_t)>& wanted,
                         const ChunkVisitor& visit);

// Assembles the profiles `wanted`, ascending rows of the profile table, and gives each to `visit`
// in the order of VisitChunks and, in a chunk, of its groups. The profile is there until `visit`
// returns, which may move it away unless profiles share rows. Ends at the first error.
absl::Status VisitProfiles(DatasetReader* dataset, std::span<const uint32_t> wanted,
                           ProfileAssembler::Rows rows,
                           const std::function<absl::Status(uint32_t row, Profile&)>& visit);

}  // namespace dolerite

#endif  // DOLERITE_BLOCK_READ_PROFILES_H_
