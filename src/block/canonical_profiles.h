// Collected profiles in canonical order: the same set of profiles gives the same tables, in
// whatever order it came.
#ifndef DOLERITE_BLOCK_CANONICAL_PROFILES_H_
#define DOLERITE_BLOCK_CANONICAL_PROFILES_H_

#include <cstdint>
#include <vector>

#include "block/chunk_load.h"
#include "block/distinct.h"
#include "block/profile_table.h"
#include "block/sample_rows.h"
#include "model/canonical.h"

namespace dolerite {

// What profiles share, numbered in the order in which it came. Attributes are rows of merged
// tables.
struct CollectedTables {
  Distinct<ProfileType> types;
  Distinct<Series> series;
  Distinct<ProfileHeader> headers;
};

// The place of each of these in sorted order.
struct CollectedRanks {
  std::vector<uint32_t> types, series, headers;
};

// Fills types, series and headers of `table`, sorted.
CollectedRanks RankTables(const CollectedTables& collected, const CanonicalTables& canonical,
                          ProfileTable* table);

// Profiles as they came. Types, series and headers are numbered in that order; other ids are rows
// of merged tables.
struct CollectedProfiles : CollectedTables {
  struct Pending {
    ProfileRow row;
    SampleRows rows;
    ChunkLoad load;

    size_t memory_bytes() const;
  };

  std::vector<Pending> profiles;
};

// Ids are ranks: those of the canonical tables, and of sorted types, series and headers. Profiles
// ascend by (series, time, id), each once. The table has no groups yet.
struct CanonicalProfiles {
  ProfileTable table;
  // By row of the profile table.
  std::vector<SampleRows> rows;
  std::vector<ChunkLoad> loads;
};

CanonicalProfiles MakeCanonicalProfiles(CollectedProfiles collected,
                                        const CanonicalTables& canonical);

}  // namespace dolerite

#endif  // DOLERITE_BLOCK_CANONICAL_PROFILES_H_
