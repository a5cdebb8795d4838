// Pyroscope's id of what is measured, and the labels that it computes of it.
#ifndef DOLERITE_EXAMPLES_HOST_PROFILE_TYPE_ID_H_
#define DOLERITE_EXAMPLES_HOST_PROFILE_TYPE_ID_H_

#include <compare>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "dolerite/labels.h"
#include "dolerite/profile_type.h"
#include "dolerite/selection.h"

namespace dolerite::host {

// A profile type of the library has one id for each of its sample types.
struct ProfileTypeId {
  std::string name, sample_type, sample_unit, period_type, period_unit;

  // `process_cpu:cpu:nanoseconds:cpu:nanoseconds`, maybe with `:delta` behind it. InvalidArgument
  // for anything else.
  static absl::StatusOr<ProfileTypeId> Parse(std::string_view text);
  static std::vector<ProfileTypeId> All(const ProfileType& type);
  std::string Text() const;

  friend auto operator<=>(const ProfileTypeId&, const ProfileTypeId&) = default;
};

// A series as Pyroscope shows it. Private labels are not stored but computed:
// __profile_type__, __name__, __type__, __unit__, __period_type__, __period_unit__ of the type, and
// __service_name__, which is another name of service_name.
LabelSet WithPrivateLabels(const LabelSet& series, const ProfileTypeId& type);

// Conditions on labels in two parts: the library answers the one, the other is about private
// labels.
struct SplitMatchers {
  std::vector<LabelMatcher> stored, computed;
};
// InvalidArgument as of ParseMatchers.
absl::StatusOr<SplitMatchers> ReadMatchers(std::string_view selector);

// The name under which a label is stored: that of service_name for its other name.
std::string_view StoredName(std::string_view label);
// Whether the type alone says the label's value.
bool IsOfType(std::string_view label);

}  // namespace dolerite::host

#endif  // DOLERITE_EXAMPLES_HOST_PROFILE_TYPE_ID_H_
