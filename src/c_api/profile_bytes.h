// Profiles from bytes of any format that the library reads.
#ifndef DOLERITE_C_API_PROFILE_BYTES_H_
#define DOLERITE_C_API_PROFILE_BYTES_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "dolerite/labels.h"
#include "dolerite/profile.h"

struct dolerite_source;

namespace dolerite::c_api {

bool IsBlock(std::string_view bytes);
absl::StatusOr<std::vector<SeriesProfile>> ReadProfiles(std::string_view bytes);
// `labels`, and those of `defaults` that it lacks.
LabelSet WithDefaults(const LabelSet& labels, const LabelSet& defaults);

absl::Status AddBlockBytes(std::string bytes, dolerite_source* source);

}  // namespace dolerite::c_api

#endif  // DOLERITE_C_API_PROFILE_BYTES_H_
