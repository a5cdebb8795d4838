// Writes a profile as pprof, message by message in the order of the fields: sample types, samples,
// mappings, locations, functions, header, strings. Numbers are packed; ids count from 1 in the
// order of rows; strings are numbered at their first use, so their table comes last. What pprof has
// no field for is counted as dropped.
#include <algorithm>
#include <numeric>
#include <protozero/pbf_writer.hpp>
#include <tuple>

#include "base/out_of_memory.h"
#include "base/status.h"
#include "base/text.h"
#include "dolerite/pprof.h"
#include "formats/pprof/string_index.h"
#include "formats/pprof/wire.h"
#include "formats/wire/inflate.h"
#include "formats/wire/proto_reader.h"
#include "model/attribute_text.h"

namespace dolerite {

namespace {

using protozero::pbf_writer;

template <size_t N>
bool IsZero(const std::array<uint8_t, N>& id) {
  return id == std::array<uint8_t, N>{};
}

// The items of all label sets, each set sorted by the content of its labels: the order of ids
// depends on how the profile came about, and equal profiles must give equal bytes.
std::vector<AttributeId> SortLabelSets(const Symbols& s) {
  const Attributes& l = s.attributes;
  const auto text = [&](size_t row) {
    return l.value_is_string(row) ? s.strings[StringId{static_cast<uint32_t>(l.value[row])}]
                                  : std::string_view();
  };
  const auto content = [&](uint32_t row) {
    return std::tuple(s.strings[l.key[row]], l.kind[row], text(row),
                      l.value_is_string(row) ? 0 : l.value[row], s.strings[l.unit[row]]);
  };
  // All labels are ranked once; then each set is sorted by rank.
  std::vector<uint32_t> order(l.size()), rank(l.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(),
            [&](uint32_t a, uint32_t b) { return content(a) < content(b); });
  for (uint32_t i = 0; i < order.size(); ++i) rank[order[i]] = i;
  std::vector<AttributeId> sorted = s.attribute_sets.items;
  for (size_t set = 0; set < s.attribute_sets.size(); ++set) {
    std::sort(sorted.begin() + s.attribute_sets.begin_of(set),
              sorted.begin() + s.attribute_sets.ends[set],
              [&](AttributeId a, AttributeId b) { return rank[a.value] < rank[b.value]; });
  }
  return sorted;
}

// Writes the fields in order. Each message is made in `message_` and then appended, since its
// length comes first.
// Holds views of the profile, which must outlive it.
class PprofWriter {
 public:
  PprofWriter(const Profile& profile, const PprofWriteOptions& options)
      : p_(profile),
        s_(profile.symbols),
        options_(options),
        strings_(profile.symbols.strings),
        set_labels_(SortLabelSets(profile.symbols)),
        out_(bytes_) {}

  // In the order of field numbers, but the strings come last, since everything else gives them
  // their numbers. Functions come after locations, which decide whether an empty function is
  // needed.
  std::string Write() {
    for (const ValueType& type : p_.sample_types) {
      WriteType(pprof::profile::kSampleType, type);
    }
    for (size_t i = 0; i < p_.samples.size(); ++i) WriteSample(i);
    for (size_t i = 1; i < s_.mappings.size(); ++i) WriteMapping(i);
    for (size_t i = 0; i < s_.locations.size(); ++i) WriteLocation(i);
    for (size_t i = 1; i < s_.functions.size(); ++i) WriteFunction(i, i);
    if (null_function_) WriteFunction(0, s_.functions.size());
    WriteHeader();
    CountLeftOut();
    return std::move(bytes_);
  }

  uint64_t dropped() const { return dropped_; }

 private:
  // Starts a message in a buffer that all messages use in turn.
  pbf_writer Message() {
    message_.clear();
    return pbf_writer(message_);
  }
  void Finish(uint32_t number) { out_.add_message(number, message_); }

