// Profiles that differ in their sample types are asked for type by type, by their ids. What is left
// of each of these answers has one sample type, so that a block of them can be merged.
#include "sample_type.h"

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "asked.h"
#include "dolerite/block_builder.h"
#include "dolerite/block_reader.h"
#include "pushed_profile.h"

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
                                                                        Tenant& tenant,
                                                                        const CallContext& call) {
  const auto listed = AskTenant(ListQuestion{.selection = selection}, {}, tenant, call);
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

}  // namespace

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

absl::StatusOr<Profile> MergeSampleType(const ProfileTypeId& id, const Selection& selection,
                                        Tenant& tenant, const CallContext& call) {
  const auto by_type = IdsByType(selection, tenant, call);
  if (!by_type.ok()) return by_type.status();
  absl::StatusOr<BlockBuilder> builder = BlockBuilder::Make({.try_encodings = false});
  if (!builder.ok()) return builder.status();
  size_t parts = 0;
  for (const auto& [type, ids] : *by_type) {
    ProfileQuestion question{.selection = selection};
    question.selection.profile_ids = ids;
    absl::StatusOr<Profile> profile = AskTenant(question, {}, tenant, call);
    if (!profile.ok()) return profile;
    KeepSampleType(id, &*profile);
    // In a series of its own, so that equal ones count twice.
    const std::string part = std::to_string(parts++);
    const LabelSet series{{kTypeLabel, id.name}, {"part", part}};
    if (absl::Status added = builder->Add(series, *profile); !added.ok()) return added;
  }
  return MergeBlock(*std::move(builder));
}

}  // namespace dolerite::host
