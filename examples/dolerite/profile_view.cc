// Profiles as text and JSON show them: columns and ids become frames, samples and labels.
#include "profile_view.h"

#include <cstdio>

#include "absl/time/time.h"
#include "dolerite/answer_json.h"

namespace dolerite::cli {

void ForEachFrame(const Profile& profile, StackId stack,
                  const std::function<void(const Frame&)>& visit) {
  const Symbols& symbols = profile.symbols;
  const Functions& functions = symbols.functions;
  const auto* end = profile.stacks.end(stack.value);
  for (const LocationId* at = profile.stacks.begin(stack.value); at != end; ++at) {
    const MappingId mapping = symbols.locations.mapping[at->value];
    Frame frame;
    frame.address = symbols.locations.address[at->value];
    frame.mapping = symbols.strings[symbols.mappings.file[mapping.value]];
    frame.attributes = symbols.locations.attributes[at->value];
    const Lists<Line>& lines = symbols.locations.lines;
    // A bare address is a frame too. Lines go from the innermost call out: all but the last were
    // inlined.
    if (lines.length(at->value) == 0) visit(frame);
    for (const Line* line = lines.begin(at->value); line != lines.end(at->value); ++line) {
      // What the location says is the same for all of its lines.
      const size_t function = line->function.value;
      frame.function = symbols.strings[functions.name[function]];
      frame.system_name = symbols.strings[functions.system_name[function]];
      frame.file = symbols.strings[functions.file[function]];
      frame.line = line->line, frame.column = line->column;
      frame.inlined = line + 1 != lines.end(at->value);
      visit(frame);
    }
  }
}

absl::Status ForEachSample(const Profile& profile,
                           const std::function<absl::Status(const SampleView&)>& visit) {
  const Samples& samples = profile.samples;
  const size_t types = profile.sample_types.size();
  // Values of timestamps lie sample after sample in one column.
  // A pointer walks through it, since samples that have none take no room.
  const int64_t* timed = samples.timestamp_values.data();
  for (size_t row = 0; row < samples.size(); ++row) {
    SampleView view{row, samples.stack[row], samples.attributes[row], {}, {}, {}, {}};
    view.values = {samples.values.data() + row * types, types};
    // Columns that no sample has anything in are empty.
    if (!samples.link.empty()) view.link = samples.link[row];
    if (!samples.shape.empty()) {
      view.times = {samples.timestamps.begin(row), samples.timestamps.length(row)};
      // Only these have a value for each timestamp.
      if (samples.shape[row] == SampleShape::kTimed) {
        view.time_values = {timed, view.times.size()};
        timed += view.times.size();
      }
    }
    if (absl::Status status = visit(view); !status.ok()) return status;
  }
  return absl::OkStatus();
}

// Row 0 of links is no link.
ProfileCounts CountsOf(const Profile& profile) {
  return {profile.links.size() - 1, profile.samples.timestamps.items.size()};
}

Json LabelsJson(const Profile& profile, AttributeSetId set) {
  return Json::parse(AttributesJson(profile.symbols, set));
}

// The value as JSON, so that a text in quotes differs from a number.
std::string LabelText(const Profile& profile, AttributeId label) {
  const Symbols& symbols = profile.symbols;
  const std::string_view unit = symbols.strings[symbols.attributes.unit[label.value]];
  const std::string value = AttributeJson(symbols, label);
  const std::string key = Plain(symbols.strings[symbols.attributes.key[label.value]]);
  return key + "=" + value + (unit.empty() ? "" : " " + Plain(unit));
}

std::string LabelsText(const Profile& profile, AttributeSetId set) {
  std::string out;
  const Lists<AttributeId>& sets = profile.symbols.attribute_sets;
  for (const AttributeId* at = sets.begin(set.value); at != sets.end(set.value); ++at) {
    out += (out.empty() ? "" : ", ") + LabelText(profile, *at);
  }
  return out;
}

// In two steps: the unsigned range is larger than a duration in nanoseconds.
std::string FormatNanos(uint64_t nanos) {
  const absl::Time time = absl::FromUnixSeconds(static_cast<int64_t>(nanos / 1'000'000'000)) +
                          absl::Nanoseconds(static_cast<int64_t>(nanos % 1'000'000'000));
  return absl::FormatTime("%Y-%m-%dT%H:%M:%E9SZ", time, absl::UTCTimeZone());
}

std::string FormatAddress(uint64_t address) {
  char text[24];
  std::snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(address));
  return text;
}

}  // namespace dolerite::cli
