// Merged profiles, of the one sample type that a question names.
//
// The library keeps all sample types, so it refuses profiles that differ in them, such as those of
// two SDKs. These are asked for type by type, by their ids. What is left of each of these answers
// has one sample type, so that a block of them can be merged.
#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "asked.h"
#include "dolerite/block_builder.h"
#include "dolerite/block_reader.h"
#include "dolerite/pgo.h"
#include "pushed_profile.h"
#include "querier.h"

namespace dolerite::host {
namespace {

// Leaves one sample type, and the samples that have a value of it.
void KeepRow(size_t row, Profile* profile) {
  Samples kept;
  const Samples& all = profile->samples;
  const size_t types = profile->sample_types.size();
  for (size_t i = 0; i < all.size(); ++i) {
    const int64_t value = all.values[i * types + row];
    if (value == 0) continue;
    kept.stack.push_back(all.stack[i]);
    kept.attributes.push_back(all.attributes[i]);
    kept.values.push_back(value);
  }
  profile->samples = std::move(kept);
  profile->sample_types = {profile->sample_types[row]};
  profile->default_sample_type = {};
}

// Of all selected profiles the ids, by type.
absl::StatusOr<std::map<ProfileType, std::vector<ProfileId>>> IdsByType(const Selection& selection,
                                                                        const TenantData& data) {
  const auto listed = data.Ask(ListQuestion{.selection = selection});
  if (!listed.ok()) return listed.status();
  std::map<ProfileType, std::vector<ProfileId>> ids;
  for (const ListedProfile& profile : *listed) ids[*profile.type].push_back(profile.id);
  return ids;
}

// Merges all profiles that were added.
absl::StatusOr<Profile> MergeBlock(BlockBuilder builder) {
  absl::StatusOr<std::string> bytes = std::move(builder).Finish();
  if (!bytes.ok()) return bytes.status();
  const auto block = BlockReader::FromBytes(std::string_view(*bytes));
  if (!block.ok()) return block.status();
  ProfileQuery query({});
  if (absl::Status added = query.Add(*block); !added.ok()) return added;
  return std::move(query).Finish();
}

// Leaves the sample type that the id names, and the samples that have a value of it.
void KeepSampleType(const ProfileTypeId& id, Profile* profile) {
  StringTable& strings = profile->symbols.strings;
  ProfileType type;
  for (const ValueType& value : profile->sample_types) {
    type.sample_types.push_back(
        {std::string(strings[value.type]), std::string(strings[value.unit])});
  }
  const std::vector<size_t> rows = type.Find(id.sample_type + "/" + id.sample_unit);
  if (!rows.empty()) return KeepRow(rows[0], profile);
  // Nothing was found. Readers want a sample type nevertheless.
  profile->samples = {};
  profile->sample_types = {{strings.Add(id.sample_type), strings.Add(id.sample_unit)}};
}

// All selected profiles, whatever other sample types they have.
absl::StatusOr<Profile> MergeSampleType(const ProfileTypeId& id, const Selection& selection,
                                        const TenantData& data) {
  const auto by_type = IdsByType(selection, data);
  if (!by_type.ok()) return by_type.status();
  absl::StatusOr<BlockBuilder> builder = BlockBuilder::Make({.try_encodings = false});
  if (!builder.ok()) return builder.status();
  size_t parts = 0;
  for (const auto& [type, ids] : *by_type) {
    ProfileQuestion question{.selection = selection};
    question.selection.profile_ids = ids;
    absl::StatusOr<Profile> profile = data.Ask(question);
    if (!profile.ok()) return profile;
    KeepSampleType(id, &*profile);
    // In a series of its own, so that equal ones count twice.
    const std::string part = std::to_string(parts++);
    const LabelSet series{{kTypeLabel, id.name}, {"part", part}};
    if (absl::Status added = builder->Add(series, *profile); !added.ok()) return added;
  }
  return MergeBlock(*std::move(builder));
}

// Leaves of each sample the innermost frames alone.
void KeepInnermost(size_t frames, Profile* profile) {
  Lists<LocationId> cut;
  for (size_t row = 0; row < profile->stacks.size(); ++row) {
    const LocationId* begin = profile->stacks.begin(row);
    cut.items.insert(cut.items.end(), begin, begin + std::min(profile->stacks.length(row), frames));
    cut.Close();
  }
  profile->stacks = std::move(cut);
}

// What compilers optimise by. The library knows the form that Go reads; profiles that Go can't
// use are cut all the same.
absl::StatusOr<Profile> ForPgo(Profile profile, const GoPgo& how) {
  absl::StatusOr<Profile> pgo = GoPgoProfile(
      profile, {.keep_frames = how.keep_locations, .aggregate_callees = how.aggregate_callees});
  if (!absl::IsInvalidArgument(pgo.status())) return pgo;
  if (how.keep_locations > 0) KeepInnermost(how.keep_locations, &profile);
  return profile;
}

}  // namespace

absl::StatusOr<Profile> MergedProfile(const StacktracesRequest& request, const TenantData& data) {
  const absl::StatusOr<Selection> selection = SelectionOf(request);
  if (!selection.ok()) return selection.status();
  absl::StatusOr<Profile> profile = data.Ask(ProfileQuestion{.selection = *selection});
  // Also what the question says wrongly; then it is refused once more.
  const ProfileTypeId id = *ProfileTypeId::Parse(request.profile_type);
  if (absl::IsInvalidArgument(profile.status())) {
    profile = MergeSampleType(id, *selection, data);
  }
  if (profile.ok() && request.stacks && request.stacks->go_pgo) {
    profile = ForPgo(*std::move(profile), *request.stacks->go_pgo);
  }
  if (profile.ok()) KeepSampleType(id, &*profile);
  return profile;
}

}  // namespace dolerite::host
