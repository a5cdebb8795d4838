// Decodes one Profile message in four phases:
//
//   DecodeHeader    all fields but samples, which are only noted: their meaning may depend on
//                   fields that follow them
//   DecodeSamples   each sample becomes a Row; values and timestamps go into two long arrays
//   Combine         rows of one identity (stack, attributes, link, shape) are chained
//   Emit            each chain becomes one row of the columns of Samples
#include "formats/otlp/parts.h"

#include <algorithm>
#include <cstring>

#include "model/row_set.h"

namespace dolerite::otlp {

namespace {

// Memory of a value or timestamp: once as it was read, and twice (columns grow by doubling) in the
// profile.
constexpr size_t kNumberBytes = 3 * sizeof(int64_t);

}  // namespace

// `part` views nothing but payload and format of the bytes; all else is copied as rows of the
// dictionary.
absl::Status PartDecoder::Decode(std::string_view bytes, const Path& path, Part* part) {
  // Buffers are kept from part to part.
  sample_fields_.Clear(bytes.data()), locations_.clear(), labels_.clear(), rows_.clear();
  times_.clear(), values_.clear();
  listed_ = 0, default_index_ = 0;
  // Header first, as it says how many values a sample has.
  Message m(context_, bytes, path);
  DOLERITE_RETURN_IF_ERROR(DecodeHeader(m, part));
  part->attributes = labels_;
  std::sort(part->attributes.begin(), part->attributes.end());
  // Samples without a sample type have one value, of a type without a name.
  if (part->types.empty() && sample_fields_.size() > 0) part->types.resize(1);
  if (part->types.size() > 1) {
    if (default_index_ >= part->types.size()) {
      return FaultAt(path, "default_sample_type_index", "there is no such sample type");
    }
    if (part->default_type == StringId{}) part->default_type = part->types[default_index_].type;
  }
  return DecodeSamples(path, part);
}

// The fields that decide how samples are read; all others are left to DecodeHeaderField.
// A field that comes twice counts by its last value, as in protobuf; messages of a field that comes
// twice are merged.
absl::Status PartDecoder::DecodeHeader(Message& m, Part* part) {
  const auto& fields = TableOf(context_.layout).profile;
  const ReadLimits& limits = context_.options.limits;
  while (m.Next()) {
    switch (FieldOf(fields, m.number())) {
      case ProfileField::kSampleType: {
        const Path at{&m.path(), "sample_type"};
        if (part->types.empty() || !HasNullEntries(context_.layout)) part->types.emplace_back();
        m.SetStatus(CheckLimit("otlp: sample_types", part->types.size(), limits.sample_types));
        m.SetStatus(DecodeType(m.Bytes("sample_type"), at, &part->types.back()));
        break;
      }
      case ProfileField::kPeriodType: {
        const Path at{&m.path(), "period_type"};
        m.SetStatus(DecodeType(m.Bytes("period_type"), at, &part->period_type));
        break;
      }
      case ProfileField::kSamples:
        CollectSamples(m);
        break;
      case ProfileField::kLocationIndices:
        m.Numbers("location_indices", [&](uint64_t index) {
          locations_.push_back(dictionary_.Location(m, "location_indices", index));
        });
        m.ChargeScratch(2 * sizeof(LocationId) * m.MostNumbers());
        break;
      default:
        DecodeHeaderField(m, part);
    }
  }
  return m.status();
}

// Samples mostly follow each other; such a run is taken in one go. It ends where a sample is over
// the limit or cut off, which then comes here as the present field.
void PartDecoder::CollectSamples(Message& m) {
  const size_t before = sample_fields_.size(), most = m.limits().samples;
  if (before >= most) return m.SetStatus(CheckLimit("otlp: samples", before + 1, most));
  const std::string_view sample = m.Bytes("samples");
  m.SetStatus(context_.Charge(Spans::kBytes));
  if (!m.ok()) return;
  sample_fields_.Push(sample);
  if (m.at() != m.end() && *m.at() == *m.field().begin) {
    m.SkipTo(sample_fields_.PushRun(m.at(), m.end(), most, &context_.memory));
  }
  context_.scratch += (sample_fields_.size() - before) * Spans::kBytes;
}

// The fields that are copied into the part as they are.
void PartDecoder::DecodeHeaderField(Message& m, Part* part) {
  // Times are unsigned in OTLP; those beyond 63 bits have no place in a profile.
  const auto time = [&](const char* name) {
    const uint64_t nanos = m.Fixed(name);
    if (nanos > INT64_MAX) m.Fail(name, "a time beyond 63 bits");
    return static_cast<int64_t>(nanos);
  };
  switch (FieldOf(TableOf(context_.layout).profile, m.number())) {
    case ProfileField::kTime:
      part->time = time("time_unix_nano");
      break;
    case ProfileField::kDuration:
      part->duration = time("duration_nano");
      break;
    case ProfileField::kPeriod:
      part->period = m.Signed("period");
      break;
    case ProfileField::kComments:
      m.Numbers("comment_strindices", [&](uint64_t index) {
        part->comments.push_back(dictionary_.String(m, "comment_strindices", index));
        m.SetStatus(CheckLimit("otlp: comments", part->comments.size(), m.limits().comments));
      });
      break;
    case ProfileField::kDefaultType:
      part->default_type = dictionary_.String(m, "default_sample_type_strindex",
                                              m.Number("default_sample_type_strindex"));
      break;
    case ProfileField::kDefaultIndex:
      default_index_ = m.Number("default_sample_type_index");
      break;
    case ProfileField::kId:
      DecodeId(m, part);
      break;
    case ProfileField::kDropped:
      part->dropped = m.Number("dropped_attributes_count");
      break;
    case ProfileField::kFormat:
      part->format = m.Bytes("original_payload_format");
      break;
    case ProfileField::kPayload:
      part->payload = m.Bytes("original_payload");
      break;
    case ProfileField::kAttributes:
      m.Numbers("attribute_indices",
                [&](uint64_t index) { dictionary_.Attribute(m, index, &labels_); });
      break;
    // Collected before this pass: 1.5 has its tables among these fields.
    case ProfileField::kTable:
      break;
    default:
      m.Unknown();
  }
}

// An id of zeros or without bytes means that the profile has no id.
void PartDecoder::DecodeId(Message& m, Part* part) {
  const std::string_view bytes = m.Bytes("profile_id");
  ProfileId id{};
  if (bytes.size() == id.size()) {
    std::memcpy(id.data(), bytes.data(), id.size());
  } else if (!bytes.empty()) {
    m.Fail("profile_id", Concat(bytes.size(), " bytes instead of 16"));
  }
  part->id.reset();
  if (id != ProfileId{}) part->id = id;
}

// A profile has no place for an aggregation temporality, so it is counted and dropped.
absl::Status PartDecoder::DecodeType(std::string_view bytes, const Path& path, ValueType* type) {
  Message m(context_, bytes, path);
  while (m.Next()) {
    if (m.number() == value_type::kType) {
      type->type = dictionary_.String(m, "type_strindex", m.Number("type_strindex"));
    } else if (m.number() == value_type::kUnit) {
      type->unit = dictionary_.String(m, "unit_strindex", m.Number("unit_strindex"));
    } else if (m.number() == value_type::kTemporality) {
      context_.report.temporalities_dropped += m.Number("aggregation_temporality") != 0;
    } else {
      m.Unknown();
    }
  }
  return m.status();
}

// Phase 2. A sample that is refused (and that the options allow to skip) leaves nothing in the
// arrays.
absl::Status PartDecoder::DecodeSamples(const Path& path, Part* part) {
  // What a sample takes until the message is done, and in the profile.
  const size_t row_bytes = sizeof(Row) + 2 * sizeof(uint32_t) + sizeof(StackId) + sizeof(LinkId);
  DOLERITE_RETURN_IF_ERROR(context_.ChargeScratch(sample_fields_.size() * row_bytes));
  rows_.reserve(sample_fields_.size());
  sample_layout_ = &TableOf(context_.layout).sample;
  for (size_t i = 0; i < sample_fields_.size(); ++i) {
    const Path at{&path, "samples", static_cast<int64_t>(i)};
    Row& row = rows_.emplace_back();
    const size_t values_before = values_.size(), times_before = times_.size();
    absl::Status status = DecodeSample(sample_fields_[i], at, &row);
    const bool aggregate = row.time_count == 0 && row.value_count == part->types.size();
    if (status.ok() && !aggregate) status = FindShape(at, part->types.size(), &row);
    // Charged when it is known how many numbers the sample has, which its own bytes bound. In the
    // profile it has a value for each sample type, even if it came with timestamps alone.
    const size_t values = std::max<size_t>(row.value_count, part->types.size());
    if (status.ok() && !context_.TakeScratch(kNumberBytes * (values + row.time_count))) {
      status = context_.memory.Exceeded("otlp");
    }
    if (status.ok()) continue;
    values_.resize(values_before), times_.resize(times_before);
    rows_.pop_back();
    DOLERITE_RETURN_IF_ERROR(context_.Refuse(status, at));
  }
  // An empty profile is no part of what was sent.
  if (rows_.empty() && sample_fields_.size() > 0) {
    return FaultAt(path, "", "none of its samples is valid");
  }
  return Emit(path, Combine(), part);
}

// The fields of one sample. Values and times go to the ends of the arrays, which the caller cuts if
// the sample is refused.
template <class M>
void PartDecoder::TakeSample(M& m, Row* row) {
  while (m.Next()) {
    switch (FieldOf(*sample_layout_, m.number())) {
      case SampleField::kStack:
        row->stack = dictionary_.Stack(m, "stack_index", m.Number("stack_index"));
        break;
      case SampleField::kStart:
        start_ = m.Number("locations_start_index");
        break;
      case SampleField::kLength:
        length_ = m.Number("locations_length");
        break;
      case SampleField::kValues:
        m.Numbers("values", [&](uint64_t v) { values_.push_back(static_cast<int64_t>(v)); });
        break;
      case SampleField::kAttributes:
        m.Numbers("attribute_indices",
                  [&](uint64_t index) { dictionary_.Attribute(m, index, &labels_); });
        break;
      case SampleField::kLink:
        row->link = dictionary_.Link(m, "link_index", m.Number("link_index"));
        break;
      // Fixed words from 1.8 on, varints before.
      case SampleField::kTimestamps: {
        const auto take = [&](uint64_t t) { times_.push_back(t); };
        HasNullEntries(context_.layout) ? m.FixedNumbers("timestamps_unix_nano", take)
                                        : m.Numbers("timestamps_unix_nano", take);
        break;
      }
      default:
        m.Unknown();
    }
  }
}

// New attribute sets and stacks are charged when the dictionary grows.
absl::Status PartDecoder::DecodeSample(std::string_view bytes, const Path& path, Row* row) {
  const size_t values = values_.size(), times = times_.size();
  const auto begin = [&] {
    labels_.clear();
    start_ = length_ = 0;
  };
  begin();
  DOLERITE_RETURN_IF_ERROR(ReadMessage(
      context_, bytes, path, [&](auto* m) { TakeSample(*m, row); },
      [&] {
        begin();
        values_.resize(values), times_.resize(times);
        row->stack = {}, row->link = {};
      }));
  row->values = static_cast<uint32_t>(values), row->times = static_cast<uint32_t>(times);
  row->value_count = static_cast<uint32_t>(values_.size() - values);
  row->time_count = static_cast<uint32_t>(times_.size() - times);
  // Only a set that is new takes memory. Most samples share one.
  if (!labels_.empty()) {
    const size_t sets = dictionary_.symbols().attribute_sets.size();
    row->labels = dictionary_.AddSet(&labels_);
    if (dictionary_.symbols().attribute_sets.size() > sets) {
      const size_t set_bytes = 32 + 2 * sizeof(AttributeId) * labels_.size();
      DOLERITE_RETURN_IF_ERROR(context_.ChargeScratch(set_bytes));
    }
  }
  return length_ == 0 ? absl::OkStatus() : FindStack(start_, length_, path, row);
}

// Up to 1.7 a stack is a slice of the profile's location indices.
// A run of locations is hashed and compared as a stack, so equal runs are one.
absl::Status PartDecoder::FindStack(uint64_t start, uint64_t length, const Path& path, Row* row) {
  const ReadLimits& limits = context_.options.limits;
  if (start > locations_.size() || length > locations_.size() - start) {
    return FaultAt(path, "locations_length", "goes past the profile's location_indices");
  }
  DOLERITE_RETURN_IF_ERROR(CheckLimit("otlp: stack_depth", length, limits.stack_depth));
  DOLERITE_RETURN_IF_ERROR(
      CheckLimit("otlp: stack_entries", listed_ += length, limits.stack_entries));
  const LocationId* begin = locations_.data() + start;
  const size_t stacks = dictionary_.stacks().size();
  row->stack = dictionary_.AddStack(begin, begin + length);
  const bool is_new = dictionary_.stacks().size() > stacks;
  return context_.ChargeScratch(is_new ? 2 * sizeof(LocationId) * length : 0);
}

// Up to 1.7 senders had to write values. Ones, or their sum, add nothing to the timestamps: such a
// sample is a list of events.
bool PartDecoder::CountsOnes(const Row& row) const {
  if (HasNullEntries(context_.layout)) return false;
  const int64_t* values = values_.data() + row.values;
  if (row.value_count == 1) return values[0] == static_cast<int64_t>(row.time_count);
  return row.value_count == row.time_count &&
         std::all_of(values, values + row.value_count, [](int64_t v) { return v == 1; });
}

// The numbers of values and timestamps decide what the values mean. A Row is an aggregate, one
// value for each type and no timestamps, until this finds another shape.
absl::Status PartDecoder::FindShape(const Path& path, size_t types, Row* row) {
  const size_t values = row->value_count, times = row->time_count;
  if (times > 0 && values == 0) {
    row->shape = SampleShape::kEvents;
  } else if (times > 0 && types == 1 && CountsOnes(*row)) {
    row->shape = SampleShape::kEvents;
  } else if (times > 0 && values == times && types == 1) {
    row->shape = SampleShape::kTimed;
  } else if (times > 0 && values == types) {
    row->shape = SampleShape::kTotal;
  } else {
    return FaultAt(
        path, "values",
        Concat(values, " values for ", types, " sample types and ", times, " timestamps"));
  }
  return absl::OkStatus();
}

// Whether no two samples are of one identity, told without a table where samples are in the order
// of their stacks, as senders mostly write them. False if they are not, or if that would take long.
bool PartDecoder::AllDiffer() const {
  constexpr size_t kMostOfStack = 8;
  const Row* const rows = rows_.data();
  size_t run = 0;  // where the samples of the present stack begin
  for (size_t i = 1; i < rows_.size(); ++i) {
    if (rows[i].stack < rows[i - 1].stack || i - run > kMostOfStack) return false;
    if (rows[i].stack != rows[i - 1].stack) run = i;
    for (size_t k = run; k < i; ++k) {
      if (rows[k].labels == rows[i].labels && rows[k].link == rows[i].link) return false;
    }
  }
  return true;
}

// Phase 3. Chains samples of one identity and shape, and returns the number of chains. A total of
// several timestamps keeps a chain of its own: joined, nobody could say which timestamps it belongs
// to.
// The heads are in the order of the samples, so the result does not depend on the hash.
size_t PartDecoder::Combine() {
  if (AllDiffer()) return rows_.size();
  RowSet heads(1 + rows_.size());
  size_t combined = 0;
  for (uint32_t i = 0; i < rows_.size(); ++i) {
    Row& row = rows_[i];
    row.last = i;
    if (row.shape == SampleShape::kTotal) continue;
    const auto is_same = [&](uint32_t other) {
      const Row& r = rows_[other];
      return r.stack == row.stack && r.labels == row.labels && r.link == row.link &&
             r.shape == row.shape;
    };
    const uint64_t rest = uint64_t{row.link.value} << 8 | static_cast<uint8_t>(row.shape);
    const uint64_t hash = MixHash(seed_ + rest, uint64_t{row.stack.value} << 32 | row.labels.value);
    // `last` of a head is the end of its chain: a sample is added in one step.
    Row& head = rows_[heads.FindOrAdd(hash, is_same, [&] { return i; })];
    if (&head == &row) continue;
    rows_[head.last].next = i;
    head.last = i;
    row.is_head = false;
    ++combined;
  }
  context_.report.samples_combined += combined;
  return rows_.size() - combined;
}

// Phase 4. Links and shapes are columns only if a sample needs them.
// Columns that no sample needs stay empty, as Profile has it.
absl::Status PartDecoder::Emit(const Path& path, size_t heads, Part* part) {
  const bool linked =
      std::any_of(rows_.begin(), rows_.end(), [](const Row& r) { return r.link != LinkId{}; });
  const size_t types = part->types.size();
  Samples& s = part->samples;
  s.stack.reserve(heads), s.attributes.reserve(heads);
  s.values.resize(heads * types);
  int64_t* sums = s.values.data();
  for (uint32_t i = 0; i < rows_.size(); ++i) {
    const Row& row = rows_.data()[i];
    if (!row.is_head) continue;
    s.stack.push_back(row.stack);
    s.attributes.push_back(row.labels);
    if (linked) s.link.push_back(row.link);
    if (!times_.empty()) s.shape.push_back(row.shape);
    if (row.next == UINT32_MAX && times_.empty()) {
      std::copy_n(values_.data() + row.values, types, sums);
    } else if (!EmitRow(i, types, sums, &s)) {
      return FaultAt(path, "samples", "a sum of values leaves 64 bits");
    }
    sums += types;
  }
  return absl::OkStatus();
}

// Adds the values and timestamps of a chain of samples. False if a sum of values overflows.
// `sums` has a place for each sample type. Events count 1 each; timed values are summed; others are
// added to their type.
bool PartDecoder::EmitRow(uint32_t at, size_t types, int64_t* sums, Samples* s) const {
  bool fits = true;
  const auto add = [&](size_t type, int64_t value) {
    fits &= !__builtin_add_overflow(sums[type], value, &sums[type]);
  };
  for (; at != UINT32_MAX; at = rows_[at].next) {
    const Row& row = rows_[at];
    const uint64_t* times = times_.data() + row.times;
    if (row.time_count > 0) {
      s->timestamps.items.insert(s->timestamps.items.end(), times, times + row.time_count);
    }
    const int64_t* values = values_.data() + row.values;
    if (row.shape == SampleShape::kTimed) {
      s->timestamp_values.insert(s->timestamp_values.end(), values, values + row.value_count);
      for (size_t i = 0; i < row.value_count; ++i) add(0, values[i]);
      continue;
    }
    for (size_t t = 0; t < types; ++t) {
      add(t, row.shape == SampleShape::kEvents ? int64_t{row.time_count} : values[t]);
    }
  }
  if (!times_.empty()) s->timestamps.Close();
  return fits;
}

}  // namespace dolerite::otlp
