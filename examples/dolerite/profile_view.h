// What a profile holds, by name instead of by id.
#ifndef DOLERITE_EXAMPLES_PROFILE_VIEW_H_
#define DOLERITE_EXAMPLES_PROFILE_VIEW_H_

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "dolerite/block_builder.h"
#include "dolerite/block_reader.h"
#include "output.h"

namespace dolerite::cli {

// A call on a stack, or an address that nobody has a name for.
struct Frame {
  std::string_view function, system_name, file;  // "" if not known
  int64_t line = 0, column = 0;
  bool inlined = false;  // into the next one
  uint64_t address = 0;
  std::string_view mapping;
  AttributeSetId attributes;  // of the location
};

// Those of a stack, leaf first.
void ForEachFrame(const Profile& profile, StackId stack,
                  const std::function<void(const Frame&)>& visit);

struct SampleView {
  size_t row = 0;
  StackId stack;
  AttributeSetId labels;
  LinkId link;
  std::span<const int64_t> values;  // one for each sample type
  std::span<const uint64_t> times;
  std::span<const int64_t> time_values;  // one for each of the times, or none
};
// Ends with the first status that is not OK.
absl::Status ForEachSample(const Profile& profile,
                           const std::function<absl::Status(const SampleView&)>& visit);

struct ProfileCounts {
  uint64_t links = 0;       // different spans
  uint64_t timestamps = 0;  // of all samples
};
ProfileCounts CountsOf(const Profile& profile);

// As AttributesJson.
Json LabelsJson(const Profile& profile, AttributeSetId set);
// `key="text"`, `size=512 bytes`; of a set, with commas.
std::string LabelText(const Profile& profile, AttributeId label);
std::string LabelsText(const Profile& profile, AttributeSetId set);

// RFC 3339, UTC, always with nanoseconds.
std::string FormatNanos(uint64_t nanos);
std::string FormatAddress(uint64_t address);  // 0x7f00

// A profile of a block for people, and for programs: one object a line, first the profile, then
// its samples.
absl::Status PrintText(const ProfileSummary& summary, const Profile& profile, const ByteSink& sink);
absl::Status PrintJson(const ProfileSummary& summary, const Profile& profile, const ByteSink& sink);

// What `ls --json` says of a profile, and what only the profile itself says.
Json SummaryJson(const ProfileSummary& summary);
void AddDetails(const Profile& profile, Json* json);

}  // namespace dolerite::cli

#endif  // DOLERITE_EXAMPLES_PROFILE_VIEW_H_
