// Two sources may have one profile: a writer sent it again, or a job has not been collected yet. It
// is the same profile if all that tables say of it is the same; samples are compared by their
// check. Where rules change profiles the check changes too, and the id alone stands for the
// samples: rules keep it, and one that was derived is a hash of all that there was.
#include "archive/profile_hashes.h"

#include "base/checksum.h"
#include "base/status.h"
#include "block/dataset_reader.h"
#include "query/question_fields.h"

namespace dolerite {
namespace {

// What equal profiles have in common. Without gaps, so that it can be hashed as it lies in memory.
struct Identity {
  Id128 series{};  // a hash of type and labels
  ProfileId id{};
  int64_t time_nanos = 0, duration_nanos = 0;
  uint64_t check = 0;
};
static_assert(sizeof(Identity) == 56);

}  // namespace

std::vector<ProfileHash> HashProfiles(const ProfileTable& table, const MergeRules& rules) {
  const bool changed = rules.change_content();
  // Series are put into bytes once, not for each profile.
  std::vector<Id128> series;
  for (const Series& s : table.series) {
    PartialWriter wire;
    if (changed) {
      ProfileType type = rules.Apply(table.types[s.type]);
      type.name.clear();  // it may come from a label
      wire(type, rules.Apply(s.labels));
    } else {
      wire(table.types[s.type], s.labels);
    }
    series.push_back(ContentHash128(wire.bytes()));
  }
  std::vector<ProfileHash> hashes;
  hashes.reserve(table.profiles.size());
  ProfileIds ids(table);
  for (const ProfileRow& row : table.profiles) {
    Identity identity;
    identity.series = series[row.series];
    identity.time_nanos = row.time_nanos;
    identity.duration_nanos = row.duration_nanos;
    identity.id = ids.Of(row);
    identity.check = changed ? 0 : row.check;
    const std::string_view bytes(reinterpret_cast<const char*>(&identity), sizeof(identity));
    hashes.push_back(ContentHash128(bytes));
  }
  return hashes;
}

absl::StatusOr<std::vector<ProfileHash>> HashProfiles(const BlockReader& block,
                                                      const MergeRules& rules,
                                                      const CallContext& call) {
  std::vector<ProfileHash> all;
  const size_t datasets = BlockAccess::Of(block).footer.datasets.size();
  for (uint32_t d = 0; d < datasets; ++d) {
    // Profile tables alone are read: no symbols, stacks or samples.
    IoCost io;
    io.call = &call;
    DatasetReader reader(BlockAccess::Of(block), d, &io);
    DOLERITE_ASSIGN_OR_RETURN(const ProfileTable* table, reader.Profiles());
    const std::vector<ProfileHash> hashes = HashProfiles(*table, rules);
    all.insert(all.end(), hashes.begin(), hashes.end());
  }
  return all;
}

}  // namespace dolerite
