// A profile as lines: first what is true of all of it, then its samples, so that a reader needs no
// more memory than for one of them. Members that would say nothing are left out of frames and
// samples, since most are full of such.
#include <charconv>
#include <span>
#include <string>
#include <string_view>

#include "ask/json_lines.h"
#include "ask/value_texts.h"
#include "base/status.h"
#include "base/text.h"
#include "dolerite/answer_json.h"

namespace dolerite {
namespace ask {
namespace {

// As text: addresses have 64 bits, and most readers of JSON have 53.
std::string AddressText(uint64_t address) {
  char digits[16];
  const char* const end = std::to_chars(digits, std::end(digits), address, 16).ptr;
  return Concat("0x", std::string_view(digits, static_cast<size_t>(end - digits)));
}

class ProfileLines {
 public:
  explicit ProfileLines(const Profile& profile)
      : profile_(profile), symbols_(profile.symbols), timed_(profile.samples.timestamp_values) {}

  std::string Header() const;
  // Rows in their order: the values of timestamps lie sample after sample in one column.
  std::string Sample(size_t row);

 private:
  std::string_view Text(StringId id) const { return symbols_.strings[id]; }
  void AddText(std::string_view key, StringId id, JsonObject* object) const {
    if (!Text(id).empty()) object->Text(key, Text(id));
  }
  std::string ValueType(const dolerite::ValueType& type) const {
    return JsonObject().Text("type", Text(type.type)).Text("unit", Text(type.unit)).Value();
  }
  std::string Mapping(size_t row) const;
  void AddTimes(size_t row, JsonObject* sample);
  std::string Stack(StackId stack) const;
  std::string Frame(LocationId location, const Line* line, bool inlined) const;