  // Zeros are not written: a missing field means zero.
  static void Put(pbf_writer* w, uint32_t number, uint64_t value) {
    if (value != 0) w->add_uint64(number, value);
  }
  static void PutSigned(pbf_writer* w, uint32_t number, int64_t value) {
    Put(w, number, static_cast<uint64_t>(value));
  }

  void WriteType(uint32_t number, const ValueType& type);
  void WriteSample(size_t row);
  void WriteLabels(size_t row, pbf_writer* w);
  void WriteLabel(AttributeId label, pbf_writer* w);
  uint64_t LabelText(size_t label);
  void WriteStringLabel(uint64_t key, uint64_t text, uint64_t unit, pbf_writer* w);
  template <size_t N>
  void WriteIdLabel(const std::string& key, const std::array<uint8_t, N>& id, pbf_writer* w);
  void WriteMapping(size_t row);
  void WriteLocation(size_t row);
  void WriteFunction(size_t row, uint64_t id);
  void WriteHeader();
  void CountLeftOut();

  const Profile& p_;
  const Symbols& s_;
  const PprofWriteOptions& options_;
  pprof::StringIndex strings_;
  std::vector<AttributeId> set_labels_;  // s_.attribute_sets.items, each set sorted
  std::string bytes_;
  pbf_writer out_;
  std::string message_, part_;
  std::vector<std::unique_ptr<std::string>> made_;  // strings that the profile lacks
  bool null_function_ = false;
  uint64_t dropped_ = 0;
};

void PprofWriter::WriteType(uint32_t number, const ValueType& type) {
  pbf_writer w = Message();
  Put(&w, pprof::value_type::kType, strings_.Of(type.type));
  Put(&w, pprof::value_type::kUnit, strings_.Of(type.unit));
  Finish(number);
}

// The ids of a stack as the file has them, one by one: protozero takes iterators, so no list is
// made.
struct FileIds {
  using iterator_category = std::forward_iterator_tag;
  using value_type = uint64_t;
  using difference_type = std::ptrdiff_t;
  using pointer = const uint64_t*;
  using reference = uint64_t;

