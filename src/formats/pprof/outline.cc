// The first pass over a file: where each message lies, and how many of each kind there are. Nothing
// but strings is decoded, so later passes can reserve their tables and read messages in the order
// that they need, whatever the order of the file.
#include "formats/pprof/outline.h"

#include <algorithm>

namespace dolerite::pprof {

namespace field = profile;

namespace {

// The names of profile.proto, for errors.
constexpr const char* kNames[] = {"",
                                  "sample_type",
                                  "sample",
                                  "mapping",
                                  "location",
                                  "function",
                                  "string_table",
                                  "drop_frames",
                                  "keep_frames",
                                  "time_nanos",
                                  "duration_nanos",
                                  "period_type",
                                  "period",
                                  "comment",
                                  "default_sample_type",
                                  "doc_url"};

}  // namespace

// A second pass follows only if the first found that several profiles were concatenated.
absl::Status Outline::Scan(Input* input) {
  absl::Status status = ScanOnce(input);
  if (next_profile_ == nullptr) return status;
  const size_t first = static_cast<size_t>(next_profile_ - input->bytes.data());
  input->report = {};
  input->report.concatenated_bytes = input->bytes.size() - first;
  input->bytes = input->bytes.substr(0, first);
  return ScanOnce(input);
}

// Buffers keep their memory from file to file.
void Outline::Clear(const Input& input) {
  for (Spans* spans : {&sample_types, &samples, &mappings, &locations, &functions, &period_types}) {
    spans->Clear(input.bytes.data());
  }
  comments.clear();
  single.fill(WireField());
  comment_count_ = 0;
  previous_ = 0;
  types_begin_ = next_profile_ = nullptr;
}

// Runs of the usual fields are taken without a look at anything else; what ends a run is read as
// any field. Views of messages are kept as offsets of 32 bits; the reader bounds files to that
// size.
absl::Status Outline::ScanOnce(Input* input) {
  Clear(*input);
  input->profile.Clear();
  input->strings = 0;
  ProtoReader reader(input->bytes);
  WireField f;
  for (;;) {
    reader.SkipTo(TakePlain(input, reader.at()));
    if (!reader.Next(&f)) break;
    if (f.number > field::kLast) {
      AddUnknown(input, f, reader.at());
    } else {
      DOLERITE_RETURN_IF_ERROR(Take(input, f));
    }
    previous_ = f.number;
  }
  if (reader.fault() != nullptr) return input->scope.Fault(reader.at(), {}, "", reader.fault());
  if (input->strings == 0 && !input->options.lenient) {
    return input->scope.Fault(reader.at(), {}, "string_table", "missing");
  }
  return absl::OkStatus();
}

// Most fields are one more location, function, sample or string. Takes them from `at` on, and
// returns where the first other field begins, or one that is over a limit or cut off: Take looks at
// that and makes the error.
const char* Outline::TakePlain(Input* input, const char* at) {
  constexpr auto tag = [](uint32_t number) {
    return static_cast<char>(number << 3 | static_cast<uint32_t>(WireType::kBytes));
  };
  const char* const end = input->bytes.data() + input->bytes.size();
  const ReadLimits& limits = input->options.limits;
  MemoryMeter* const memory = &input->memory;
  const auto push = [&](Spans* spans, size_t most) {
    return spans->size() < most ? spans->PushField(at, end, memory) : nullptr;
  };
  while (at != end) {
    const char* next = nullptr;
    switch (*at) {
      case tag(field::kSample):
        next = push(&samples, limits.samples);
        break;
      case tag(field::kLocation):
        next = push(&locations, limits.locations);
        break;
      case tag(field::kFunction):
        next = push(&functions, limits.functions);
        break;
      case tag(field::kStringTable):
        next = TakePlainString(input, at);
        break;
      default:
        return at;
    }
    if (next == nullptr) return at;
    previous_ = static_cast<uint8_t>(*at) >> 3;
    at = next;
  }
  return at;
}

// The first string is left to AddString, which looks at it.
inline const char* Outline::TakePlainString(Input* input, const char* at) const {
  const char* const end = input->bytes.data() + input->bytes.size();
  const ReadLimits& limits = input->options.limits;
  const ParsedVarint size = ParseVarint(at + 1, end);
  if (size.end == nullptr || size.value > static_cast<size_t>(end - size.end)) return nullptr;
  if (size.value > limits.string_bytes) return nullptr;
  if (input->strings == 0 || input->strings >= limits.strings) return nullptr;
  const size_t charge = 2 * (size.value + sizeof(size_t));
  if (!input->memory.Has(charge)) return nullptr;
  input->memory.Take(charge);
  ++input->strings;
  input->profile.symbols.strings.Add(std::string_view(size.end, size.value));
  return size.end + size.value;
}

// All fields that are known, one by one.
absl::Status Outline::Take(Input* input, const WireField& f) {
  const ReadLimits& limits = input->options.limits;
  const char* name = kNames[f.number];
  switch (f.number) {
    case field::kSample:
      return AddSpan(*input, f, name, "samples", limits.samples, &samples);
    case field::kLocation:
      return AddSpan(*input, f, name, "locations", limits.locations, &locations);
    case field::kFunction:
      return AddSpan(*input, f, name, "functions", limits.functions, &functions);
    case field::kStringTable:
      return AddString(input, f);
    case field::kMapping:
      return AddSpan(*input, f, name, "mappings", limits.mappings, &mappings);
    case field::kSampleType:
      // A run of sample types may begin a second profile.
      if (previous_ != field::kSampleType) types_begin_ = f.begin;
      return AddSpan(*input, f, name, "sample_types", limits.sample_types, &sample_types);
    case field::kPeriodType:
      return AddSpan(*input, f, name, "period_types", limits.sample_types, &period_types);
    case field::kComment:
      return AddComments(*input, f);
    default:
      return AddSingle(input, f);
  }
}

// The limit is checked before memory is taken for the entry.
absl::Status Outline::AddSpan(const Input& input, const WireField& f, const char* name,
                              const char* limit, size_t cap, Spans* spans) {
  if (f.type != WireType::kBytes) return input.scope.Fault(f.begin, {}, name, kWrongWireType);
  if (spans->size() >= cap) return Annotate(CheckLimit(limit, spans->size() + 1, cap), "pprof");
  DOLERITE_RETURN_IF_ERROR(input.Charge(Spans::kBytes));
  spans->Push(f.bytes);
  return absl::OkStatus();
}

// Row 0 must be "", which the table has from the start; other strings are copied in the order of
// the file, so their rows are the file's indices.
absl::Status Outline::AddString(Input* input, const WireField& f) {
  const Path place{nullptr, "string_table", static_cast<int64_t>(input->strings)};
  if (f.type != WireType::kBytes) return input->scope.Fault(f.begin, place, "", kWrongWireType);
  const ReadLimits& limits = input->options.limits;
  DOLERITE_RETURN_IF_ERROR(CheckLimit("pprof: strings", input->strings + 1, limits.strings));
  DOLERITE_RETURN_IF_ERROR(CheckLimit("pprof: string_bytes", f.bytes.size(), limits.string_bytes));
  if (input->strings++ > 0) {
    DOLERITE_RETURN_IF_ERROR(input->Charge(2 * (f.bytes.size() + sizeof(size_t))));
    input->profile.symbols.strings.Add(f.bytes);
    return absl::OkStatus();
  }
  if (f.bytes.empty()) return absl::OkStatus();  // row 0 is there already
  if (!input->options.lenient) return input->scope.Fault(f.begin, place, "", "not empty");
  ++input->report.strings_replaced;
  return absl::OkStatus();
}

// Comments are numbers, one a field or packed in a run. Each byte below 0x80 ends a number, so
// numbers are counted before any is decoded.
absl::Status Outline::AddComments(const Input& input, const WireField& f) {
  size_t count = 1;
  if (f.type == WireType::kBytes) {
    count = 0;
    for (char c : f.bytes) count += static_cast<int8_t>(c) >= 0;
    if (f.bytes.empty()) return absl::OkStatus();
  }
  comment_count_ += count;
  // A run without an end counts 0, but there is an error for it later.
  const size_t runs = comments.size() + 1;
  DOLERITE_RETURN_IF_ERROR(Annotate(
      CheckLimit("comments", std::max(comment_count_, runs), input.options.limits.comments),
      "pprof"));
  DOLERITE_RETURN_IF_ERROR(input.Charge(2 * sizeof(WireField)));
  comments.push_back(f);
  return absl::OkStatus();
}

// The last one counts, as protobuf has it; a second time means a second profile.
absl::Status Outline::AddSingle(Input* input, const WireField& f) {
  if (f.type != WireType::kVarint) {
    return input->scope.Fault(f.begin, {}, kNames[f.number], kWrongWireType);
  }
  WireField& kept = single[f.number];
  // Time 0 means that it was not given, so it does not count as a first time.
  if (f.number == field::kTimeNanos && kept.number != 0 && kept.value != 0) {
    // The second profile begins at its sample types, if it was written in order.
    if (input->options.lenient && types_begin_ > kept.begin) next_profile_ = types_begin_;
    return input->scope.Fault(f.begin, {}, "time_nanos",
                              "concatenated profiles: the time is given twice");
  }
  kept = f;
  return absl::OkStatus();
}

// Unknown top-level fields are kept as they came, for the writer to give back; past the limit they
// are only counted.
void Outline::AddUnknown(Input* input, const WireField& f, const char* end) {
  std::string& kept = input->profile.unknown_fields;
  const size_t size = static_cast<size_t>(end - f.begin);
  const size_t cap = input->options.limits.unknown_field_bytes;
  if (kept.size() > cap || size > cap - kept.size()) {
    ++input->report.unknown_fields;
    return;
  }
  kept.append(f.begin, size);
}

}  // namespace dolerite::pprof
