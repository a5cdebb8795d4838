// Writes profiles as one ProfilesData of the current layout: a dictionary that all share, one
// ScopeProfiles for each profile, one Profile for each of its sample types. For each profile:
//
//   Start            its tables become entries of the dictionary
//   SplitAttributes  its attributes are dealt out to resource, scope and profile, by their keys
//   EncodeProfile    one Profile for each sample type, with all samples and one value each
//   Add              profiles that follow each other and have equal resources share one
//
// The dictionary is written last, as every profile may add to it.
#include <algorithm>

#include "base/out_of_memory.h"
#include "base/status.h"
#include "dolerite/otlp.h"
#include "formats/otlp/dictionary_writer.h"
#include "formats/otlp/wire.h"
#include "formats/wire/proto_reader.h"

namespace dolerite {

namespace otlp {

namespace {

bool StartsWith(std::string_view text, std::string_view start) {
  return text.substr(0, start.size()) == start;
}

// Not thread-safe. A profile must live until its Add has returned.
class Writer {
 public:
  explicit Writer(const OtlpWriteOptions& options) : options_(options) {}

  void Add(const SeriesProfile& profile);
  std::string Finish();
  uint64_t dropped() const { return dropped_ + tables_.dropped(); }

 private:
  // `key` is cleaned here, `value` is encoded.
  void AddKeyValue(pbf_writer* w, uint32_t number, std::string_view key, const std::string& value);
  void PutClean(pbf_writer* w, uint32_t number, std::string_view text) {
    PutText(w, number, tables_.texts().Of(text));
  }
  std::string CleanValue(std::string_view text) { return TextValue(tables_.texts().Of(text)); }
  void AddEntity(std::string_view encoded, pbf_writer* resource);
  void SplitAttributes(const LabelSet& series);
  void SplitAttribute(size_t label, pbf_writer* resource, pbf_writer* scope);
  void WriteSeries(const LabelSet& series, pbf_writer* resource);
  void ProfileFields(std::vector<uint32_t>* attributes);
  void WriteScopeBridge(pbf_writer* scope);
  std::string EncodeProfile(size_t type, const std::vector<uint32_t>& attributes);
  std::string EncodeSample(size_t row, size_t type, size_t timed);
  uint64_t Time(int64_t nanos);
  void CloseResource();

