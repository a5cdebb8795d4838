// What makes two profiles the same, as a hash.
#ifndef DOLERITE_ARCHIVE_PROFILE_HASHES_H_
#define DOLERITE_ARCHIVE_PROFILE_HASHES_H_

#include <vector>

#include "absl/status/statusor.h"
#include "archive/keys.h"
#include "block/merge_rules.h"
#include "block/profile_table.h"
#include "dolerite/block_reader.h"
#include "dolerite/call_context.h"

namespace dolerite {

using ProfileHash = Id128;

// Of type, labels, time, duration, id and content check of each profile of a dataset. `rules` are
// those of the manifest: what they take out of some profiles is left out of all hashes, so that a
// profile that was compacted with them is the same as before.
std::vector<ProfileHash> HashProfiles(const ProfileTable& table, const MergeRules& rules);

// Of all profiles of a block, in its order. Reads its profile tables.
absl::StatusOr<std::vector<ProfileHash>> HashProfiles(const BlockReader& block,
                                                      const MergeRules& rules,
                                                      const CallContext& call);

}  // namespace dolerite

#endif  // DOLERITE_ARCHIVE_PROFILE_HASHES_H_
