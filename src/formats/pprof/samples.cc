// The last pass: samples, of which a file has most. Stack and values of a sample go straight to the
// ends of the profile's columns; Keep closes the sample, Undo takes it back. ReadMessage reads each
// message by the quick reader and, if that meets anything unusual, once more by the careful one.
#include "formats/pprof/samples.h"

#include <algorithm>

#include "formats/pprof/wire.h"

namespace dolerite::pprof {

namespace {

// What rows take in columns that grow by doubling, and a new label with its place in the index.
constexpr size_t kSampleBytes = 32, kEntryBytes = 2 * sizeof(LocationId), kLabelBytes = 48,
                 kSetBytes = 32, kLinkBytes = 64;

}  // namespace

// Memory for all rows is charged and reserved before the first sample is read.
absl::Status SampleReader::Decode(const Input& input, const Outline& outline,
                                  const IdTable& locations) {
  input_ = &input;
  locations_ = &locations;
  types_ = input.profile.sample_types.size();
  labels_.Reset(input);
  stack_rows_ = RowSet();
  const size_t rows = outline.samples.size();
  Samples& samples = input.profile.samples;
  // A value takes at least a byte, whatever the counts say.
  const size_t values = std::min(rows * types_, input.bytes.size());
  DOLERITE_RETURN_IF_ERROR(input.Charge(rows * kSampleBytes + values * sizeof(int64_t)));
  samples.stack.reserve(rows), samples.attributes.reserve(rows);
  samples.values.reserve(values);
  input.profile.stacks.ends.reserve(rows + 1);
  for (size_t i = 0; i < rows; ++i) {
    DOLERITE_RETURN_IF_ERROR(DecodeSample(outline.samples[i], i));
  }
  return absl::OkStatus();
}

// What the sample adds begins at these two places.
absl::Status SampleReader::DecodeSample(std::string_view bytes, size_t row) {
  first_value_ = input_->profile.samples.values.size();
  first_entry_ = input_->profile.stacks.items.size();
  Begin();
  const Path path{nullptr, "sample", static_cast<int64_t>(row)};
  DOLERITE_RETURN_IF_ERROR(ReadMessage(
      *input_, bytes, path, [&](auto* m) { TakeSample(path, m); },
      // The quick reader may have pushed some of the sample.
      [&] {
        input_->memory.Return((input_->profile.stacks.items.size() - first_entry_) * kEntryBytes);
        Undo();
        Begin();
      }));
  if (!broken_) return Keep();
  ++input_->report.samples_dropped;
  Undo();
  return absl::OkStatus();
}

// What a sample collects beside the columns.
// Called before each reading of a message, as the message may be read twice.
void SampleReader::Begin() {
  labels_.Begin();
  labels_seen_ = 0;
  broken_ = false;
}

// M is PlainMessage or Message; both stop at their first fault.
template <class M>
void SampleReader::TakeSample(const Path& path, M* m) {
  namespace field = sample;
  while (m->Next()) {
    switch (m->number()) {
      case field::kLocationId:
        TakeLocations(m);
        break;
      case field::kValue:
        TakeValues(m);
        break;
      case field::kLabel:
        TakeLabel(path, m);
        break;
      default:
        m->Unknown();
    }
  }
  if (!m->ok()) return;
  const size_t values = input_->profile.samples.values.size() - first_value_;
  // Lenient: a sample without one value for each type is dropped; else the message is refused.
  if (values == types_ && types_ > 0 && !broken_) return;
  if (M::kCareful && input_->options.lenient) {
    broken_ = true;
  } else {
    m->FailWhole("value", Concat(values, " values for ", types_, " sample types"));
  }
}

// False, with a fault, if the ids of this field are too many.
// Two checks: a cheap one by the bytes of the field, and one that counts numbers, for the careful
// reader only.
template <class M>
bool SampleReader::Fits(M* m) const {
  const ReadLimits& limits = input_->options.limits;
  const size_t before = input_->profile.stacks.items.size();
  // Most fields are far from the limits, which a look at their size tells.
  if (const size_t most = before + m->MostNumbers();
      most - first_entry_ <= limits.stack_depth && most <= limits.stack_entries) {
    return true;
  }
  if constexpr (M::kCareful) {
    const size_t depth = before + m->CountNumbers() - first_entry_;
    const size_t kept = input_->options.lenient ? std::min(depth, limits.stack_depth) : depth;
    m->SetStatus(CheckLimit("pprof: stack_depth", kept, limits.stack_depth));
    m->SetStatus(CheckLimit("pprof: stack_entries", first_entry_ + kept, limits.stack_entries));
  } else {
    m->Unknown();
  }
  return m->ok();
}

// Ids become rows of the location table as they are read.
template <class M>
void SampleReader::TakeLocations(M* m) {
  if (!Fits(m)) return;
  std::vector<LocationId>& items = input_->profile.stacks.items;
  const size_t before = items.size();
  // Room for all at once; Fits bounds it by the size of the field.
  items.resize(before + std::min(m->MostNumbers(),
                                 input_->options.limits.stack_depth - (before - first_entry_)));
  // A location that is not there breaks the sample; a lenient reader drops it.
  LocationId* next = items.data() + before;
  const LocationId* const end = items.data() + items.size();
  const IdTable::Run run = locations_->run();
  m->Numbers("location_id", [&](uint64_t id) {
    const uint32_t location =
        id - 1 < run.size ? run.first_row + static_cast<uint32_t>(id - 1) : locations_->Find(id);
    if (location == IdTable::kMissing) {
      broken_ = true;
      if (!input_->options.lenient) {
        m->Fail("location_id", Concat(id, " is not in the location table"));
      }
    } else if (next != end) {
      *next++ = LocationId{location};
    } else {
      ++input_->report.frames_cut;  // lenient: Fits has refused it otherwise
    }
  });
  items.resize(static_cast<size_t>(next - items.data()));
  m->Charge((items.size() - before) * kEntryBytes);
}

// Values past the sample types are not kept, so that long runs take no memory.
template <class M>
void SampleReader::TakeValues(M* m) {
  std::vector<int64_t>& values = input_->profile.samples.values;
  m->Numbers("value", [&](uint64_t value) {
    if (values.size() - first_value_ < types_) {
      values.push_back(static_cast<int64_t>(value));
    } else if (input_->options.lenient) {
      broken_ = true;
    } else {
      m->Fail("value", Concat("more values than the ", types_, " sample types"));
    }
  });
}

// Labels past the limit are counted if the reader is lenient and refused otherwise.
template <class M>
void SampleReader::TakeLabel(const Path& path, M* m) {
  const size_t max = input_->options.limits.labels_per_sample;
  const std::string_view bytes = m->Bytes("label");
  if (!m->ok()) return;
  const Path at{&path, "label", static_cast<int64_t>(labels_seen_++)};
  if (labels_seen_ <= max) {
    M inner(*input_, bytes, at);
    TakeLabelFields(&inner);
    return m->Adopt(inner);
  }
  if (M::kCareful && input_->options.lenient) {
    ++input_->report.labels_cut;
  } else {
    m->SetStatus(CheckLimit("pprof: labels_per_sample", labels_seen_, max));
  }
}

// A label is text if its `str` is not 0, else a number. If both are given, text wins and the report
// counts it.
template <class M>
void SampleReader::TakeLabelFields(M* m) {
  namespace field = label;
  StringId key, text, unit;
  uint64_t number = 0;
  bool is_text = false;
  const auto take_text = [&] {
    const uint64_t index = m->Number("str");
    is_text = index != 0;
    text = m->TextAt("str", index);
  };
  if (m->NextIsNumber(field::kKey)) key = m->Text("key");
  if (m->NextIsNumber(field::kStr)) take_text();
  while (m->Next()) {
    switch (m->number()) {
      case field::kKey:
        key = m->Text("key");
        break;
      case field::kStr:
        take_text();
        break;
      case field::kNum:
        number = m->Number("num");
        break;
      case field::kNumUnit:
        unit = m->Text("num_unit");
        break;
      default:
        m->Unknown();
    }
  }
  const bool two_values = is_text && number != 0;
  // Counting is for the careful reader: the quick one hands the message over.
  if (!M::kCareful && two_values) m->Unknown();
  if (!m->ok()) return;
  input_->report.labels_with_two_values += two_values;
  const AttributeKind kind = is_text ? AttributeKind::kString : AttributeKind::kInteger;
  labels_.Add(key, kind, is_text ? text.value : number, unit);
}

// A link takes the place of the labels that hold its ids.
// The sample is sound: nothing after this takes it back, so rows may be added to tables.
absl::Status SampleReader::Keep() {
  Profile& p = input_->profile;
  Samples& s = p.samples;
  const Lists<AttributeId>& sets = p.symbols.attribute_sets;
  const size_t links = p.links.size(), attributes = p.symbols.attributes.size(),
               lists = sets.size(), items = sets.items.size();
  const LinkId link = labels_.TakeLink();
  if (link != LinkId{} || !s.link.empty()) {
    s.link.resize(s.size());  // no sample before had a link
    s.link.push_back(link);
  }
  s.attributes.push_back(labels_.TakeSet());
  DOLERITE_RETURN_IF_ERROR(input_->Charge((p.links.size() - links) * kLinkBytes +
                                          (p.symbols.attributes.size() - attributes) * kLabelBytes +
                                          (sets.size() - lists) * kSetBytes +
                                          (sets.items.size() - items) * 2 * sizeof(AttributeId)));
  s.stack.push_back(CloseStack());
  return absl::OkStatus();
}

// Samples that differ in labels or values alone share their stack.
// The stack is at the end of the items already. If an equal one is known, its items are cut off
// again.
StackId SampleReader::CloseStack() {
  Lists<LocationId>& stacks = input_->profile.stacks;
  const LocationId* const begin = stacks.items.data() + first_entry_;
  const size_t depth = stacks.items.size() - first_entry_;
  if (depth == 0) return {};
  const uint32_t next = static_cast<uint32_t>(stacks.size());
  const uint32_t row = stack_rows_.FindOrAdd(
      SeededHash(begin, depth * sizeof(LocationId), seed_),
      [&](uint32_t other) {
        return std::equal(stacks.begin(other), stacks.end(other), begin, begin + depth);
      },
      [&] { return next; });
  if (row == next) {
    stacks.Close();
  } else {
    stacks.items.resize(first_entry_);
  }
  return {row};
}

void SampleReader::Undo() {
  input_->profile.samples.values.resize(first_value_);
  input_->profile.stacks.items.resize(first_entry_);
}

}  // namespace dolerite::pprof
