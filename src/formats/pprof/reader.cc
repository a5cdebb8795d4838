// Reads a pprof file in three passes: the outline of the top level, the symbols, the samples.
// Header fields are decoded between the first two, as they need strings alone.
#include <algorithm>

#include "base/out_of_memory.h"
#include "dolerite/pprof.h"
#include "formats/pprof/outline.h"
#include "formats/pprof/samples.h"
#include "formats/pprof/symbols.h"
#include "formats/pprof/wire.h"
#include "formats/wire/inflate.h"

namespace dolerite {

namespace pprof {
namespace {

// Used once for each type, so the careful reader suffices.
absl::Status DecodeValueType(const Input& input, std::string_view bytes, const Path& place,
                             ValueType* type) {
  namespace field = value_type;
  Message m(input, bytes, place);
  while (m.Next()) {
    switch (m.number()) {
      case field::kType:
        type->type = m.Text("type");
        break;
      case field::kUnit:
        type->unit = m.Text("unit");
        break;
      default:
        m.Unknown();
    }
  }
  return m.status();
}

int64_t Row(size_t i) { return static_cast<int64_t>(i); }

// The last period type counts, as the field is not repeated in profile.proto.
absl::Status DecodeValueTypes(const Input& input, const Outline& outline) {
  Profile& p = input.profile;
  p.sample_types.resize(outline.sample_types.size());
  for (size_t i = 0; i < outline.sample_types.size(); ++i) {
    DOLERITE_RETURN_IF_ERROR(DecodeValueType(input, outline.sample_types[i],
                                             {nullptr, "sample_type", Row(i)}, &p.sample_types[i]));
  }
  for (size_t i = 0; i < outline.period_types.size(); ++i) {
    DOLERITE_RETURN_IF_ERROR(DecodeValueType(input, outline.period_types[i],
                                             {nullptr, "period_type", Row(i)}, &p.period_type));
  }
  return absl::OkStatus();
}

// The fields that occur once, read as messages of that one field.
// A missing field has the value 0, as in protobuf.
absl::Status DecodeSingle(const Input& input, const Outline& outline) {
  namespace field = profile;
  Profile& p = input.profile;
  p.time_nanos = static_cast<int64_t>(outline.single[field::kTimeNanos].value);
  p.duration_nanos = static_cast<int64_t>(outline.single[field::kDurationNanos].value);
  p.period = static_cast<int64_t>(outline.single[field::kPeriod].value);
  const struct {
    uint32_t number;
    const char* name;
    StringId* text;
  } texts[] = {{field::kDropFrames, "drop_frames", &p.drop_frames},
               {field::kKeepFrames, "keep_frames", &p.keep_frames},
               {field::kDefaultSampleType, "default_sample_type", &p.default_sample_type},
               {field::kDocUrl, "doc_url", &p.doc_url}};
  for (const auto& [number, name, text] : texts) {
    // Not in the file: the text stays empty.
    if (outline.single[number].number == 0) continue;
    const Path top;
    Message m(input, outline.single[number], top);
    *text = m.Text(name);
    DOLERITE_RETURN_IF_ERROR(m.status());
  }
  return absl::OkStatus();
}

// Runs were bounded by the outline, so the profile's list is.
absl::Status DecodeComments(const Input& input, const Outline& outline) {
  for (const WireField& run : outline.comments) {
    const Path top;
    Message m(input, run, top);
    m.Numbers("comment", [&](uint64_t index) {
      input.profile.comments.push_back(m.TextAt("comment", index));
    });
    DOLERITE_RETURN_IF_ERROR(m.status());
  }
  return absl::OkStatus();
}

// What a file that is not pprof may be, by its first bytes: old formats of pprof are common, and an
// error of the wire format would not name them.
std::string_view Hint(std::string_view bytes) {
  static constexpr std::string_view kTexts[] = {
      "heap profile:",    "heap_v2/",           "--- contention",
      "--- mutex",        "--- heapz",          "--- threadz",
      "--- cpu",          "goroutine profile:", "threadcreate profile:",
      "MAPPED_LIBRARIES:"};
  for (std::string_view text : kTexts) {
    if (bytes.substr(0, text.size()) == text)
      return "; it looks like a legacy text format of pprof";
  }
  // The header of a binary CPU profile: 0, 3, 0, in words of 8 or 4 bytes.
  using namespace std::string_view_literals;
  if (bytes.substr(0, 17) == "\0\0\0\0\0\0\0\0\3\0\0\0\0\0\0\0\0"sv ||
      bytes.substr(0, 9) == "\0\0\0\0\3\0\0\0\0"sv) {
    return "; it looks like the legacy binary CPU format of pprof";
  }
  return DetectCompression(bytes) == Compression::kNone ? "" : "; it is compressed twice";
}

absl::Status AddHint(const absl::Status& status, std::string_view bytes) {
  const std::string_view hint = Hint(bytes);
  if (status.ok() || hint.empty() || !absl::IsInvalidArgument(status)) return status;
  return InvalidArgument(ToStd(status.message()), hint);
}

}  // namespace
}  // namespace pprof

// Buffers that keep their memory from Read to Read.
struct PprofReader::State {
  PprofReadOptions options;
  PprofReadReport report;
  Inflater inflater;
  pprof::Outline outline;
  pprof::SymbolReader symbols;
  pprof::SampleReader samples;

