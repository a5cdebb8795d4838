#include "pushed_profile.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace dolerite::host {
namespace {

constexpr size_t kMostLabelBytes = size_t{64} << 10;
constexpr int64_t kYear = int64_t{365 * 24 * 3600} * 1'000'000'000;

bool Has(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

}  // namespace

std::string TypeName(const Profile& profile, const DisplayNames& names) {
  // In Pyroscope's order: the first rule that some sample type meets.
  static constexpr std::pair<std::string_view, const char*> kRules[] = {
      {"wall", "wall"},     {"cpu", "process_cpu"}, {"alloc_", "memory"},
      {"inuse_", "memory"}, {"space", "memory"},    {"objects", "memory"},
      {"mutex_", "mutex"},  {"block_", "block"},    {"goroutine", "goroutines"},
  };
  std::vector<std::string_view> shown;
  for (const ValueType& value : profile.sample_types) {
    const std::string_view type = profile.symbols.strings[value.type];
    shown.push_back(type);
    const auto named = names.find(std::string(type));
    if (named != names.end()) shown.push_back(named->second);
  }
  for (const auto& rule : kRules) {
    const auto meets = [&rule](std::string_view type) { return Has(type, rule.first); };
    if (std::any_of(shown.begin(), shown.end(), meets)) return rule.second;
  }
  // Samples of a profile that is taken by time on the CPU are displayed as such.
  return profile.symbols.strings[profile.period_type.type] == "cpu" ? "process_cpu" : "";
}

absl::StatusOr<LabelSet> SeriesOf(
    const std::vector<std::pair<std::string_view, std::string_view>>& labels) {
  std::vector<LabelSet::Pair> kept;
  size_t bytes = 0;
  bool has_service = false;
  for (const auto& [name, value] : labels) {
    if (name.starts_with("__") && name != kTypeLabel) continue;
    has_service = has_service || (name == kServiceLabel && !value.empty());
    if (!value.empty()) kept.emplace_back(name, value);
    bytes += name.size() + value.size();
  }
  if (bytes > kMostLabelBytes) {
    return absl::InvalidArgumentError(absl::StrCat("the labels of the series have ", bytes,
                                                   " bytes, of at most ", kMostLabelBytes));
  }
  if (!has_service) kept.emplace_back(kServiceLabel, "unknown_service");
  return LabelSet::Make(std::move(kept));
}

absl::Status Refused(const absl::Status& status) {
  if (status.ok()) return status;
  return absl::InvalidArgumentError(status.message());
}

absl::StatusOr<Profile> ReadPushedPprof(std::string_view bytes) {
  PprofReadOptions options{.lenient = true, .span_labels = {"span_id", "profile_id"}};
  absl::StatusOr<Profile> profile = ReadPprof(bytes, options);
  if (!profile.ok()) return Refused(profile.status());
  if (profile->sample_types.empty()) {
    return absl::InvalidArgumentError("the profile has no sample types");
  }
  return profile;
}

void MendTime(int64_t default_nanos, Profile* profile) {
  int64_t& time = profile->time_nanos;
  if (time <= 0) time = default_nanos;
  if (time >= kYear) return;
  // From 2001 on as microseconds; else it is no time at all.
  time = time > kYear / 1000 * 31 ? time * 1000 : default_nanos;
}

}  // namespace dolerite::host
