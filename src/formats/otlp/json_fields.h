// The names of OTLP/JSON, and the protobuf fields of the same meaning.
// Source: opentelemetry-proto, profiles/v1development, in lowerCamelCase
#ifndef DOLERITE_FORMATS_OTLP_JSON_FIELDS_H_
#define DOLERITE_FORMATS_OTLP_JSON_FIELDS_H_

#include <cstdint>
#include <span>
#include <string_view>

namespace dolerite::otlp {

// What a value is. kId is bytes that may be in hex.
enum class Kind : uint8_t {
  kMessage,
  kText,
  kBytes,
  kId,
  kInt32,
  kInt64,
  kUint32,
  kUint64,
  kFixed64,
  kDouble,
  kBool
};

// The kinds of messages.
enum class Shape : uint8_t {
  kNone,
  kData,
  kDictionary,
  kResourceProfiles,
  kScopeProfiles,
  kResource,
  kEntity,
  kScope,
  kProfile,
  kSample,
  kValueType,
  kMapping,
  kLocation,
  kLine,
  kFunction,
  kLink,
  kStack,
  kAttribute,
  kKeyValue,
  kAny,
  kArray,
  kMap,
};

struct Field {
  std::string_view name;
  uint32_t number;
  Kind kind;
  Shape shape = Shape::kNone;
};

// Of a message of the layout 1.11, and the names that 1.8 had.
std::span<const Field> FieldsOf(Shape shape);

}  // namespace dolerite::otlp

#endif  // DOLERITE_FORMATS_OTLP_JSON_FIELDS_H_