  // The memory bound follows the size as the caller handed it in, before decompression.
  absl::Status Read(std::string_view bytes, Profile* profile) {
    report = {};
    size_t trailing = 0;
    DOLERITE_ASSIGN_OR_RETURN(
        const std::string_view plain,
        inflater.Inflate(bytes, options.limits, options.lenient ? &trailing : nullptr));
    if (plain.empty()) return InvalidArgument("pprof: no bytes");
    MemoryMeter memory(MemoryBound(options.limits, bytes.size()));
    absl::Status status = Decode(plain, &memory, profile);
    report.trailing_bytes = trailing;
    return pprof::AddHint(status, plain);
  }

  // Each pass needs what the pass before has found: counts and strings, then rows of locations.
  absl::Status Decode(std::string_view bytes, MemoryMeter* memory, Profile* profile) {
    const MessageScope scope{"pprof", options.limits, report.unknown_fields, bytes.data()};
    pprof::Input input{options, report, *memory, bytes, *profile, scope};
    DOLERITE_RETURN_IF_ERROR(outline.Scan(&input));
    DOLERITE_RETURN_IF_ERROR(pprof::DecodeValueTypes(input, outline));
    DOLERITE_RETURN_IF_ERROR(pprof::DecodeSingle(input, outline));
    DOLERITE_RETURN_IF_ERROR(pprof::DecodeComments(input, outline));
    DOLERITE_RETURN_IF_ERROR(symbols.Decode(input, outline));
    return samples.Decode(input, outline, symbols.locations());
  }
};

PprofReader::PprofReader(const PprofReadOptions& options) : state_(new State) {
  state_->options = options;
  // Rows and positions have 32 bits.
  size_t& bytes = state_->options.limits.profile_bytes;
  bytes = std::min<size_t>(bytes, UINT32_MAX - 1);
}
PprofReader::~PprofReader() = default;
PprofReader::PprofReader(PprofReader&&) noexcept = default;
PprofReader& PprofReader::operator=(PprofReader&&) noexcept = default;

absl::Status PprofReader::Read(std::string_view bytes, Profile* profile) {
  // Buffers are part of what may fail to grow; the reader can be used again afterwards.
  return WithinMemory([&] { return state_->Read(bytes, profile); });
}

const PprofReadReport& PprofReader::report() const { return state_->report; }

absl::StatusOr<Profile> ReadPprof(std::string_view bytes, const PprofReadOptions& options) {
  return WithinMemory([&]() -> absl::StatusOr<Profile> {
    Profile profile;
    DOLERITE_RETURN_IF_ERROR(PprofReader(options).Read(bytes, &profile));
    return profile;
  });
}

}  // namespace dolerite
