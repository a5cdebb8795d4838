// The dictionary of a message, filled by one profile after the other. A row of a profile becomes an
// encoded entry with the message's indices in it; equal entries of all profiles share one index. As
// entries refer to others by index, Start goes through the tables in the order in which they refer
// to each other.
#include "formats/otlp/dictionary_writer.h"

#include <algorithm>

#include "base/utf8.h"
#include "formats/otlp/values.h"
#include "formats/otlp/wire.h"

namespace dolerite::otlp {

std::string TextValue(std::string_view text) {
  std::string value;
  pbf_writer(value).add_bytes(any::kString, text.data(), text.size());
  return value;
}

std::string ArrayValue(const std::vector<std::string>& values) {
  std::string items, value;
  pbf_writer array(items);
  for (const std::string& item : values) array.add_message(any::kItems, item);
  pbf_writer(value).add_message(any::kArray, items);
  return value;
}

// protobuf strings must be UTF-8. A text that is not is counted once, however often it is used.
std::string_view CleanTexts::Of(std::string_view text) {
  if (IsUtf8(text)) return text;
  if (replaced_.find(text) == replaced_.end()) replaced_.emplace(text);
  clean_ = ToUtf8(text);
  return clean_;
}

// Written at first use, as the profile may have strings that only resource or scope need.
uint32_t DictionaryWriter::String(StringId id) {
  uint32_t& row = string_of_[id.value];
  if (row == UINT32_MAX) row = strings_.Of(texts_.Of(p_->symbols.strings[id]));
  return row;
}

// The known fields of a structured value, with clean texts. False if it is not a valid one.
// Structured values come from outside too: bytes that are not a valid AnyValue would break the
// message.
bool DictionaryWriter::CleanStructured(std::string_view bytes, std::string* value) {
  const ReadLimits limits;
  uint64_t unknown = 0;
  const MessageScope scope{"otlp", limits, unknown};
  const RewriteRules rules{scope, {}, {}, [&](std::string_view text) { return texts_.Of(text); }};
  Value parsed;
  if (!DecodeValue(rules, bytes, {}, &parsed).ok()) return false;
  *value = std::move(parsed.bytes);
  return parsed.kind == AttributeKind::kStructured;
}

// A structured value that is not valid goes as bytes.
std::string DictionaryWriter::EncodeValue(size_t label) {
  const Attributes& l = p_->symbols.attributes;
  std::string value;
  pbf_writer w(value);
  const std::string_view bytes =
      l.value_is_string(label)
          ? p_->symbols.strings[StringId{static_cast<uint32_t>(l.value[label])}]
          : std::string_view();
  switch (l.kind[label]) {
    case AttributeKind::kString:
      return TextValue(texts_.Of(bytes));
    case AttributeKind::kInteger:
      w.add_int64(any::kInt, static_cast<int64_t>(l.value[label]));
      break;
    case AttributeKind::kBoolean:
      w.add_bool(any::kBool, l.value[label] != 0);
      break;
    case AttributeKind::kDouble:
      w.add_fixed64(any::kDouble, l.value[label]);
      break;
    case AttributeKind::kStructured:
      if (CleanStructured(bytes, &value)) return value;
      value.clear();
      ++dropped_;
      [[fallthrough]];
    case AttributeKind::kBytes:
      w.add_bytes(any::kBytes, bytes.data(), bytes.size());
      break;
    case AttributeKind::kEmpty:
      break;
  }
  return value;
}

// For attributes that the profile does not have as rows.
uint32_t DictionaryWriter::Attribute(std::string_view key, const std::string& value) {
  std::string entry;
  pbf_writer w(entry);
  Put(&w, attribute::kKeyIndex, strings_.Of(key));
  w.add_message(attribute::kValue, value);
  return attributes_.Of(entry);
}

// The vectors map rows of this profile to indices of the message.
// Strings are filled when they are used; all other tables row by row, so indices are ascending in
// each.
void DictionaryWriter::Start(const Profile& profile) {
  p_ = &profile;
  const Symbols& s = p_->symbols;
  string_of_.assign(s.strings.size(), UINT32_MAX);
  labels_.clear(), mapping_of_.clear(), function_of_.clear(), location_of_.clear();
  stack_of_.clear(), link_of_.clear();
  FillLabels();
  for (size_t i = 0; i < s.mappings.size(); ++i) FillMapping(i);
  for (size_t i = 0; i < s.functions.size(); ++i) FillFunction(i);
  for (size_t i = 0; i < s.locations.size(); ++i) FillLocation(i);
  for (size_t i = 0; i < p_->stacks.size(); ++i) FillStack(i);
  for (size_t i = 0; i < p_->links.size(); ++i) FillLink(i);
}

// Attributes of the profile. Those with our prefix belong to resource and scope, which do not go
// through the dictionary; they get index 0, which means none.
void DictionaryWriter::FillLabels() {
  const Symbols& s = p_->symbols;
  for (size_t i = 0; i < s.attributes.size(); ++i) {
    const std::string_view key = s.strings[s.attributes.key[i]];
    if (key.substr(0, key::kOurs.size()) == key::kOurs) {
      labels_.push_back(0);
      continue;
    }
    std::string entry;
    pbf_writer w(entry);
    Put(&w, attribute::kKeyIndex, String(s.attributes.key[i]));
    if (s.attributes.kind[i] != AttributeKind::kEmpty)
      w.add_message(attribute::kValue, EncodeValue(i));
    Put(&w, attribute::kUnitIndex, String(s.attributes.unit[i]));
    labels_.push_back(attributes_.Of(entry));
  }
}

void DictionaryWriter::FillFunction(size_t row) {
  const Functions& f = p_->symbols.functions;
  std::string entry;
  pbf_writer w(entry);
  Put(&w, function::kName, String(f.name[row]));
  Put(&w, function::kSystemName, String(f.system_name[row]));
  Put(&w, function::kFile, String(f.file[row]));
  Put(&w, function::kStartLine, static_cast<uint64_t>(f.start_line[row]));
  function_of_.push_back(functions_.Of(entry));
}

void DictionaryWriter::FillStack(size_t row) {
  std::vector<uint32_t> rows;
  for (const LocationId* l = p_->stacks.begin(row); l != p_->stacks.end(row); ++l) {
    rows.push_back(location_of_[l->value]);
  }
  std::string entry;
  pbf_writer w(entry);
  PutAll(&w, kStackLocations, rows);
  stack_of_.push_back(stacks_.Of(entry));
}

void DictionaryWriter::FillLink(size_t row) {
  std::string entry;
  pbf_writer w(entry);
  const auto put = [&](uint32_t number, const auto& id) {
    if (id == std::decay_t<decltype(id)>{}) return;
    w.add_bytes(number, reinterpret_cast<const char*>(id.data()), id.size());
  };
  put(link::kTraceId, p_->links.trace_id[row]);
  put(link::kSpanId, p_->links.span_id[row]);
  link_of_.push_back(links_.Of(entry));
}

// Sorted, so that equal sets make equal entries.
std::vector<uint32_t> DictionaryWriter::AttributesOf(AttributeSetId set) const {
  std::vector<uint32_t> rows;
  const auto& sets = p_->symbols.attribute_sets;
  for (const AttributeId* l = sets.begin(set.value); l != sets.end(set.value); ++l) {
    if (labels_[l->value] != 0) rows.push_back(labels_[l->value]);
  }
  std::sort(rows.begin(), rows.end());
  rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
  return rows;
}

// Adds the build id as an attribute, unless one of the known attributes says it already.
void DictionaryWriter::AddBuildId(size_t row, std::vector<uint32_t>* attributes) {
  const std::string id(texts_.Of(p_->symbols.strings[p_->symbols.mappings.build_id[row]]));
  if (id.empty()) return;
  for (std::string_view key : key::kBuildIds) {
    const uint32_t said = Attribute(key, TextValue(id));
    if (std::find(attributes->begin(), attributes->end(), said) != attributes->end()) return;
  }
  // Go's build ids have slashes between their parts; GNU's are hex digits.
  const bool is_go = id.find('/') != std::string_view::npos;
  attributes->push_back(Attribute(key::kBuildIds[is_go ? 1 : 0], TextValue(id)));
}

// Flags of a mapping have no fields in this layout: they are attributes.
void DictionaryWriter::FillMapping(size_t row) {
  const Mappings& m = p_->symbols.mappings;
  std::vector<uint32_t> attributes = AttributesOf(m.attributes[row]);
  AddBuildId(row, &attributes);
  std::string yes, entry;
  pbf_writer(yes).add_bool(any::kBool, true);
  const std::pair<uint8_t, std::string_view> flags[] = {
      {Mappings::kHasFunctions, key::kHasFunctions},
      {Mappings::kHasFilenames, key::kHasFilenames},
      {Mappings::kHasLineNumbers, key::kHasLineNumbers},
      {Mappings::kHasInlineFrames, key::kHasInlineFrames}};
  for (const auto& [flag, key] : flags) {
    if ((m.flags[row] & flag) != 0) attributes.push_back(Attribute(key, yes));
  }
  pbf_writer w(entry);
  Put(&w, mapping::kStart, m.start[row]);
  Put(&w, mapping::kLimit, m.limit[row]);
  Put(&w, mapping::kOffset, m.offset[row]);
  Put(&w, mapping::kFile, String(m.file[row]));
  PutAll(&w, mapping::kAttributes, attributes);
  mapping_of_.push_back(mappings_.Of(entry));
}

// A location's entry has its lines inside, so equal locations of all profiles are one entry.
void DictionaryWriter::FillLocation(size_t row) {
  const Locations& l = p_->symbols.locations;
  std::string entry, part;
  pbf_writer w(entry);
  Put(&w, location::kMapping, mapping_of_[l.mapping[row].value]);
  Put(&w, location::kAddress, l.address[row]);
  for (const Line* line = l.lines.begin(row); line != l.lines.end(row); ++line) {
    part.clear();
    pbf_writer out(part);
    Put(&out, line::kFunction, function_of_[line->function.value]);
    Put(&out, line::kLine, static_cast<uint64_t>(line->line));
    Put(&out, line::kColumn, static_cast<uint64_t>(line->column));
    w.add_message(location::kLines, part);
  }
  std::vector<uint32_t> attributes = AttributesOf(l.attributes[row]);
  if (l.folded[row] != 0) {
    std::string yes;
    pbf_writer(yes).add_bool(any::kBool, true);
    attributes.push_back(Attribute(key::kFolded, yes));
  }
  PutAll(&w, location::kAttributes, attributes);
  location_of_.push_back(locations_.Of(entry));
}

std::string DictionaryWriter::EncodeType(const ValueType& type) {
  std::string bytes;
  pbf_writer w(bytes);
  Put(&w, value_type::kType, String(type.type));
  Put(&w, value_type::kUnit, String(type.unit));
  return bytes;
}

// The fields of ProfilesDictionary, in the order of their numbers.
void DictionaryWriter::Write(std::string* out) const {
  pbf_writer w(*out);
  mappings_.Write(dictionary::kMapping, &w);
  locations_.Write(dictionary::kLocation, &w);
  functions_.Write(dictionary::kFunction, &w);
  links_.Write(dictionary::kLink, &w);
  strings_.Write(dictionary::kString, &w);
  attributes_.Write(dictionary::kAttribute, &w);
  stacks_.Write(dictionary::kStack, &w);
}

}  // namespace dolerite::otlp
