// Attributes as JSON. What OTLP sends as an array or a map is stored as it came, as an AnyValue:
//   AnyValue { 1 string, 2 bool, 3 int, 4 double, 5 array { 1 AnyValue.. },
//              6 map { 1 { 1 key, 2 AnyValue }.. }, 7 bytes }
// Source: github.com/open-telemetry/opentelemetry-proto, common/v1/common.proto
#include <bit>
#include <cmath>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ask/json_lines.h"
#include "base/text.h"
#include "dolerite/answer_json.h"
#include "formats/wire/proto_reader.h"

namespace dolerite {
namespace ask {
namespace {

// Values come from blocks that anybody may have made, and each level is a call.
constexpr int kMostValueDepth = 32;

// JSON has no such numbers; protobuf's own JSON writes them as these words.
std::string NumberJson(double value) {
  if (std::isnan(value)) return "\"NaN\"";
  if (std::isinf(value)) return value < 0 ? "\"-Infinity\"" : "\"Infinity\"";
  return DoubleText(value);
}

// The object around the digits makes them differ from a text.
std::string BytesJson(std::string_view bytes) {
  return JsonObject().Text("bytes", HexText(bytes)).Value();
}

// The members of an object, in the order in which their names first came.
class NamedValues {
 public:
  std::vector<std::string>& ValuesOf(std::string_view name) {
    const auto [at, added] = row_of_name_.try_emplace(std::string(name), values_.size());
    if (added) names_.emplace_back(name), values_.emplace_back();
    return values_[at->second];
  }
  // write(values) makes one JSON value of all that a name has.
  template <class Write>
  std::string Object(const Write& write) const {
    JsonObject object;
    for (size_t i = 0; i < names_.size(); ++i) object.Json(names_[i], write(values_[i]));
    return object.Value();
  }

 private:
  std::map<std::string, size_t> row_of_name_;
  std::vector<std::string> names_;
  std::vector<std::vector<std::string>> values_;
};

// Nullopt for bytes that are not an AnyValue.
std::optional<std::string> AnyValueJson(std::string_view encoded, int depth);

std::optional<std::string> ArrayJson(std::string_view encoded, int depth) {
  std::vector<std::string> values;
  ProtoReader items(encoded);
  for (WireField item; items.Next(&item);) {
    const std::optional<std::string> value = AnyValueJson(item.bytes, depth + 1);
    if (!value) return std::nullopt;
    values.push_back(*value);
  }
  if (items.fault() != nullptr) return std::nullopt;
  return JsonArray(values, [](const std::string& value) { return value; });
}

// In protobuf a map is a list of pairs. Of a key that comes twice the last value counts.
std::optional<std::string> MapJson(std::string_view encoded, int depth) {
  NamedValues members;
  ProtoReader pairs(encoded);
  for (WireField pair; pairs.Next(&pair);) {
    std::string_view key;
    std::string value = "null";
    ProtoReader parts(pair.bytes);
    for (WireField part; parts.Next(&part);) {
      if (part.number == 1) key = part.bytes;
      if (part.number != 2) continue;
      std::optional<std::string> read = AnyValueJson(part.bytes, depth + 1);
      if (!read) return std::nullopt;
      value = *std::move(read);
    }
    if (parts.fault() != nullptr) return std::nullopt;
    members.ValuesOf(key) = {std::move(value)};
  }
  if (pairs.fault() != nullptr) return std::nullopt;
  return members.Object([](const std::vector<std::string>& values) { return values[0]; });
}

std::optional<std::string> FieldJson(const WireField& field, int depth) {
  switch (field.number) {
    case 1:
      return JsonText(field.bytes);
    case 2:
      return field.value != 0 ? "true" : "false";
    case 3:
      return Concat(static_cast<int64_t>(field.value));
    case 4:
      return NumberJson(std::bit_cast<double>(field.value));
    case 5:
      return ArrayJson(field.bytes, depth);
    case 6:
      return MapJson(field.bytes, depth);
    case 7:
      return BytesJson(field.bytes);
    default:
      return "null";  // a kind of value that was added since
  }
}

// A field that comes twice replaces the first, as in all of protobuf.
std::optional<std::string> AnyValueJson(std::string_view encoded, int depth) {
  if (depth > kMostValueDepth) return std::nullopt;
  std::optional<std::string> out = "null";
  ProtoReader fields(encoded);
  for (WireField field; out && fields.Next(&field);) out = FieldJson(field, depth);
  return fields.fault() == nullptr ? out : std::nullopt;
}

}  // namespace
}  // namespace ask

std::string AttributeJson(const Symbols& symbols, AttributeId attribute) {
  // A number, or the row of a string, by the kind.
  const uint64_t value = symbols.attributes.value[attribute.value];
  std::string_view text;
  if (symbols.attributes.value_is_string(attribute.value)) {
    text = symbols.strings[StringId{static_cast<uint32_t>(value)}];
  }
  switch (symbols.attributes.kind[attribute.value]) {
    case AttributeKind::kString:
      return ask::JsonText(text);
    case AttributeKind::kInteger:
      return Concat(static_cast<int64_t>(value));
    case AttributeKind::kBoolean:
      return value != 0 ? "true" : "false";
    case AttributeKind::kDouble:
      return ask::NumberJson(std::bit_cast<double>(value));
    case AttributeKind::kBytes:
      return ask::BytesJson(text);
    case AttributeKind::kStructured:
      // What can't be read is shown as bytes: nothing is hidden.
      return ask::AnyValueJson(text, 0).value_or(ask::BytesJson(text));
    case AttributeKind::kEmpty:
      break;
  }
  return "null";
}

std::string AttributesJson(const Symbols& symbols, AttributeSetId set) {
  ask::NamedValues members;
  const Lists<AttributeId>& sets = symbols.attribute_sets;
  for (const AttributeId* at = sets.begin(set.value); at != sets.end(set.value); ++at) {
    const std::string_view key = symbols.strings[symbols.attributes.key[at->value]];
    members.ValuesOf(key).push_back(AttributeJson(symbols, *at));
  }
  return members.Object([](const std::vector<std::string>& values) {
    if (values.size() == 1) return values[0];
    return ask::JsonArray(values, [](const std::string& value) { return value; });
  });
}

}  // namespace dolerite
