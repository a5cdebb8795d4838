// The profiles of one message and the tables that they share.
#ifndef DOLERITE_FORMATS_OTLP_SHARED_PROFILES_H_
#define DOLERITE_FORMATS_OTLP_SHARED_PROFILES_H_

#include <vector>

#include "dolerite/profile.h"
#include "formats/otlp/message.h"
#include "model/symbol_copier.h"

namespace dolerite::otlp {

// A profile without tables, not even their null rows, which take two dozen allocations.
const Profile& NoTables();

struct SharedProfiles {
  Profile tables;                       // symbols, stacks and links; else empty
  size_t tables_bytes = 0;              // that were charged for them
  std::vector<SeriesProfile> profiles;  // without tables: ids are rows of those above
  bool whole = false;                   // the only profile of its message: all tables are its own
};

// Charges what the profiles take together if each has its stacks for itself, as whoever looks at
// all of them walks them all, and counts the mappings that no profile has.
absl::Status CountReached(Context& context, const SharedProfiles& shared);

// Gives each profile tables of its own.
absl::Status OwnTables(Context& context, SharedProfiles shared, std::vector<SeriesProfile>* out);

// Calls view(series, profile) for each; the profile has the tables meanwhile. An error may lose the
// tables.
absl::Status View(SharedProfiles* shared, const OtlpView& view);

}  // namespace dolerite::otlp

#endif  // DOLERITE_FORMATS_OTLP_SHARED_PROFILES_H_
