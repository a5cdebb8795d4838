// Profiles from bytes of any format that the library reads.
#ifndef DOLERITE_C_API_PROFILE_BYTES_H_
#define DOLERITE_C_API_PROFILE_BYTES_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "dolerite/labels.h"
#include "dolerite/otlp.h"

struct dolerite_source;

namespace dolerite::c_api {

bool IsBlock(std::string_view bytes);
// Shows all profiles to `view`, whose error ends that; none if not all can be read.
absl::Status ViewProfiles(std::string_view bytes, const OtlpView& view);
// `labels`, and those of `defaults` that it lacks.
LabelSet WithDefaults(const LabelSet& labels, const LabelSet& defaults);

absl::Status AddBlockBytes(std::string bytes, dolerite_source* source);

}  // namespace dolerite::c_api

#endif  // DOLERITE_C_API_PROFILE_BYTES_H_
