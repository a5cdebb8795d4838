// The fields of each message of OTLP 1.11 by their names in JSON. An older name that is still sent
// has a row of its own.
#include "formats/otlp/json_fields.h"

namespace dolerite::otlp {

namespace {

// The order within a message is that of the numbers; JSON may have its fields in any order.
constexpr Field kData[] = {{"resourceProfiles", 1, Kind::kMessage, Shape::kResourceProfiles},
                           {"dictionary", 2, Kind::kMessage, Shape::kDictionary}};
constexpr Field kDictionary[] = {{"mappingTable", 1, Kind::kMessage, Shape::kMapping},
                                 {"locationTable", 2, Kind::kMessage, Shape::kLocation},
                                 {"functionTable", 3, Kind::kMessage, Shape::kFunction},
                                 {"linkTable", 4, Kind::kMessage, Shape::kLink},
                                 {"stringTable", 5, Kind::kText},
                                 {"attributeTable", 6, Kind::kMessage, Shape::kAttribute},
                                 {"stackTable", 7, Kind::kMessage, Shape::kStack}};
constexpr Field kResourceProfiles[] = {{"resource", 1, Kind::kMessage, Shape::kResource},
                                       {"scopeProfiles", 2, Kind::kMessage, Shape::kScopeProfiles},
                                       {"schemaUrl", 3, Kind::kText}};
constexpr Field kScopeProfiles[] = {{"scope", 1, Kind::kMessage, Shape::kScope},
                                    {"profiles", 2, Kind::kMessage, Shape::kProfile},
                                    {"schemaUrl", 3, Kind::kText}};
constexpr Field kResource[] = {{"attributes", 1, Kind::kMessage, Shape::kKeyValue},
                               {"droppedAttributesCount", 2, Kind::kUint32},
                               {"entityRefs", 3, Kind::kMessage, Shape::kEntity}};
constexpr Field kEntity[] = {{"schemaUrl", 1, Kind::kText},
                             {"type", 2, Kind::kText},
                             {"idKeys", 3, Kind::kText},
                             {"descriptionKeys", 4, Kind::kText}};
constexpr Field kScope[] = {{"name", 1, Kind::kText},
                            {"version", 2, Kind::kText},
                            {"attributes", 3, Kind::kMessage, Shape::kKeyValue},
                            {"droppedAttributesCount", 4, Kind::kUint32}};
constexpr Field kProfile[] = {{"sampleType", 1, Kind::kMessage, Shape::kValueType},
                              {"samples", 2, Kind::kMessage, Shape::kSample},
                              {"sample", 2, Kind::kMessage, Shape::kSample},  // 1.8
                              {"timeUnixNano", 3, Kind::kFixed64},
                              {"durationNano", 4, Kind::kUint64},
                              {"periodType", 5, Kind::kMessage, Shape::kValueType},
                              {"period", 6, Kind::kInt64},
                              {"profileId", 7, Kind::kId},
                              {"droppedAttributesCount", 8, Kind::kUint32},
                              {"originalPayloadFormat", 9, Kind::kText},
                              {"originalPayload", 10, Kind::kBytes},
                              {"attributeIndices", 11, Kind::kInt32}};
constexpr Field kSample[] = {{"stackIndex", 1, Kind::kInt32},
                             {"attributeIndices", 2, Kind::kInt32},
                             {"linkIndex", 3, Kind::kInt32},
                             {"values", 4, Kind::kInt64},
                             {"timestampsUnixNano", 5, Kind::kFixed64}};
constexpr Field kValueType[] = {{"typeStrindex", 1, Kind::kInt32},
                                {"unitStrindex", 2, Kind::kInt32}};
constexpr Field kMapping[] = {{"memoryStart", 1, Kind::kUint64},
                              {"memoryLimit", 2, Kind::kUint64},
                              {"fileOffset", 3, Kind::kUint64},
                              {"filenameStrindex", 4, Kind::kInt32},
                              {"attributeIndices", 5, Kind::kInt32}};
constexpr Field kLocation[] = {{"mappingIndex", 1, Kind::kInt32},
                               {"address", 2, Kind::kUint64},
                               {"lines", 3, Kind::kMessage, Shape::kLine},
                               {"line", 3, Kind::kMessage, Shape::kLine},  // 1.8
                               {"attributeIndices", 4, Kind::kInt32}};
constexpr Field kLine[] = {
    {"functionIndex", 1, Kind::kInt32}, {"line", 2, Kind::kInt64}, {"column", 3, Kind::kInt64}};
constexpr Field kFunction[] = {{"nameStrindex", 1, Kind::kInt32},
                               {"systemNameStrindex", 2, Kind::kInt32},
                               {"filenameStrindex", 3, Kind::kInt32},
                               {"startLine", 4, Kind::kInt64}};
constexpr Field kLink[] = {{"traceId", 1, Kind::kId}, {"spanId", 2, Kind::kId}};
constexpr Field kStack[] = {{"locationIndices", 1, Kind::kInt32}};
constexpr Field kAttribute[] = {{"keyStrindex", 1, Kind::kInt32},
                                {"value", 2, Kind::kMessage, Shape::kAny},
                                {"unitStrindex", 3, Kind::kInt32}};
// A key is a text or a row of the string table.
constexpr Field kKeyValue[] = {{"key", 1, Kind::kText},
                               {"value", 2, Kind::kMessage, Shape::kAny},
                               {"keyStrindex", 3, Kind::kInt32}};
constexpr Field kAny[] = {{"stringValue", 1, Kind::kText},
                          {"boolValue", 2, Kind::kBool},
                          {"intValue", 3, Kind::kInt64},
                          {"doubleValue", 4, Kind::kDouble},
                          {"arrayValue", 5, Kind::kMessage, Shape::kArray},
                          {"kvlistValue", 6, Kind::kMessage, Shape::kMap},
                          {"bytesValue", 7, Kind::kBytes},
                          {"stringValueStrindex", 8, Kind::kInt32}};
constexpr Field kArray[] = {{"values", 1, Kind::kMessage, Shape::kAny}};
constexpr Field kMap[] = {{"values", 1, Kind::kMessage, Shape::kKeyValue}};

}  // namespace

// By the number of the shape.
std::span<const Field> FieldsOf(Shape shape) {
  static constexpr std::span<const Field> kFields[] = {
      {},        kData,    kDictionary, kResourceProfiles, kScopeProfiles, kResource, kEntity,
      kScope,    kProfile, kSample,     kValueType,        kMapping,       kLocation, kLine,
      kFunction, kLink,    kStack,      kAttribute,        kKeyValue,      kAny,      kArray,
      kMap};
  return kFields[static_cast<size_t>(shape)];
}

}  // namespace dolerite::otlp
