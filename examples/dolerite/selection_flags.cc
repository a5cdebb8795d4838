#include <charconv>

#include "absl/time/time.h"
#include "blocks.h"

namespace dolerite::cli {
namespace {

constexpr int64_t kNanosPerSecond = 1'000'000'000;
// Whole numbers up to this are seconds: as nanoseconds they would mean the first ten of 1970.
constexpr int64_t kLargestSeconds = INT64_MAX / kNanosPerSecond;

absl::Status NotATime(const std::string& text) {
  return absl::InvalidArgumentError(
      "'" + text + "' is no time: give RFC 3339 (2026-05-04T10:00:00Z), or seconds or nanoseconds");
}

absl::Status ParseBound(const std::string& text, int64_t* bound) {
  if (text.empty()) return absl::OkStatus();
  absl::StatusOr<int64_t> time = ParseTime(text);
  if (time.ok()) *bound = *time;
  return time.status();
}

}  // namespace

absl::StatusOr<int64_t> ParseTime(const std::string& text) {
  int64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, number);
  if (error == std::errc() && stopped == end) {
    const bool seconds = number <= kLargestSeconds && number >= -kLargestSeconds;
    return seconds ? number * kNanosPerSecond : number;
  }
  absl::Time time;
  std::string why;
  if (!absl::ParseTime(absl::RFC3339_full, text, &time, &why)) return NotATime(text);
  return absl::ToUnixNanos(time);
}

void SelectionFlags::AddTo(CLI::App* command) {
  command->add_option("--profile-type", profile_type, "Type of profile, as in `ls`: cpu, heap ..");
  command->add_option("--sample-type", sample_type,
                      "Which value of the samples; the profile's default one, else the last");
  command->add_option("--where", where, "Only series with these labels: '{a=\"b\", c=~\"d.*\"}'");
  command->add_option("--from", from, "Only profiles at or after this time");
  command->add_option("--to", to, "Only profiles before this time");
}

absl::StatusOr<Selection> SelectionFlags::Make() const {
  Selection selection;
  if (absl::Status status = ParseBound(from, &selection.start_nanos); !status.ok()) return status;
  if (absl::Status status = ParseBound(to, &selection.end_nanos); !status.ok()) return status;
  if (selection.start_nanos > selection.end_nanos) {
    return absl::InvalidArgumentError("--from lies behind --to");
  }
  if (!where.empty()) {
    absl::StatusOr<std::vector<LabelMatcher>> matchers = ParseMatchers(where);
    if (!matchers.ok()) return In("--where", matchers.status());
    selection.matchers = *std::move(matchers);
  }
  selection.profile_type = profile_type;
  selection.sample_type = sample_type;
  return selection;
}

void AddByFlag(CLI::App* command, FrameBy* by) {
  static const std::map<std::string, FrameBy> kNames = {{"function", FrameBy::kFunction},
                                                        {"line", FrameBy::kLine},
                                                        {"file", FrameBy::kFile},
                                                        {"mapping", FrameBy::kMapping},
                                                        {"address", FrameBy::kAddress}};
  command->add_option("--by", *by, "What a frame is: function, line, file, mapping or address")
      ->transform(CLI::CheckedTransformer(kNames).description(""))
      ->option_text("NAME");
}

bool Takes(const SelectionFilter& filter, const ProfileSummary& profile) {
  return filter.TakesSeries(profile.type->name, *profile.series) &&
         filter.TakesTime(profile.time_nanos);
}

}  // namespace dolerite::cli
