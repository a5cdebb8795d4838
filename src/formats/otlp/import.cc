// The header, then attributes, then samples with all that they reach, then mappings, whose order is
// that of the dictionary. The only part of a message takes the dictionary's tables instead.
#include "formats/otlp/import.h"

#include <algorithm>

namespace dolerite::otlp {

// `part` is consumed. The copier starts anew for each profile, so a row is copied for a profile
// only if this profile reaches it.
absl::Status Importer::Import(Part&& part, const std::vector<AttributeId>& further, bool whole,
                              Profile* profile) {
  to_ = profile;
  whole_ = whole;
  from_ = &dictionary_.symbols();
  copier_.Start(*from_, profile);
  status_ = absl::OkStatus();
  Charge(sizeof(Profile) + 1024);  // with its null rows
  if (whole) TakeTables();
  Header(part);
  Attributes(part, further);
  TakeSamples(std::move(part.samples));
  if (!whole) TakeMappings();
  return status_;
}

void Importer::TakeTables() {
  context_.ReturnScratch();  // the tables change hands
  Charge(dictionary_.bytes());
  if (!status_.ok()) return;
  dictionary_.MoveTo(to_);
  from_ = &to_->symbols;
}

// Strings of the header are copied like all others. The payload is charged before it is copied.
void Importer::Header(const Part& part) {
  for (const ValueType& type : part.types) to_->sample_types.push_back(Type(type));
  to_->default_sample_type = String(part.default_type);
  to_->period_type = Type(part.period_type);
  to_->period = part.period;
  to_->time_nanos = part.time;
  to_->duration_nanos = part.duration;
  for (StringId comment : part.comments) to_->comments.push_back(String(comment));
  to_->id = part.id;
  to_->dropped_attributes = part.dropped;
  Charge(part.payload.size() + part.format.size());
  if (!status_.ok()) return;
  to_->payload = part.payload;
  if (!part.format.empty()) to_->payload_format = to_->symbols.strings.Add(part.format);
}

// Row 0 is the empty set, so a profile without attributes adds nothing.
void Importer::Attributes(const Part& part, const std::vector<AttributeId>& further) {
  // Attributes of the profile, its resource and its scope make one set.
  std::vector<AttributeId> labels;
  for (const std::vector<AttributeId>* list : {&part.attributes, &further}) {
    for (AttributeId label : *list) {
      if (!TakeAttribute(label)) labels.push_back(whole_ ? label : copier_.Attribute(label));
    }
  }
  if (labels.empty()) return;
  std::sort(labels.begin(), labels.end());
  labels.erase(std::unique(labels.begin(), labels.end()), labels.end());
  auto& sets = to_->symbols.attribute_sets;
  sets.items.insert(sets.items.end(), labels.begin(), labels.end());
  sets.Close();
  to_->attributes = {static_cast<uint32_t>(sets.size() - 1)};
}

// Takes an attribute that is a field of pprof: it becomes the field. True if it did.
bool Importer::TakeAttribute(AttributeId id) {
  const std::string_view key = from_->strings[from_->attributes.key[id.value]];
  const AttributeKind kind = from_->attributes.kind[id.value];
  const StringId value{static_cast<uint32_t>(from_->attributes.value[id.value])};
  if (kind == AttributeKind::kStructured) return key == key::kComment && TakeComments(value);
  if (kind == AttributeKind::kBytes && key == key::kUnknownFields) {
    Charge(from_->strings[value].size());
    if (status_.ok()) to_->unknown_fields = from_->strings[value];
    return true;
  }
  if (kind != AttributeKind::kString) return false;
  StringId* field = key == key::kDropFrames   ? &to_->drop_frames
                    : key == key::kKeepFrames ? &to_->keep_frames
                    : key == key::kDocUrl     ? &to_->doc_url
                                              : nullptr;
  if (field == nullptr || *field != StringId{} || from_->strings[value].empty()) return false;
  *field = String(value);
  return true;
}

// Takes an array of strings. False for any other value, which then stays an attribute.
bool Importer::TakeComments(StringId encoded) {
  std::vector<std::string> texts;  // copies: adding one moves the table
  ProtoReader value(from_->strings[encoded]);
  for (WireField array; value.Next(&array);) {
    if (array.number != any::kArray) return false;
    ProtoReader items(array.bytes);
    for (WireField item; items.Next(&item);) {
      ProtoReader text(item.bytes);
      WireField field;
      if (!text.Next(&field) || field.number != any::kString) return false;
      texts.emplace_back(field.bytes);
    }
  }
  if (texts.empty() || !to_->comments.empty()) return false;
  if (texts.size() > context_.options.limits.comments) return false;
  for (const std::string& text : texts) {
    Charge(text.size() + 16);
    if (status_.ok()) to_->comments.push_back(to_->symbols.strings.Add(text));
  }
  return true;
}

// Columns move as they are; only their ids are replaced, and only if the tables are not taken as a
// whole.
void Importer::TakeSamples(Samples&& s) {
  Charge(s.size() * 16 + (s.values.size() + s.timestamps.items.size()) * 8 +
         s.timestamp_values.size() * 8);
  if (!status_.ok()) return;
  to_->samples = std::move(s);
  if (whole_) return;
  // Ids of the dictionary become ids of the profile; what they reach is copied at the first use.
  for (StackId& stack : to_->samples.stack) stack = copier_.Stack(dictionary_.stacks(), stack);
  for (AttributeSetId& set : to_->samples.attributes) set = copier_.AttributeSet(set);
  for (LinkId& link : to_->samples.link) link = copier_.Link(dictionary_.links(), link);
}

// The first mapping of a profile is the main one: only the dictionary's order tells which it is.
void Importer::TakeMappings() {
  copier_.OrderMappings();
  mapping_is_used_.resize(from_->mappings.size());
  for (MappingId mapping : copier_.mappings()) mapping_is_used_[mapping.value] = 1;
}

// Mappings that no profile has used are lost, so they are counted.
size_t Importer::CountUnusedMappings() const {
  const size_t used =
      static_cast<size_t>(std::count(mapping_is_used_.begin(), mapping_is_used_.end(), 1));
  const size_t null_row = 1;
  return dictionary_.symbols().mappings.size() - null_row - used;
}

}  // namespace dolerite::otlp
