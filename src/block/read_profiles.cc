// All profiles of a dataset for little more than one decoding of it:
//
//   tables   symbols, stacks, labels, addresses and the profile table are decoded once
//   fetch    the sections of some chunks that follow each other come with one call to the store
//   chunk    decoded once; its samples are dealt out to the profiles that are wanted
//   profile  put together from its rows and the tables, handed to the visitor, gone
//   drop     the chunk's sections are forgotten before the next one is decoded
#include "block/read_profiles.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/status.h"

namespace dolerite {

namespace {

// Stored bytes of the chunks that are fetched together: enough that a far store is not asked for
// each small chunk, little beside a dataset's tables.
constexpr uint64_t kFetchBytes = 4 << 20;

// Stops at the first wanted profile, so a chunk costs at most its profiles.
bool HoldsAny(const ProfileTable& table, const Chunk& chunk,
              const std::function<bool(uint32_t)>& wanted) {
  for (const RowGroup& group : table.groups_of(chunk)) {
    for (uint32_t p = group.first_profile; p < group.first_profile + group.profiles; ++p) {
      if (wanted(p)) return true;
    }
  }
  return false;
}

// Fetches what is stored of the first chunks of `parts`; returns how many these are, at least one.
// Damage is no error here: it is one of the chunk that has it.
absl::StatusOr<size_t> FetchSome(DatasetReader* dataset, std::span<const uint32_t> parts) {
  std::vector<DatasetReader::Key> keys;
  uint64_t bytes = 0;
  size_t chunks = 0;
  while (chunks < parts.size() && (chunks == 0 || bytes < kFetchBytes)) {
    const std::vector<DatasetReader::Key> sections = SectionsOfChunk(parts[chunks++]);
    bytes += dataset->StoredBytes(sections);
    keys.insert(keys.end(), sections.begin(), sections.end());
  }
  // A section that is damaged or too large fails the whole request. Then nothing of it is kept, and
  // chunks come one by one, so that only the damaged one fails.
  absl::Status status = dataset->Fetch(keys);
  if (status.ok()) return chunks;
  if (!absl::IsDataLoss(status) && !absl::IsResourceExhausted(status)) return status;
  dataset->Drop(keys);
  return 1;
}

// A profile from its rows and its row of the table. The table's ids of layouts and label sets are
// checked here, as tables are read apart.
absl::Status Assemble(const DatasetReader& dataset, const ProfileTable& table,
                      const MergedTables& tables, const ProfileRow& row, SampleRows rows,
                      ProfileAssembler* assembler, Profile* profile) {
  const ProfileHeader& header = table.headers[row.header];
  if (row.layout >= tables.layouts.size() ||
      header.attributes.value >= tables.symbols.attribute_sets.size()) {
    return DataLoss(dataset.block().Place(), ": a profile names a layout or attributes that its ",
                    "dataset does not have");
  }
  const std::span<const LayoutEntry> layout(tables.layouts.begin(row.layout),
                                            tables.layouts.end(row.layout));
  assembler->Assemble(table.type_of(row), header, layout, std::move(rows), profile);
  profile->time_nanos = row.time_nanos;
  profile->duration_nanos = row.duration_nanos;
  if (row.has_id) profile->id = row.id;
  return absl::OkStatus();
}

}  // namespace

// Types first: only stacks of chunks that are visited are decoded.
absl::Status VisitChunks(DatasetReader* dataset, const std::function<bool(uint32_t)>& wanted,
                         const ChunkVisitor& visit) {
  DOLERITE_ASSIGN_OR_RETURN(const ProfileTable* table, dataset->Profiles());
  std::vector<uint32_t> parts;
  TypeSet types(table->types.size(), 0);
  for (uint32_t part = 0; part < table->chunks.size(); ++part) {
    if (!HoldsAny(*table, table->chunks[part], wanted)) continue;
    parts.push_back(part);
    types[table->chunks[part].type] = 1;
  }
  DOLERITE_RETURN_IF_ERROR(dataset->Everything(types).status());
  size_t fetched = 0;
  for (size_t i = 0; i < parts.size(); ++i) {
    if (i == fetched) {
      DOLERITE_ASSIGN_OR_RETURN(
          const size_t more, FetchSome(dataset, std::span<const uint32_t>(parts).subspan(fetched)));
      fetched += more;
    }
    DOLERITE_RETURN_IF_ERROR(dataset->Check());
    // The visitor decides whether damage of a chunk ends the pass.
    DOLERITE_RETURN_IF_ERROR(visit(parts[i], ReadChunkProfiles(dataset, parts[i], wanted)));
    dataset->Drop(SectionsOfChunk(parts[i]));
  }
  return absl::OkStatus();
}

// `wanted` ascends, so a profile is found in it by binary search.
absl::Status VisitProfiles(DatasetReader* dataset, std::span<const uint32_t> wanted,
                           ProfileAssembler::Rows shared,
                           const std::function<absl::Status(uint32_t row, Profile&)>& visit) {
  DOLERITE_ASSIGN_OR_RETURN(const ProfileTable* table, dataset->Profiles());
  TypeSet types(table->types.size(), 0);
  for (uint32_t row : wanted) types[table->series[table->profiles[row].series].type] = 1;
  DOLERITE_ASSIGN_OR_RETURN(const MergedTables* tables, dataset->Everything(types));
  ProfileAssembler assembler(*tables, shared);
  Profile profile;  // one after the other, in the same memory
  size_t visited = 0;
  const auto is_wanted = [&](uint32_t row) {
    return std::binary_search(wanted.begin(), wanted.end(), row);
  };
  const auto visit_chunk = [&](uint32_t, absl::StatusOr<ChunkProfiles> read) -> absl::Status {
    if (!read.ok()) return read.status();
    for (size_t i = 0; i < read->profiles.size(); ++i) {
      DOLERITE_RETURN_IF_ERROR(dataset->Check());
      const uint32_t row = read->profiles[i];
      DOLERITE_RETURN_IF_ERROR(Assemble(*dataset, *table, *tables, table->profiles[row],
                                        std::move(read->rows[i]), &assembler, &profile));
      DOLERITE_RETURN_IF_ERROR(visit(row, profile));
      ++visited;
    }
    return absl::OkStatus();
  };
  // Every profile should be in one group. Fewer visits mean a table that leaves some out.
  DOLERITE_RETURN_IF_ERROR(VisitChunks(dataset, is_wanted, visit_chunk));
  if (visited == wanted.size()) return absl::OkStatus();
  return DataLoss(dataset->block().Place(), ": ", wanted.size() - visited,
                  " profiles are in no row group");
}

}  // namespace dolerite