  const LocationId* at;
  uint64_t operator*() const { return uint64_t{at->value} + 1; }
  FileIds& operator++() { return ++at, *this; }
  FileIds operator++(int) { return FileIds{at++}; }
  friend bool operator==(FileIds, FileIds) = default;
};

void PprofWriter::WriteSample(size_t row) {
  const size_t types = p_.sample_types.size(), stack = p_.samples.stack[row].value;
  const int64_t* values = p_.samples.values.data() + row * types;
  pbf_writer w = Message();
  w.add_packed_uint64(pprof::sample::kLocationId, FileIds{p_.stacks.begin(stack)},
                      FileIds{p_.stacks.end(stack)});
  w.add_packed_int64(pprof::sample::kValue, values, values + types);
  WriteLabels(row, &w);
  Finish(pprof::profile::kSample);
}

// The labels of a sample, then its link as two labels of hexadecimal text.
void PprofWriter::WriteLabels(size_t row, pbf_writer* w) {
  const size_t set = p_.samples.attributes[row].value;
  for (size_t i = s_.attribute_sets.begin_of(set); i < s_.attribute_sets.ends[set]; ++i) {
    WriteLabel(set_labels_[i], w);
  }
  if (p_.samples.link.empty()) return;
  const size_t link = p_.samples.link[row].value;
  WriteIdLabel(options_.trace_label, p_.links.trace_id[link], w);
  WriteIdLabel(options_.span_label, p_.links.span_id[link], w);
}

template <size_t N>
void PprofWriter::WriteIdLabel(const std::string& key, const std::array<uint8_t, N>& id,
                               pbf_writer* w) {
  if (IsZero(id)) return;
  if (key.empty()) {
    ++dropped_;
    return;
  }
  // The index keeps views, so text that the profile lacks must live until the table is written.
  // Link ids are hex text, which ReadPprof takes back as links.
  made_.push_back(std::make_unique<std::string>(HexText(id)));
  const uint64_t key_index = strings_.Of(key);
  WriteStringLabel(key_index, strings_.Of(*made_.back()), 0, w);
}

// An empty text needs an index other than 0, which would mean that the label has no text.
void PprofWriter::WriteStringLabel(uint64_t key, uint64_t text, uint64_t unit, pbf_writer* w) {
  part_.clear();
  pbf_writer part(part_);
  Put(&part, pprof::label::kKey, key);
  Put(&part, pprof::label::kStr, strings_.NotZero(text));
  Put(&part, pprof::label::kNumUnit, unit);
  w->add_message(pprof::sample::kLabel, part_);
}

// pprof has labels of strings and integers only. Other kinds are written as text; structured
// values, which have none, are dropped.
void PprofWriter::WriteLabel(AttributeId label, pbf_writer* w) {
  const Attributes& labels = s_.attributes;
  const size_t row = label.value;
  if (labels.kind[row] == AttributeKind::kStructured) {
    ++dropped_;
    return;
  }
  const uint64_t key = strings_.Of(labels.key[row]);
  if (labels.kind[row] != AttributeKind::kInteger) {
    const uint64_t text = LabelText(row);
    return WriteStringLabel(key, text, strings_.Of(labels.unit[row]), w);
  }
  part_.clear();
  pbf_writer part(part_);
  Put(&part, pprof::label::kKey, key);
  Put(&part, pprof::label::kNum, labels.value[row]);
  Put(&part, pprof::label::kNumUnit, strings_.Of(labels.unit[row]));
  w->add_message(pprof::sample::kLabel, part_);
}

// The index of a label's value in the string table; numbers are turned into text.
uint64_t PprofWriter::LabelText(size_t row) {
  const uint64_t value = s_.attributes.value[row];
  if (s_.attributes.value_is_string(row))
    return strings_.Of(StringId{static_cast<uint32_t>(value)});
  if (s_.attributes.kind[row] == AttributeKind::kEmpty) return 0;
  made_.push_back(std::make_unique<std::string>(NumberText(s_.attributes.kind[row], value)));
  return strings_.Of(*made_.back());
}

// Row 0, "no mapping", is not written; other rows are their own ids.
void PprofWriter::WriteMapping(size_t row) {
  namespace field = pprof::mapping;
  const Mappings& m = s_.mappings;
  pbf_writer w = Message();
  Put(&w, field::kId, row);
  Put(&w, field::kStart, m.start[row]);
  Put(&w, field::kLimit, m.limit[row]);
  Put(&w, field::kOffset, m.offset[row]);
  Put(&w, field::kFile, strings_.Of(m.file[row]));
  Put(&w, field::kBuildId, strings_.Of(m.build_id[row]));
  Put(&w, field::kHasFunctions, (m.flags[row] & Mappings::kHasFunctions) != 0);
  Put(&w, field::kHasFilenames, (m.flags[row] & Mappings::kHasFilenames) != 0);
  Put(&w, field::kHasLineNumbers, (m.flags[row] & Mappings::kHasLineNumbers) != 0);
  Put(&w, field::kHasInlineFrames, (m.flags[row] & Mappings::kHasInlineFrames) != 0);
  Finish(pprof::profile::kMapping);
}

// Ids of locations are rows plus 1, because row 0 is a location; row 0 of mappings means none.
void PprofWriter::WriteLocation(size_t row) {
  namespace field = pprof::location;
  const Locations& l = s_.locations;
  pbf_writer w = Message();
  Put(&w, field::kId, row + 1);
  Put(&w, field::kMappingId, l.mapping[row].value);
  Put(&w, field::kAddress, l.address[row]);
  for (const Line* line = l.lines.begin(row); line != l.lines.end(row); ++line) {
    part_.clear();
    pbf_writer part(part_);
    null_function_ = null_function_ || line->function == FunctionId{};
    // pprof wants a function for each line: a line without one refers to an empty function, which
    // comes last.
    const uint64_t function =
        line->function == FunctionId{} ? s_.functions.size() : line->function.value;
    Put(&part, pprof::line::kFunctionId, function);
    PutSigned(&part, pprof::line::kLine, line->line);
    PutSigned(&part, pprof::line::kColumn, line->column);
    w.add_message(field::kLine, part_);
  }
  Put(&w, field::kFolded, l.folded[row] != 0);
  Finish(pprof::profile::kLocation);
}

// `id` differs from the row for the empty function alone.
void PprofWriter::WriteFunction(size_t row, uint64_t id) {
  namespace field = pprof::function;
  const Functions& f = s_.functions;
  pbf_writer w = Message();
  Put(&w, field::kId, id);
  Put(&w, field::kName, strings_.Of(f.name[row]));
  Put(&w, field::kSystemName, strings_.Of(f.system_name[row]));
  Put(&w, field::kFile, strings_.Of(f.file[row]));
  PutSigned(&w, field::kStartLine, f.start_line[row]);
  Finish(pprof::profile::kFunction);
}

// The string table comes last: all other fields add to it.
void PprofWriter::WriteHeader() {
  namespace field = pprof::profile;
  Put(&out_, field::kDropFrames, strings_.Of(p_.drop_frames));
  Put(&out_, field::kKeepFrames, strings_.Of(p_.keep_frames));
  PutSigned(&out_, field::kTimeNanos, p_.time_nanos);
  PutSigned(&out_, field::kDurationNanos, p_.duration_nanos);
  if (strings_.Of(p_.period_type.type) != 0 || strings_.Of(p_.period_type.unit) != 0) {
    WriteType(field::kPeriodType, p_.period_type);
  }
  PutSigned(&out_, field::kPeriod, p_.period);
  std::vector<uint64_t> comments;
  for (StringId comment : p_.comments) comments.push_back(strings_.Of(comment));
  out_.add_packed_uint64(field::kComment, comments.begin(), comments.end());
  Put(&out_, field::kDefaultSampleType, strings_.Of(p_.default_sample_type));
  Put(&out_, field::kDocUrl, strings_.Of(p_.doc_url));
  for (std::string_view text : strings_.order()) {
    out_.add_bytes(field::kStringTable, text.data(), text.size());
  }
  // They were checked to be whole fields that pprof does not know.
  bytes_ += p_.unknown_fields;
}

// Counts what pprof has no field for.
void PprofWriter::CountLeftOut() {
  // Attributes of profiles, mappings and locations; times of samples; the profile's id and payload.
  const auto count = [&](AttributeSetId set) { dropped_ += s_.attribute_sets.length(set.value); };
  count(p_.attributes);
  for (AttributeSetId set : s_.mappings.attributes) count(set);
  for (AttributeSetId set : s_.locations.attributes) count(set);
  dropped_ += p_.samples.timestamps.items.size() + p_.id.has_value() + !p_.payload.empty();
}

// Unknown fields are appended as they are: a known field among them would change the profile.
absl::Status CheckUnknownFields(const Profile& profile) {
  ProtoReader reader(profile.unknown_fields);
  WireField field;
  while (reader.Next(&field)) {
    if (field.number <= pprof::profile::kLast) {
      return InvalidArgument("profile.unknown_fields: field ", field.number, " is known");
    }
  }
  if (reader.fault() == nullptr) return absl::OkStatus();
  return InvalidArgument("profile.unknown_fields: ", reader.fault());
}

}  // namespace

// The profile is validated first, so ids are followed without checks.
absl::StatusOr<std::string> WritePprof(const Profile& profile, const PprofWriteOptions& options,
                                       uint64_t* dropped) {
  return WithinMemory([&]() -> absl::StatusOr<std::string> {
    DOLERITE_RETURN_IF_ERROR(profile.Validate());
    DOLERITE_RETURN_IF_ERROR(CheckUnknownFields(profile));
    PprofWriter writer(profile, options);
    std::string bytes = writer.Write();
    if (dropped != nullptr) *dropped = writer.dropped();
    if (!options.gzip) return bytes;
    return Gzip(bytes, options.gzip_level);
  });
}

}  // namespace dolerite