  const OtlpWriteOptions& options_;
  DictionaryWriter tables_;
  std::string out_;
  // The resource that profiles are added to.
  std::string resource_, resource_schema_, scopes_;
  // Of the present profile.
  const Profile* p_ = nullptr;
  std::string own_resource_, own_resource_schema_, own_scope_, own_scope_schema_;
  std::vector<uint32_t> own_attributes_;
  uint64_t dropped_ = 0;
};

// Keys and texts of resources and scopes are written as text: they come before the dictionary.
void Writer::AddKeyValue(pbf_writer* w, uint32_t number, std::string_view key,
                         const std::string& value) {
  std::string entry;
  pbf_writer out(entry);
  PutClean(&out, key_value::kKey, key);
  out.add_message(key_value::kValue, value);
  w->add_message(number, entry);
}

// Texts alone: schema URL, type, names of keys. What is not a reference would break the message.
// An entity reference is kept as its encoded bytes. It is read field by field and written again, so
// that bytes that are not a message never get into one.
void Writer::AddEntity(std::string_view encoded, pbf_writer* resource) {
  constexpr uint32_t kLastField = 4;
  std::string entity;
  pbf_writer out(entity);
  ProtoReader reader(encoded);
  for (WireField f; reader.Next(&f);) {
    if (f.number > kLastField || f.type != WireType::kBytes) continue;
    const std::string_view text = tables_.texts().Of(f.bytes);
    out.add_bytes(f.number, text.data(), text.size());
  }
  if (reader.fault() == nullptr && !entity.empty()) {
    resource->add_message(resource::kEntityRefs, entity);
  } else {
    ++dropped_;
  }
}

// Deals the profile's attributes out to resource, scope and profile.
// Attributes with a prefix go to the resource or the scope, others to the profile; then come fields
// that only pprof has.
void Writer::SplitAttributes(const LabelSet& series) {
  own_resource_.clear(), own_resource_schema_.clear(), own_scope_.clear(),
      own_scope_schema_.clear();
  pbf_writer resource(own_resource_), scope(own_scope_);
  WriteSeries(series, &resource);
  const auto& sets = p_->symbols.attribute_sets;
  const size_t set = p_->attributes.value;
  for (const AttributeId* l = sets.begin(set); l != sets.end(set); ++l) {
    SplitAttribute(l->value, &resource, &scope);
  }
  own_attributes_ = tables_.AttributesOf(p_->attributes);
  ProfileFields(&own_attributes_);
  WriteScopeBridge(&scope);
}

// By the prefixes that ReadOtlp gives; other keys are attributes of the profile itself.
// A key of our prefix that is not known here cannot be placed and is dropped.
void Writer::SplitAttribute(size_t label, pbf_writer* resource, pbf_writer* scope) {
  const Symbols& s = p_->symbols;
  const std::string_view key = s.strings[s.attributes.key[label]];
  const bool is_text = s.attributes.value_is_string(label);
  const uint64_t number = is_text ? 0 : s.attributes.value[label];
  const std::string_view text =
      is_text ? s.strings[StringId{static_cast<uint32_t>(s.attributes.value[label])}]
              : std::string_view();
  if (StartsWith(key, key::kResource)) {
    AddKeyValue(resource, resource::kAttributes, key.substr(key::kResource.size()),
                tables_.EncodeValue(label));
  } else if (StartsWith(key, key::kScope)) {
    AddKeyValue(scope, scope::kAttributes, key.substr(key::kScope.size()),
                tables_.EncodeValue(label));
  } else if (key == key::kResourceSchema) {
    own_resource_schema_ = tables_.texts().Of(text);
  } else if (key == key::kScopeSchema) {
    own_scope_schema_ = tables_.texts().Of(text);
  } else if (key == key::kScopeName) {
    PutClean(scope, scope::kName, text);
  } else if (key == key::kScopeVersion) {
    PutClean(scope, scope::kVersion, text);
  } else if (key == key::kResourceDropped) {
    Put(resource, resource::kDropped, number);
  } else if (key == key::kScopeDropped) {
    Put(scope, scope::kDropped, number);
  } else if (key == key::kEntity) {
    AddEntity(text, resource);
  } else if (StartsWith(key, key::kOurs)) {
    ++dropped_;
  }
}

// Labels by the names that attributes have; those whose attribute was kept are not said twice.
// The reader made labels from these attributes; writing them back under the attribute's name gives
// the same series again.
void Writer::WriteSeries(const LabelSet& series, pbf_writer* resource) {
  const auto& sets = p_->symbols.attribute_sets;
  const size_t set = p_->attributes.value;
  for (const auto& [name, text] : series.pairs()) {
    std::string key(name);
    for (const std::string& attribute : options_.series_attributes) {
      std::string label = attribute;
      std::replace(label.begin(), label.end(), '.', '_');
      if (label == name) key = attribute;
    }
    // An attribute that is no string, or whose text was cut, was kept beside its label.
    const std::string kept = Concat(key::kResource, key);
    const bool is_kept = std::any_of(sets.begin(set), sets.end(set), [&](AttributeId l) {
      return p_->symbols.strings[p_->symbols.attributes.key[l.value]] == kept;
    });
    if (!is_kept) AddKeyValue(resource, resource::kAttributes, key, CleanValue(text));
  }
}

// What pprof has fields for and OTLP attributes.
// They become attributes with the names that ReadOtlp takes back.
void Writer::ProfileFields(std::vector<uint32_t>* attributes) {
  const StringTable& strings = p_->symbols.strings;
  const std::pair<std::string_view, StringId> texts[] = {{key::kDropFrames, p_->drop_frames},
                                                         {key::kKeepFrames, p_->keep_frames},
                                                         {key::kDocUrl, p_->doc_url}};
  for (const auto& [key, id] : texts) {
    if (!strings[id].empty())
      attributes->push_back(tables_.Attribute(key, CleanValue(strings[id])));
  }
  if (!p_->comments.empty()) {
    std::vector<std::string> comments;
    for (StringId comment : p_->comments) comments.push_back(CleanValue(strings[comment]));
    attributes->push_back(tables_.Attribute(key::kComment, ArrayValue(comments)));
  }
  if (!p_->unknown_fields.empty()) {
    std::string value;
    pbf_writer(value).add_bytes(any::kBytes, p_->unknown_fields);
    attributes->push_back(tables_.Attribute(key::kUnknownFields, value));
  }
}

// Two attributes by which a reader joins the sample types again: see pprof.scope.* in the header.
void Writer::WriteScopeBridge(pbf_writer* scope) {
  const std::string_view wanted = p_->symbols.strings[p_->default_sample_type];
  if (!wanted.empty()) {
    AddKeyValue(scope, scope::kAttributes, key::kDefaultType, CleanValue(wanted));
  }
  if (p_->sample_types.size() < 2) return;
  std::vector<std::string> order(p_->sample_types.size());
  for (size_t i = 0; i < order.size(); ++i) {
    pbf_writer(order[i]).add_int64(any::kInt, static_cast<int64_t>(i));
  }
  AddKeyValue(scope, scope::kAttributes, key::kTypeOrder, ArrayValue(order));
}

// OTLP knows no time before the epoch.
uint64_t Writer::Time(int64_t nanos) {
  dropped_ += nanos < 0;
  return nanos < 0 ? 0 : static_cast<uint64_t>(nanos);
}

// All sample types repeat the samples' stacks, attributes and links, as a reader joins types by
// them. The dictionary makes that cheap.
std::string Writer::EncodeProfile(size_t type, const std::vector<uint32_t>& attributes) {
  std::string bytes;
  pbf_writer w(bytes);
  if (type < p_->sample_types.size()) {
    w.add_message(profile::kSampleType, tables_.EncodeType(p_->sample_types[type]));
    size_t timed = 0;
    const Samples& s = p_->samples;
    for (size_t i = 0; i < s.size(); ++i) {
      w.add_message(profile::kSamples, EncodeSample(i, type, timed));
      if (!s.shape.empty() && s.shape[i] == SampleShape::kTimed) timed += s.timestamps.length(i);
    }
  }
  if (const uint64_t time = Time(p_->time_nanos)) w.add_fixed64(profile::kTime, time);
  Put(&w, profile::kDuration, Time(p_->duration_nanos));
  const std::string period_type = tables_.EncodeType(p_->period_type);
  if (!period_type.empty()) w.add_message(profile::kPeriodType, period_type);
  Put(&w, profile::kPeriod, static_cast<uint64_t>(p_->period));
  // Once for all sample types.
  if (type == 0 && p_->id.has_value()) {
    w.add_bytes(profile::kId, reinterpret_cast<const char*>(p_->id->data()), p_->id->size());
  }
  Put(&w, profile::kDropped, p_->dropped_attributes);
  if (type == 0) {
    PutClean(&w, profile::kFormat, p_->symbols.strings[p_->payload_format]);
    PutText(&w, profile::kPayload, p_->payload);
  }
  PutAll(&w, profile::kAttributes, attributes);
  return bytes;
}

// Timestamps go with the first sample type. `timed` values of timestamps came before.
std::string Writer::EncodeSample(size_t row, size_t type, size_t timed) {
  const Samples& s = p_->samples;
  const int64_t value = s.values[row * p_->sample_types.size() + type];
  // A sample without its own values is a list of events; a total has one value for all of its
  // timestamps.
  const bool has_times = !s.shape.empty() && s.shape[row] != SampleShape::kAggregate &&
                         s.timestamps.length(row) > 0 && type == 0;
  std::string bytes;
  pbf_writer w(bytes);
  Put(&w, sample::kStack, tables_.Stack(s.stack[row]));
  PutAll(&w, sample::kAttributes, tables_.AttributesOf(s.attributes[row]));
  if (!s.link.empty()) Put(&w, sample::kLink, tables_.Link(s.link[row]));
  if (has_times && s.shape[row] == SampleShape::kTimed) {
    const int64_t* values = s.timestamp_values.data() + timed;
    w.add_packed_int64(sample::kValues, values, values + s.timestamps.length(row));
  } else if (!has_times || s.shape[row] == SampleShape::kTotal ||
             value != static_cast<int64_t>(s.timestamps.length(row))) {
    w.add_packed_int64(sample::kValues, &value, &value + 1);
  }
  if (has_times) {
    w.add_packed_fixed64(sample::kTimestamps, s.timestamps.begin(row), s.timestamps.end(row));
  }
  return bytes;
}

// Neighbours of one resource share it.
// Equal bytes of the resource are the test for one resource: encoding is deterministic.
void Writer::Add(const SeriesProfile& profile) {
  p_ = &profile.profile;
  tables_.Start(*p_);
  SplitAttributes(profile.series);
  if (resource_ != own_resource_ || resource_schema_ != own_resource_schema_) {
    CloseResource();
    resource_ = own_resource_, resource_schema_ = own_resource_schema_;
  }
  std::string scope;
  pbf_writer w(scope);
  if (!own_scope_.empty()) w.add_message(scope_profiles::kScope, own_scope_);
  // A profile without sample types is one Profile without samples.
  const size_t parts = std::max<size_t>(1, p_->sample_types.size());
  for (size_t type = 0; type < parts; ++type) {
    w.add_message(scope_profiles::kProfiles, EncodeProfile(type, own_attributes_));
  }
  PutText(&w, scope_profiles::kSchemaUrl, own_scope_schema_);
  pbf_writer(scopes_).add_message(resource_profiles::kScopeProfiles, scope);
}

// Writes the resource with the scopes that were collected for it.
// Scopes were encoded with their tags, so they are appended as they are.
void Writer::CloseResource() {
  if (scopes_.empty()) return;
  std::string bytes;
  pbf_writer w(bytes);
  if (!resource_.empty()) w.add_message(resource_profiles::kResource, resource_);
  bytes += scopes_;
  PutText(&w, resource_profiles::kSchemaUrl, resource_schema_);
  pbf_writer(out_).add_message(data::kResourceProfiles, bytes);
  scopes_.clear();
}

std::string Writer::Finish() {
  CloseResource();
  std::string tables;
  tables_.Write(&tables);
  pbf_writer(out_).add_message(data::kDictionary, tables);
  return std::move(out_);
}

}  // namespace

}  // namespace otlp

// Each profile is validated first, so that ids may be followed without checks.
absl::StatusOr<std::string> WriteOtlp(std::span<const SeriesProfile> profiles,
                                      const OtlpWriteOptions& options, uint64_t* dropped) {
  return WithinMemory([&]() -> absl::StatusOr<std::string> {
    otlp::Writer writer(options);
    for (const SeriesProfile& profile : profiles) {
      DOLERITE_RETURN_IF_ERROR(profile.profile.Validate());
      writer.Add(profile);
    }
    std::string bytes = writer.Finish();
    if (dropped != nullptr) *dropped = writer.dropped();
    return bytes;
  });
}

}  // namespace dolerite
