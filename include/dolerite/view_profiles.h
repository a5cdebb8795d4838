// The profiles of a block, for those who only look at them.
#ifndef DOLERITE_VIEW_PROFILES_H_
#define DOLERITE_VIEW_PROFILES_H_

#include <cstddef>
#include <functional>
#include <span>

#include "absl/status/status.h"
#include "dolerite/block_reader.h"
#include "dolerite/call_context.h"
#include "dolerite/export.h"
#include "dolerite/profile.h"

namespace dolerite {

// The profile lives until the call returns.
using ProfileView = std::function<absl::Status(size_t index, const Profile& profile)>;

// BlockReader::ReadProfiles for little more than half of its cost: profiles that follow each other
// share their tables. So a profile says what it says there, but its symbols and stacks may have
// rows that only profiles before it use, up to a million locations of stacks. Order, memory and
// errors are those of ReadProfiles. Safe from many threads.
DOLERITE_EXPORT absl::Status ViewProfiles(const BlockReader& block, std::span<const size_t> indices,
                                          const ProfileView& view, const CallContext& call = {});

}  // namespace dolerite

#endif  // DOLERITE_VIEW_PROFILES_H_
