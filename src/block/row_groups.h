// How profiles are put into row groups, and row groups into chunks.
#ifndef DOLERITE_BLOCK_ROW_GROUPS_H_
#define DOLERITE_BLOCK_ROW_GROUPS_H_

#include <cstdint>
#include <functional>

#include "block/chunk_load.h"
#include "block/format_bounds.h"
#include "block/profile_table.h"
#include "dolerite/block_builder.h"

namespace dolerite {

// The load of a profile, by its row of the profile table.
using LoadOfProfile = std::function<ChunkLoad(uint32_t profile)>;

// Fills groups and chunks of a table whose other parts are in canonical order. No chunk passes the
// bounds if no single profile does. Reads no samples, so that a writer that streams can do it
// first.
void MakeRowGroups(const BlockOptions& options, const FormatBounds& bounds,
                   const LoadOfProfile& load_of, ProfileTable* table);

// An upper bound of the chunks that MakeRowGroups makes of so many profiles of so many types,
// whose loads add up to `sum`.
uint64_t MostChunks(const BlockOptions& options, const FormatBounds& bounds, uint64_t profiles,
                    uint64_t types, const ChunkLoad& sum);

}  // namespace dolerite

#endif  // DOLERITE_BLOCK_ROW_GROUPS_H_
