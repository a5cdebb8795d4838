// How much a dataset holds, as upper bounds that are known while profiles come in.
#ifndef DOLERITE_BLOCK_DATASET_COUNTS_H_
#define DOLERITE_BLOCK_DATASET_COUNTS_H_

#include <cstdint>

#include "absl/status/status.h"
#include "block/chunk_load.h"
#include "block/format_bounds.h"
#include "dolerite/profile.h"
#include "model/symbol_merger.h"

namespace dolerite {

// Rows of tables as a reader counts them, and bytes of the texts in them.
struct DatasetCounts {
  // Tables of symbols, without null rows.
  uint64_t strings = 0, string_bytes = 0;
  uint64_t functions = 0, locations = 0, lines = 0, mappings = 0;
  uint64_t attributes = 0, attribute_sets = 0, set_items = 0;
  uint64_t nodes = 0, layouts = 0, layout_entries = 0;
  // The profile table. `totals` counts values of all profiles, `texts` distinct strings.
  uint64_t profiles = 0, types = 0, type_values = 0, series = 0, headers = 0;
  uint64_t series_labels = 0, comments = 0, totals = 0;
  uint64_t texts = 0, text_bytes = 0;
  // Of all chunks together.
  ChunkLoad load;

  DatasetCounts& operator+=(const DatasetCounts& other);
};

// What merged tables hold.
DatasetCounts CountsOf(const MergedTables& tables);
// The most that the tables of a profile can add to merged tables: as if nothing were there
// already. Stack nodes are counted as if no two stacks shared one, or, if `exact_nodes`, as they
// are in a tree of the profile's stacks: this takes a walk over all of them.
DatasetCounts MostOf(const Profile& profile, bool exact_nodes);

// ResourceExhausted, naming the table, its rows and their bound, if a table or a section of the
// dataset could pass the bounds. Sections of chunks are not looked at: CheckLoad does that.
absl::Status CheckDataset(const DatasetCounts& counts, const FormatBounds& bounds);

}  // namespace dolerite

#endif  // DOLERITE_BLOCK_DATASET_COUNTS_H_
