#include <charconv>

#include "absl/strings/numbers.h"
#include "absl/time/time.h"
#include "blocks.h"

namespace dolerite::cli {
namespace {

constexpr int64_t kNanosPerSecond = 1'000'000'000;
// Whole numbers up to this are seconds: as nanoseconds they would mean the first ten of 1970.
constexpr int64_t kLargestSeconds = INT64_MAX / kNanosPerSecond;

absl::Status NotATime(const std::string& text) {
  return absl::InvalidArgumentError("'" + text +
                                    "' is not a time: give RFC 3339 (2026-05-04T10:00:00Z), a date "
                                    "(2026-05-04, its 00:00 UTC), or seconds or nanoseconds");
}

// An empty flag leaves the bound as it is: from the beginning, to the end.
absl::Status ParseBound(const std::string& text, int64_t* bound) {
  if (text.empty()) return absl::OkStatus();
  absl::StatusOr<int64_t> time = ParseTime(text);
  if (time.ok()) *bound = *time;
  return time.status();
}

absl::Status ParseLabels(const std::string& flag, const std::string& text,
                         std::vector<LabelMatcher>* matchers) {
  if (text.empty()) return absl::OkStatus();
  absl::StatusOr<std::vector<LabelMatcher>> parsed = ParseMatchers(text);
  if (!parsed.ok()) return In(flag, parsed.status());
  *matchers = *std::move(parsed);
  return absl::OkStatus();
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

// Trace, span and profile ids in hex; the length tells a wrong one. Digits may be upper or lower
// case.
template <class Id>
absl::Status ParseIds(const std::string& flag, const std::vector<std::string>& texts,
                      std::vector<Id>* ids) {
  for (const std::string& text : texts) {
    Id id{};
    bool good = text.size() == 2 * id.size();
    for (size_t i = 0; good && i < id.size(); ++i) {
      const int high = HexDigit(text[2 * i]), low = HexDigit(text[2 * i + 1]);
      good = high >= 0 && low >= 0;
      id[i] = static_cast<uint8_t>(high * 16 + low);
    }
    if (!good) {
      return absl::InvalidArgumentError(flag + " " + text + ": an id has " +
                                        std::to_string(2 * id.size()) + " hex digits");
    }
    ids->push_back(id);
  }
  return absl::OkStatus();
}

bool ParseHex(std::string_view text, uint64_t* value) {
  if (text.starts_with("0x")) text.remove_prefix(2);
  const auto [stopped, error] = std::from_chars(text.data(), text.data() + text.size(), *value, 16);
  return error == std::errc() && stopped == text.data() + text.size() && !text.empty();
}

// `file+0x10` or `file+0x10-0x20`, the end excluded.
absl::Status ParseAddress(const std::string& text, AddressRange* range) {
  // The last `+`: names of files may have one themselves.
  const size_t plus = text.rfind('+');
  const std::string_view numbers =
      plus == std::string::npos ? "" : std::string_view(text).substr(plus + 1);
  const size_t dash = numbers.find('-');
  bool good = ParseHex(numbers.substr(0, dash), &range->begin);
  // One address, unless a range follows. The last address has none behind it.
  range->end = range->begin == UINT64_MAX ? UINT64_MAX : range->begin + 1;
  if (dash != std::string_view::npos)
    good = good && ParseHex(numbers.substr(dash + 1), &range->end);
  if (!good) {
    return absl::InvalidArgumentError("--address " + text +
                                      ": give a mapping's file or build id, + and hex addresses");
  }
  range->mapping = text.substr(0, plus);
  return absl::OkStatus();
}

// Separated by commas or given once for each; the next word is not one of them.
void AddIds(CLI::App* command, const char* name, std::vector<std::string>* ids, const char* help,
            const char* group) {
  command->add_option(name, *ids, help)
      ->delimiter(',')
      ->allow_extra_args(false)
      ->option_text("ID,..")
      ->group(group);
}

}  // namespace

absl::StatusOr<int64_t> ParseTime(const std::string& text) {
  int64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, number);
  if (error == std::errc() && stopped == end) {
    // Seconds or nanoseconds, whichever gives a time of our age. So small nanoseconds can't be
    // said.
    const bool seconds = number <= kLargestSeconds && number >= -kLargestSeconds;
    return seconds ? number * kNanosPerSecond : number;
  }
  absl::Time time;
  std::string why;
  // A date is 10 characters long; shorter forms that the parser takes are more likely mistakes.
  const bool parsed = absl::ParseTime(absl::RFC3339_full, text, &time, &why) ||
                      (text.size() == 10 && absl::ParseTime("%Y-%m-%d", text, &time, &why));
  if (!parsed) return NotATime(text);
  return absl::ToUnixNanos(time);
}

// Two groups in the help: what picks profiles, which the block's tables answer, and what picks
// samples, which costs a look at them.
void SelectionFlags::AddTo(CLI::App* command) {
  const char* const profiles = "Profiles";
  command
      ->add_option("--profile-type", profile_type,
                   "Type of profile, as in `ls`: cpu, heap ..; or Pyroscope's five parts")
      ->group(profiles);
  command
      ->add_option("--sample-type", sample_type,
                   "Which value of the samples, NAME or NAME/UNIT; the profile's default one, else "
                   "the last")
      ->group(profiles);
  command->add_option("--where", where, "Only series with these labels: '{a=\"b\", c=~\"d.*\"}'")
      ->group(profiles);
  command->add_option("--from", from, "Only profiles at or after this time")->group(profiles);
  command->add_option("--to", to, "Only profiles before this time")->group(profiles);
  AddIds(command, "--profile-id", &profile_ids, "Only these profiles; 32 hex digits each",
         profiles);
  AddStackFlags(command);
}

void SelectionFlags::AddStackFlags(CLI::App* command) {
  const char* const samples_group = "Samples";
  const auto text = [&](const char* name, std::string* to, const char* help) {
    command->add_option(name, *to, help)->group(samples_group);
  };
  text("--where-sample", &where_sample, "Only samples with these labels, as --where");
  text("--tagfocus", &samples.tag_focus, "As google/pprof: [key=]regex or [key=]range (4kb:1mb)");
  text("--tagignore", &samples.tag_ignore, "The same, to leave out");
  AddIds(command, "--trace-id", &trace_ids, "Only samples of these traces; 32 hex digits each",
         samples_group);
  AddIds(command, "--span-id", &span_ids, "Only samples of these spans; 16 hex digits each",
         samples_group);
  text("--sample-from", &sample_from, "Only timestamps of samples at or after this time");
  text("--sample-to", &sample_to, "Only timestamps of samples before this time");
  text("--focus", &samples.stacks.focus, "Only stacks with a match of this regex, as google/pprof");
  text("--ignore", &samples.stacks.ignore, "Only stacks without one");
  text("--hide", &samples.stacks.hide, "Leave out frames that match");
  text("--show", &samples.stacks.show, "Leave out frames that do not match");
  text("--drop-frames", &samples.stacks.drop_frames,
       "End stacks before a function that matches, as google/pprof does with a profile's own");
  text("--keep-frames", &samples.stacks.keep_frames, "But not before one that matches this");
  text("--show-from", &samples.stacks.show_from, "Only from the outermost match on");
  text("--below", &samples.stacks.below, "Only from this function on, by its whole name");
  command
      ->add_option("--call-path", samples.stacks.call_path,
                   "Only stacks that begin so, root first; once for each frame")
      ->allow_extra_args(false)
      ->option_text("NAME")
      ->group(samples_group);
  command
      ->add_option("--address", addresses,
                   "Only stacks with an address of a mapping: FILE-OR-BUILD-ID+0x1f00[-0x2000]")
      ->allow_extra_args(false)
      ->option_text("RANGE")
      ->group(samples_group);
}

// Flags that need no parsing are in `samples` already. The first flag that is wrong is the error,
// with its name.
absl::StatusOr<Selection> SelectionFlags::Make() const {
  Selection out = samples;
  for (const auto& [text, bound] :
       {std::pair(&from, &out.start_nanos), std::pair(&to, &out.end_nanos),
        std::pair(&sample_from, &out.sample_start_nanos),
        std::pair(&sample_to, &out.sample_end_nanos)}) {
    if (absl::Status status = ParseBound(*text, bound); !status.ok()) return status;
  }
  // Equal bounds are an empty range, which is no mistake.
  if (out.start_nanos > out.end_nanos) {
    return absl::InvalidArgumentError("--from lies behind --to");
  }
  if (out.sample_start_nanos > out.sample_end_nanos) {
    return absl::InvalidArgumentError("--sample-from lies behind --sample-to");
  }
  absl::Status status = ParseLabels("--where", where, &out.matchers);
  if (status.ok()) status = ParseLabels("--where-sample", where_sample, &out.sample_matchers);
  if (status.ok()) status = ParseIds("--profile-id", profile_ids, &out.profile_ids);
  if (status.ok()) status = ParseIds("--trace-id", trace_ids, &out.trace_ids);
  if (status.ok()) status = ParseIds("--span-id", span_ids, &out.span_ids);
  for (const std::string& text : addresses) {
    if (status.ok()) status = ParseAddress(text, &out.stacks.addresses.emplace_back());
  }
  if (!status.ok()) return status;
  out.profile_type = profile_type;
  out.sample_type = sample_type;
  return out;
}

// What was selected, for the heading of a page. As it was typed; flags that rarely matter are left
// out.
std::string SubtitleOf(const SelectionFlags& flags) {
  std::string out = flags.where;
  if (!flags.from.empty()) out += " from " + flags.from;
  if (!flags.to.empty()) out += " to " + flags.to;
  if (!flags.where_sample.empty()) out += " samples " + flags.where_sample;
  const StackFilter& stacks = flags.samples.stacks;
  if (!stacks.focus.empty()) out += " focus " + stacks.focus;
  if (!stacks.ignore.empty()) out += " ignore " + stacks.ignore;
  if (!stacks.below.empty()) out += " below " + stacks.below;
  return out;
}

// As Go writes durations; whether it suits is for the question to say.
absl::StatusOr<int64_t> ParseDuration(const std::string& text) {
  absl::Duration duration;
  // Days, which the parser does not know, may be given alone.
  int64_t days = 0;
  const bool in_days =
      text.ends_with('d') && absl::SimpleAtoi(text.substr(0, text.size() - 1), &days);
  if (in_days) {
    duration = absl::Hours(24) * days;
  } else if (!absl::ParseDuration(text, &duration)) {
    return absl::InvalidArgumentError("'" + text +
                                      "' is not a duration: give one like 15s, 10ms or 30d");
  }
  return absl::ToInt64Nanoseconds(duration);
}

CLI::Option* AddByFlag(CLI::App* command, FrameBy* by) {
  return AddChoice<FrameBy>(
      command, "--by", by,
      {{"function", FrameBy::kFunction},
       {"filefunction", FrameBy::kFunctionFile},
       {"line", FrameBy::kLine},
       {"file", FrameBy::kFile},
       {"mapping", FrameBy::kMapping},
       {"address", FrameBy::kAddress}},
      "What a frame is: function, filefunction, line, file, mapping or address");
}

}  // namespace dolerite::cli
