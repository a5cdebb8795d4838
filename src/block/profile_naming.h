// What a profile says of itself, in the words of the profile table.
#ifndef DOLERITE_BLOCK_PROFILE_NAMING_H_
#define DOLERITE_BLOCK_PROFILE_NAMING_H_

#include <span>
#include <string>

#include "block/profile_table.h"
#include "dolerite/labels.h"
#include "dolerite/profile.h"

namespace dolerite {

// The type of a profile of a series. The first of `type_labels` that the series has names it;
// without one the name comes from the sample types.
ProfileType TypeOf(const Profile& profile, const LabelSet& series,
                   std::span<const std::string> type_labels);

// The name of the type of a series, for a type that has all but its name.
std::string NameOfType(const ProfileType& type, const LabelSet& series,
                       std::span<const std::string> type_labels);

// The header, with `attributes` in place of the profile's own id.
ProfileHeader HeaderOf(const Profile& profile, AttributeSetId attributes);

// Bytes of memory that it takes.
size_t MemoryOf(const ProfileHeader& header);

}  // namespace dolerite

#endif  // DOLERITE_BLOCK_PROFILE_NAMING_H_
