// How profiles are put into row groups, and row groups into chunks.
#ifndef DOLERITE_BLOCK_ROW_GROUPS_H_
#define DOLERITE_BLOCK_ROW_GROUPS_H_

#include <vector>

#include "block/chunk_load.h"
#include "block/format_bounds.h"
#include "block/profile_table.h"
#include "block/sample_rows.h"
#include "dolerite/block_builder.h"

namespace dolerite {

// Fills groups and chunks of a table whose other parts are in canonical order. `rows` and `loads`
// are by row of the profile table. No chunk passes the bounds if no single profile does.
void MakeRowGroups(const BlockOptions& options, const FormatBounds& bounds,
                   const std::vector<SampleRows>& rows, const std::vector<ChunkLoad>& loads,
                   ProfileTable* table);

// An upper bound of the chunks that MakeRowGroups makes of so many profiles of so many types,
// whose loads add up to `sum`.
uint64_t MostChunks(const BlockOptions& options, const FormatBounds& bounds, uint64_t profiles,
                    uint64_t types, const ChunkLoad& sum);

}  // namespace dolerite

#endif  // DOLERITE_BLOCK_ROW_GROUPS_H_
