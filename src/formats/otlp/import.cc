#include "formats/otlp/import.h"

#include <algorithm>

namespace dolerite::otlp {

absl::Status Importer::Import(Part&& part, const std::vector<AttributeId>& further, bool whole,
                              Profile* profile) {
  to_ = profile;
  whole_ = whole;
  from_ = &dictionary_.symbols();
  ++epoch_;
  used_mappings_.clear();
  status_ = absl::OkStatus();
  Charge(sizeof(Profile) + 1024);  // with its null rows
  if (whole) TakeTables();
  Header(part);
  Attributes(part, further);
  TakeSamples(std::move(part.samples));
  if (!whole) Mappings();
  return status_;
}

void Importer::TakeTables() {
  Charge(dictionary_.bytes());
  if (!status_.ok()) return;
  dictionary_.MoveTo(to_);
  from_ = &to_->symbols;
}

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

void Importer::Attributes(const Part& part, const std::vector<AttributeId>& further) {
  std::vector<AttributeId> labels;
  for (const std::vector<AttributeId>* list : {&part.attributes, &further}) {
    for (AttributeId label : *list) {
      if (!TakeAttribute(label)) labels.push_back(Label(label));
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

// Whether the attribute is a field of pprof, which it then becomes.
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

// False, and nothing done, unless it is an array of strings.
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

StringId Importer::String(StringId id) {
  if (IsSame(id)) return id;
  uint32_t& row = strings_.At(id.value, epoch_);
  if (row == UINT32_MAX) {
    const std::string_view text = from_->strings[id];
    Charge(text.size() + 8);
    if (!status_.ok()) return {};
    row = to_->symbols.strings.Add(text).value;
  }
  return {row};
}

AttributeId Importer::Label(AttributeId id) {
  if (whole_) return id;
  uint32_t& row = labels_.At(id.value, epoch_);
  if (row == UINT32_MAX) {
    const dolerite::Attributes& l = from_->attributes;
    uint64_t value = l.value[id.value];
    if (l.value_is_string(id.value)) value = String(StringId{static_cast<uint32_t>(value)}).value;
    Charge(24);
    row = to_->symbols
              .AddAttribute(String(l.key[id.value]), l.kind[id.value], value,
                            String(l.unit[id.value]))
              .value;
  }
  return {row};
}

AttributeSetId Importer::LabelSet(AttributeSetId id) {
  if (IsSame(id)) return id;
  uint32_t& row = label_sets_.At(id.value, epoch_);
  if (row == UINT32_MAX) {
    auto& sets = to_->symbols.attribute_sets;
    std::vector<AttributeId> labels;
    for (const AttributeId* l = from_->attribute_sets.begin(id.value);
         l != from_->attribute_sets.end(id.value); ++l) {
      labels.push_back(Label(*l));
    }
    Charge(8 + 4 * labels.size());
    std::sort(labels.begin(), labels.end());
    sets.items.insert(sets.items.end(), labels.begin(), labels.end());
    sets.Close();
    row = static_cast<uint32_t>(sets.size() - 1);
  }
  return {row};
}

FunctionId Importer::Function(FunctionId id) {
  if (IsSame(id)) return id;
  uint32_t& row = functions_.At(id.value, epoch_);
  if (row == UINT32_MAX) {
    Charge(24);
    const Functions& f = from_->functions;
    const StringId name = String(f.name[id.value]), system_name = String(f.system_name[id.value]),
                   file = String(f.file[id.value]);
    row = to_->symbols.AddFunction(name, system_name, file, f.start_line[id.value]).value;
  }
  return {row};
}

// The mapping is that of the dictionary until all are known.
LocationId Importer::Location(LocationId id) {
  uint32_t& row = locations_.At(id.value, epoch_);
  if (row == UINT32_MAX) {
    const Locations& l = from_->locations;
    Charge(32 + sizeof(Line) * l.lines.length(id.value));
    if (!status_.ok()) return {};
    for (const Line* line = l.lines.begin(id.value); line != l.lines.end(id.value); ++line) {
      to_->symbols.locations.lines.items.push_back(
          {Function(line->function), line->line, line->column});
    }
    NoteMapping(l.mapping[id.value]);
    const AttributeSetId attributes = LabelSet(l.attributes[id.value]);
    row = to_->symbols
              .AddLocation(l.mapping[id.value], l.address[id.value], l.folded[id.value] != 0,
                           attributes)
              .value;
  }
  return {row};
}

StackId Importer::Stack(StackId id) {
  if (IsSame(id)) return id;
  uint32_t& row = stacks_.At(id.value, epoch_);
  if (row == UINT32_MAX) {
    const auto& stacks = dictionary_.stacks();
    Charge(8 + 4 * stacks.length(id.value));
    if (!status_.ok()) return {};
    for (const LocationId* l = stacks.begin(id.value); l != stacks.end(id.value); ++l) {
      to_->stacks.items.push_back(Location(*l));
    }
    to_->stacks.Close();
    row = static_cast<uint32_t>(to_->stacks.size() - 1);
  }
  return {row};
}

LinkId Importer::Link(LinkId id) {
  if (IsSame(id)) return id;
  uint32_t& row = links_.At(id.value, epoch_);
  if (row == UINT32_MAX) {
    Charge(24);
    row = static_cast<uint32_t>(to_->links.size());
    to_->links.trace_id.push_back(dictionary_.links().trace_id[id.value]);
    to_->links.span_id.push_back(dictionary_.links().span_id[id.value]);
  }
  return {row};
}

void Importer::TakeSamples(Samples&& s) {
  Charge(s.size() * 16 + (s.values.size() + s.timestamps.items.size()) * 8 +
         s.timestamp_values.size() * 8);
  if (!status_.ok()) return;
  to_->samples = std::move(s);
  if (whole_) return;
  for (StackId& stack : to_->samples.stack) stack = Stack(stack);
  for (AttributeSetId& set : to_->samples.attributes) set = LabelSet(set);
  for (LinkId& link : to_->samples.link) link = Link(link);
}

void Importer::NoteMapping(MappingId id) {
  uint32_t& row = mappings_.At(id.value, epoch_);
  if (id == MappingId{} || row != UINT32_MAX) return;
  row = 0;
  used_mappings_.push_back(id.value);
}

// In the order of the dictionary, which is all that tells the main one.
void Importer::Mappings() {
  const dolerite::Mappings& m = from_->mappings;
  mapping_is_used_.resize(m.size());
  std::sort(used_mappings_.begin(), used_mappings_.end());
  for (uint32_t at : used_mappings_) {
    Charge(64);
    if (!status_.ok()) return;
    const StringId file = String(m.file[at]), build_id = String(m.build_id[at]);
    const AttributeSetId attributes = LabelSet(m.attributes[at]);
    mapping_is_used_[at] = 1;
    mappings_.At(at, epoch_) = to_->symbols
                                   .AddMapping(m.start[at], m.limit[at], m.offset[at], file,
                                               build_id, m.flags[at], attributes)
                                   .value;
  }
  for (MappingId& mapping : to_->symbols.locations.mapping) {
    if (mapping != MappingId{}) mapping.value = mappings_.At(mapping.value, epoch_);
  }
}

size_t Importer::CountUnusedMappings() const {
  const size_t used =
      static_cast<size_t>(std::count(mapping_is_used_.begin(), mapping_is_used_.end(), 1));
  const size_t null_row = 1;
  return dictionary_.symbols().mappings.size() - null_row - used;
}

}  // namespace dolerite::otlp
