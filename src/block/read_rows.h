// Reads samples back, profile by profile.
#ifndef DOLERITE_BLOCK_READ_ROWS_H_
#define DOLERITE_BLOCK_READ_ROWS_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "absl/status/status.h"
#include "block/chunk.h"
#include "block/dataset_reader.h"
#include "block/sample_rows.h"

namespace dolerite {

// The sections of one chunk; IsOfChunk says whether a kind has one for each chunk.
std::vector<DatasetReader::Key> SectionsOfChunk(uint32_t part);
bool IsOfChunk(SectionKind kind);

// One opened chunk and the sections that it needs.
absl::StatusOr<ChunkReader> OpenChunk(DatasetReader* dataset, uint32_t part);
absl::Status OpenBodies(DatasetReader* dataset, uint32_t part, bool ordinals, ChunkReader* chunk);

// Samples of those profiles of a chunk for which wanted(row of the profile table) holds, in
// canonical order, one SampleRows for each profile of the chunk in the order of its groups.
// All ids lie in the dataset's tables.
struct ChunkProfiles {
  std::vector<uint32_t> profiles;  // rows of the profile table
  std::vector<SampleRows> rows;
};
absl::StatusOr<ChunkProfiles> ReadChunkProfiles(DatasetReader* dataset, uint32_t part,
                                                const std::function<bool(uint32_t)>& wanted);

// What reading a chunk takes of its dataset's tables.
struct ChunkTables {
  const ProfileTable* table = nullptr;
  std::span<const uint32_t> stacks;  // what the samples' ids of stacks become
  size_t attribute_sets = 0;         // samples name one of so many
};

// A chunk with all its sections fetched. CheckLabels is for when its bodies are read.
absl::StatusOr<ChunkReader> OpenWholeChunk(DatasetReader* dataset, const ChunkTables& tables,
                                           uint32_t part);
absl::Status CheckLabels(const SectionReader& heads, const ChunkReader& chunk, size_t sets);

// The same without a look at the reader's tables.
absl::StatusOr<ChunkProfiles> ReadChunkProfiles(DatasetReader* dataset, const ChunkTables& tables,
                                                uint32_t part,
                                                const std::function<bool(uint32_t)>& wanted);

}  // namespace dolerite

#endif  // DOLERITE_BLOCK_READ_ROWS_H_
