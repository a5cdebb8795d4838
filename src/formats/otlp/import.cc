// The header, then attributes, then samples. Ids of the part are rows of the dictionary and stay
// so.
#include "formats/otlp/import.h"

#include <algorithm>

namespace dolerite::otlp {

absl::Status Importer::Import(Part&& part, const std::vector<AttributeId>& further,
                              Profile* profile) {
  to_ = profile;
  status_ = absl::OkStatus();
  Charge(sizeof(Profile) + 1024);  // with its null rows
  Header(part);
  Attributes(part, further);
  TakeSamples(std::move(part.samples));
  return status_;
}

// The payload is charged before it is copied.
void Importer::Header(const Part& part) {
  to_->sample_types = part.types;
  to_->default_sample_type = part.default_type;
  to_->period_type = part.period_type;
  to_->period = part.period;
  to_->time_nanos = part.time;
  to_->duration_nanos = part.duration;
  to_->comments = part.comments;
  to_->id = part.id;
  to_->dropped_attributes = part.dropped;
  Charge(part.payload.size() + part.format.size());
  if (!status_.ok()) return;
  to_->payload = part.payload;
  to_->payload_format = dictionary_.AddText(part.format);
}

// Row 0 is the empty set, so a profile without attributes adds nothing.
void Importer::Attributes(const Part& part, const std::vector<AttributeId>& further) {
  // Attributes of the profile, its resource and its scope make one set.
  std::vector<AttributeId> labels;
  for (const std::vector<AttributeId>* list : {&part.attributes, &further}) {
    for (AttributeId label : *list) {
      if (!TakeAttribute(label)) labels.push_back(label);
    }
  }
  if (labels.empty()) return;
  std::sort(labels.begin(), labels.end());
  labels.erase(std::unique(labels.begin(), labels.end()), labels.end());
  Charge(32 + 2 * sizeof(AttributeId) * labels.size());
  if (status_.ok()) to_->attributes = dictionary_.AddSet(&labels);
}

// Takes an attribute that is a field of pprof: it becomes the field. True if it did.
bool Importer::TakeAttribute(AttributeId id) {
  const Symbols& from = dictionary_.symbols();
  const std::string_view key = from.strings[from.attributes.key[id.value]];
  const AttributeKind kind = from.attributes.kind[id.value];
  const StringId value{static_cast<uint32_t>(from.attributes.value[id.value])};
  if (kind == AttributeKind::kStructured) return key == key::kComment && TakeComments(value);
  if (kind == AttributeKind::kBytes && key == key::kUnknownFields) {
    Charge(from.strings[value].size());
    if (status_.ok()) to_->unknown_fields = from.strings[value];
    return true;
  }
  if (kind != AttributeKind::kString) return false;
  StringId* field = key == key::kDropFrames   ? &to_->drop_frames
                    : key == key::kKeepFrames ? &to_->keep_frames
                    : key == key::kDocUrl     ? &to_->doc_url
                                              : nullptr;
  if (field == nullptr || *field != StringId{} || from.strings[value].empty()) return false;
  *field = value;
  return true;
}

// Takes an array of strings. False for any other value, which then stays an attribute.
bool Importer::TakeComments(StringId encoded) {
  std::vector<std::string> texts;  // copies: adding one moves the table
  ProtoReader value(dictionary_.symbols().strings[encoded]);
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
    if (status_.ok()) to_->comments.push_back(dictionary_.AddText(text));
  }
  return true;
}

void Importer::TakeSamples(Samples&& s) {
  Charge(s.size() * 16 + (s.values.size() + s.timestamps.items.size()) * 8 +
         s.timestamp_values.size() * 8);
  if (status_.ok()) to_->samples = std::move(s);
}

}  // namespace dolerite::otlp
