// Pyroscope's types are those of samples, the library's are those of profiles: a heap profile with
// four sample types is stored once, and shown as four series, which differ in private labels alone.
#include "profile_type_id.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "pushed_profile.h"

namespace dolerite::host {
namespace {

constexpr char kPrivateService[] = "__service_name__";

// The labels that the type says, in the order of names.
std::vector<std::pair<const char*, std::string>> LabelsOfType(const ProfileTypeId& type) {
  return {{kTypeLabel, type.name},
          {"__period_type__", type.period_type},
          {"__period_unit__", type.period_unit},
          {"__profile_type__", type.Text()},
          {"__type__", type.sample_type},
          {"__unit__", type.sample_unit}};
}

}  // namespace

absl::StatusOr<ProfileTypeId> ProfileTypeId::Parse(std::string_view text) {
  std::vector<std::string> parts = absl::StrSplit(std::string(text), ':');
  // Older clients add whether values are differences.
  if (parts.size() == 6 && parts[5] == "delta") parts.pop_back();
  if (parts.size() != 5 || parts[0].empty() || parts[1].empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("profile type \"", std::string(text),
                     "\": expected name:sample_type:sample_unit:period_type:period_unit"));
  }
  return ProfileTypeId{parts[0], parts[1], parts[2], parts[3], parts[4]};
}

std::vector<ProfileTypeId> ProfileTypeId::All(const ProfileType& type) {
  std::vector<ProfileTypeId> ids;
  for (const ProfileType::Value& value : type.sample_types) {
    ids.push_back(
        {type.name, value.type, value.unit, type.period_type.type, type.period_type.unit});
  }
  return ids;
}

std::string ProfileTypeId::Text() const {
  return absl::StrCat(name, ":", sample_type, ":", sample_unit, ":", period_type, ":", period_unit);
}

LabelSet WithPrivateLabels(const LabelSet& series, const ProfileTypeId& type) {
  const auto computed = LabelsOfType(type);
  const std::string_view service = series.Get(kServiceLabel).value_or("");
  std::vector<LabelSet::Pair> pairs;
  // An empty value is no label: a type without a period has no labels of it.
  for (const auto& [name, value] : computed) {
    if (!value.empty()) pairs.emplace_back(name, value);
  }
  if (!service.empty()) pairs.emplace_back(kPrivateService, service);
  // Computed labels win over stored ones of the same name.
  for (const LabelSet::Pair& pair : series.pairs()) {
    if (!IsOfType(pair.first) && pair.first != kPrivateService) pairs.push_back(pair);
  }
  // Cannot fail: no name is empty or there twice.
  return LabelSet::Make(std::move(pairs)).value_or(series);
}

std::string_view StoredName(std::string_view label) {
  return label == kPrivateService ? kServiceLabel : label;
}

bool IsOfType(std::string_view label) {
  static constexpr std::string_view kNames[] = {
      kTypeLabel, "__period_type__", "__period_unit__", "__profile_type__", "__type__", "__unit__"};
  return std::find(std::begin(kNames), std::end(kNames), label) != std::end(kNames);
}

absl::StatusOr<SplitMatchers> ReadMatchers(std::string_view selector) {
  absl::StatusOr<std::vector<LabelMatcher>> matchers = ParseMatchers(selector);
  if (!matchers.ok()) return matchers.status();
  SplitMatchers split;
  for (LabelMatcher& matcher : *matchers) {
    // Under its stored name a label is either stored or computed.
    matcher.name = std::string(StoredName(matcher.name));
    (IsOfType(matcher.name) ? split.computed : split.stored).push_back(std::move(matcher));
  }
  return split;
}

}  // namespace dolerite::host
