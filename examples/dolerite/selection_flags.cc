#include <re2/re2.h>

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

struct ProfileFilter::Matcher {
  LabelMatcher label;
  std::unique_ptr<RE2> regex;

  bool Takes(std::string_view value) const {
    using Op = LabelMatcher::Op;
    if (label.op == Op::kEqual) return value == label.value;
    if (label.op == Op::kNotEqual) return value != label.value;
    const bool match = RE2::FullMatch(re2::StringPiece(value.data(), value.size()), *regex);
    return match == (label.op == Op::kMatch);
  }
};

ProfileFilter::ProfileFilter() = default;
ProfileFilter::~ProfileFilter() = default;
ProfileFilter::ProfileFilter(ProfileFilter&&) noexcept = default;

absl::StatusOr<ProfileFilter> ProfileFilter::Make(const Selection& selection) {
  ProfileFilter filter;
  filter.selection_ = selection;
  for (const LabelMatcher& label : selection.matchers) {
    Matcher matcher{label, nullptr};
    if (label.op == LabelMatcher::Op::kMatch || label.op == LabelMatcher::Op::kNoMatch) {
      matcher.regex = std::make_unique<RE2>(label.value, RE2::Quiet);
      if (!matcher.regex->ok()) {
        return absl::InvalidArgumentError("--where: " + label.value + ": " +
                                          matcher.regex->error());
      }
    }
    filter.matchers_.push_back(std::move(matcher));
  }
  return filter;
}

bool ProfileFilter::Takes(const ProfileSummary& profile) const {
  const Selection& s = selection_;
  if (profile.time_nanos < s.start_nanos || profile.time_nanos >= s.end_nanos) return false;
  if (!s.profile_type.empty() && profile.type->name != s.profile_type) return false;
  for (const Matcher& matcher : matchers_) {
    if (!matcher.Takes(profile.series->Get(matcher.label.name).value_or(""))) return false;
  }
  return true;
}

}  // namespace dolerite::cli