  const Profile& profile_;
  const Symbols& symbols_;
  std::span<const int64_t> timed_;  // of the samples that are still to come
};

std::string ProfileLines::Header() const {
  JsonObject out;
  out.Text("time", TimeText(profile_.time_nanos)).Number("time_nanos", profile_.time_nanos);
  out.Number("duration_nanos", profile_.duration_nanos);
  out.Number("samples", profile_.samples.size());
  out.Json("sample_types",
           JsonArray(profile_.sample_types, [&](const auto& type) { return ValueType(type); }));
  out.Text("default_sample_type", Text(profile_.default_sample_type));
  out.Number("period", profile_.period).Json("period_type", ValueType(profile_.period_type));
  if (!profile_.comments.empty()) {
    out.Json("comments", JsonArray(profile_.comments,
                                   [&](StringId comment) { return JsonText(Text(comment)); }));
  }
  AddText("doc_url", profile_.doc_url, &out);
  AddText("drop_frames", profile_.drop_frames, &out);
  AddText("keep_frames", profile_.keep_frames, &out);
  // Row 0 is no mapping.
  std::string mappings;
  for (size_t i = 1; i < symbols_.mappings.size(); ++i) {
    mappings += Concat(i > 1 ? "," : "", Mapping(i));
  }
  return out.Json("mappings", Concat('[', mappings, ']')).Line();
}

std::string ProfileLines::Mapping(size_t row) const {
  const Mappings& mappings = symbols_.mappings;
  JsonObject out;
  out.Text("start", AddressText(mappings.start[row]));
  out.Text("limit", AddressText(mappings.limit[row]));
  out.Text("offset", AddressText(mappings.offset[row]));
  out.Text("file", Text(mappings.file[row])).Text("build_id", Text(mappings.build_id[row]));
  const AttributeSetId attributes = mappings.attributes[row];
  if (attributes.value != 0) out.Json("attributes", AttributesJson(symbols_, attributes));
  return out.Value();
}

std::string ProfileLines::Sample(size_t row) {
  const Samples& samples = profile_.samples;
  const auto text = [](auto value) { return Concat(value); };
  const size_t types = profile_.sample_types.size();
  JsonObject out;
  out.Number("sample", row);
  out.Json("values", JsonArray(std::span(samples.values).subspan(row * types, types), text));
  const AttributeSetId labels = samples.attributes[row];
  if (labels.value != 0) out.Json("labels", AttributesJson(symbols_, labels));
  // The column is empty where no sample has a link; row 0 of the links is no link.
  const LinkId link = samples.link.empty() ? LinkId{} : samples.link[row];
  if (link.value != 0) {
    out.Text("trace_id", HexText(profile_.links.trace_id[link.value]));
    out.Text("span_id", HexText(profile_.links.span_id[link.value]));
  }
  if (!samples.shape.empty()) AddTimes(row, &out);
  return out.Json("stack", Stack(samples.stack[row])).Line();
}

// Once for people, once exactly.
void ProfileLines::AddTimes(size_t row, JsonObject* sample) {
  const Samples& samples = profile_.samples;
  const auto text = [](auto value) { return Concat(value); };
  const std::span<const uint64_t> times(samples.timestamps.begin(row),
                                        samples.timestamps.length(row));
  if (times.empty()) return;
  sample->Json("times", JsonArray(times, [](uint64_t t) { return JsonText(SampleTimeText(t)); }));
  sample->Json("times_nanos", JsonArray(times, text));
  if (samples.shape[row] != SampleShape::kTimed) return;
  sample->Json("time_values", JsonArray(timed_.first(times.size()), text));
  timed_ = timed_.subspan(times.size());
}

// Leaf first, as stacks are stored.
std::string ProfileLines::Stack(StackId stack) const {
  std::string frames;
  const auto add = [&](const std::string& frame) {
    frames += Concat(frames.empty() ? "" : ",", frame);
  };
  const Lists<Line>& lines = symbols_.locations.lines;
  for (const LocationId* at = profile_.stacks.begin(stack.value);
       at != profile_.stacks.end(stack.value); ++at) {
    // A bare address is a frame too. Lines go from the innermost call out: all but the last were
    // inlined.
    if (lines.length(at->value) == 0) add(Frame(*at, nullptr, false));
    for (const Line* line = lines.begin(at->value); line != lines.end(at->value); ++line) {
      add(Frame(*at, line, line + 1 != lines.end(at->value)));
    }
  }
  return Concat('[', frames, ']');
}

std::string ProfileLines::Frame(LocationId location, const Line* line, bool inlined) const {
  const Functions& functions = symbols_.functions;
  JsonObject out;
  if (line != nullptr) {
    const size_t function = line->function.value;
    const StringId name = functions.name[function], system_name = functions.system_name[function];
    AddText("function", name, &out);
    if (Text(system_name) != Text(name)) AddText("system_name", system_name, &out);
    AddText("file", functions.file[function], &out);
    if (line->line != 0) out.Number("line", line->line);
    if (line->column != 0) out.Number("column", line->column);
    if (inlined) out.Json("inlined", "true");
  }
  const Locations& locations = symbols_.locations;
  const uint64_t address = locations.address[location.value];
  if (address != 0) out.Text("address", AddressText(address));
  AddText("mapping", symbols_.mappings.file[locations.mapping[location.value].value], &out);
  const AttributeSetId attributes = locations.attributes[location.value];
  if (attributes.value != 0) out.Json("attributes", AttributesJson(symbols_, attributes));
  return out.Value();
}

}  // namespace
}  // namespace ask

absl::Status VisitSampleLines(const Profile& profile,
                              const std::function<absl::Status(std::string_view)>& visit) {
  ask::ProfileLines lines(profile);
  for (size_t row = 0; row < profile.samples.size(); ++row) {
    DOLERITE_RETURN_IF_ERROR(visit(lines.Sample(row)));
  }
  return absl::OkStatus();
}

std::string ProfileJson(const Profile& profile) {
  ask::ProfileLines lines(profile);
  std::string out = lines.Header();
  for (size_t row = 0; row < profile.samples.size(); ++row) out += lines.Sample(row);
  return out;
}

}  // namespace dolerite
