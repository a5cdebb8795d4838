#include "formats/otlp/json.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstdint>
#include <span>

#include "base/bytes.h"
#include "base/status.h"
#include "formats/otlp/wire.h"
#include "formats/wire/json_lexer.h"
#include "formats/wire/proto_append.h"
#include "formats/wire/proto_reader.h"

namespace dolerite::otlp {

namespace {

enum class Kind : uint8_t { kMessage, kText, kBytes, kId, kNumber, kFixed, kDouble, kBool };

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
                               {"droppedAttributesCount", 2, Kind::kNumber},
                               {"entityRefs", 3, Kind::kMessage, Shape::kEntity}};
constexpr Field kEntity[] = {{"schemaUrl", 1, Kind::kText},
                             {"type", 2, Kind::kText},
                             {"idKeys", 3, Kind::kText},
                             {"descriptionKeys", 4, Kind::kText}};
constexpr Field kScope[] = {{"name", 1, Kind::kText},
                            {"version", 2, Kind::kText},
                            {"attributes", 3, Kind::kMessage, Shape::kKeyValue},
                            {"droppedAttributesCount", 4, Kind::kNumber}};
constexpr Field kProfile[] = {{"sampleType", 1, Kind::kMessage, Shape::kValueType},
                              {"samples", 2, Kind::kMessage, Shape::kSample},
                              {"sample", 2, Kind::kMessage, Shape::kSample},  // 1.8
                              {"timeUnixNano", 3, Kind::kFixed},
                              {"durationNano", 4, Kind::kNumber},
                              {"periodType", 5, Kind::kMessage, Shape::kValueType},
                              {"period", 6, Kind::kNumber},
                              {"profileId", 7, Kind::kId},
                              {"droppedAttributesCount", 8, Kind::kNumber},
                              {"originalPayloadFormat", 9, Kind::kText},
                              {"originalPayload", 10, Kind::kBytes},
                              {"attributeIndices", 11, Kind::kNumber}};
constexpr Field kSample[] = {{"stackIndex", 1, Kind::kNumber},
                             {"attributeIndices", 2, Kind::kNumber},
                             {"linkIndex", 3, Kind::kNumber},
                             {"values", 4, Kind::kNumber},
                             {"timestampsUnixNano", 5, Kind::kFixed}};
constexpr Field kValueType[] = {{"typeStrindex", 1, Kind::kNumber},
                                {"unitStrindex", 2, Kind::kNumber}};
constexpr Field kMapping[] = {{"memoryStart", 1, Kind::kNumber},
                              {"memoryLimit", 2, Kind::kNumber},
                              {"fileOffset", 3, Kind::kNumber},
                              {"filenameStrindex", 4, Kind::kNumber},
                              {"attributeIndices", 5, Kind::kNumber}};
constexpr Field kLocation[] = {{"mappingIndex", 1, Kind::kNumber},
                               {"address", 2, Kind::kNumber},
                               {"lines", 3, Kind::kMessage, Shape::kLine},
                               {"line", 3, Kind::kMessage, Shape::kLine},  // 1.8
                               {"attributeIndices", 4, Kind::kNumber}};
constexpr Field kLine[] = {
    {"functionIndex", 1, Kind::kNumber}, {"line", 2, Kind::kNumber}, {"column", 3, Kind::kNumber}};
constexpr Field kFunction[] = {{"nameStrindex", 1, Kind::kNumber},
                               {"systemNameStrindex", 2, Kind::kNumber},
                               {"filenameStrindex", 3, Kind::kNumber},
                               {"startLine", 4, Kind::kNumber}};
constexpr Field kLink[] = {{"traceId", 1, Kind::kId}, {"spanId", 2, Kind::kId}};
constexpr Field kStack[] = {{"locationIndices", 1, Kind::kNumber}};
constexpr Field kAttribute[] = {{"keyStrindex", 1, Kind::kNumber},
                                {"value", 2, Kind::kMessage, Shape::kAny},
                                {"unitStrindex", 3, Kind::kNumber}};
constexpr Field kKeyValue[] = {{"key", 1, Kind::kText},
                               {"value", 2, Kind::kMessage, Shape::kAny},
                               {"keyStrindex", 3, Kind::kNumber}};
constexpr Field kAny[] = {{"stringValue", 1, Kind::kText},
                          {"boolValue", 2, Kind::kBool},
                          {"intValue", 3, Kind::kNumber},
                          {"doubleValue", 4, Kind::kDouble},
                          {"arrayValue", 5, Kind::kMessage, Shape::kArray},
                          {"kvlistValue", 6, Kind::kMessage, Shape::kMap},
                          {"bytesValue", 7, Kind::kBytes},
                          {"stringValueStrindex", 8, Kind::kNumber}};
constexpr Field kArray[] = {{"values", 1, Kind::kMessage, Shape::kAny}};
constexpr Field kMap[] = {{"values", 1, Kind::kMessage, Shape::kKeyValue}};

std::span<const Field> FieldsOf(Shape shape) {
  static constexpr std::span<const Field> kFields[] = {
      {},        kData,    kDictionary, kResourceProfiles, kScopeProfiles, kResource, kEntity,
      kScope,    kProfile, kSample,     kValueType,        kMapping,       kLocation, kLine,
      kFunction, kLink,    kStack,      kAttribute,        kKeyValue,      kAny,      kArray,
      kMap};
  return kFields[static_cast<size_t>(shape)];
}

// The value of a digit in an alphabet; 64 if it is none.
uint32_t DigitOf(std::string_view alphabet, char c) {
  const size_t at = alphabet.find(c);
  return at == std::string_view::npos ? 64 : static_cast<uint32_t>(at);
}

bool FromHex(std::string_view text, std::string* bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  if (text.size() % 2 != 0) return false;
  for (size_t i = 0; i < text.size(); i += 2) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'F' ? static_cast<char>(c + 32) : c; };
    const uint32_t high = DigitOf(kDigits, lower(text[i])),
                   low = DigitOf(kDigits, lower(text[i + 1]));
    if (high == 64 || low == 64) return false;
    bytes->push_back(static_cast<char>(high << 4 | low));
  }
  return true;
}

// Either alphabet, padded or not.
bool FromBase64(std::string_view text, std::string* bytes) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  while (!text.empty() && text.back() == '=') text.remove_suffix(1);
  if (text.size() % 4 == 1) return false;
  uint32_t bits = 0;
  int count = 0;
  for (char c : text) {
    const uint32_t digit = DigitOf(kDigits, c == '-' ? '+' : c == '_' ? '/' : c);
    if (digit == 64) return false;
    bits = bits << 6 | digit, count += 6;
    if (count < 8) continue;
    count -= 8;
    bytes->push_back(static_cast<char>(bits >> count));
  }
  return true;
}

class Transcoder {
 public:
  Transcoder(JsonLexer& lexer, size_t depth) : lexer_(lexer), depth_(depth) {}

  // An object as a message. Nested messages call this again, at most depth_ deep.
  bool Message(Shape shape, size_t depth, std::string* out) {
    if (depth > depth_) return too_deep_ = true, lexer_.Fail("nested too deep");
    if (!lexer_.Take('{')) return lexer_.Fail("no object where one should be");
    std::string name;
    for (bool first = true; !lexer_.Take('}'); first = false) {
      if (!first && !lexer_.Take(',')) return lexer_.Fail("no comma between members");
      if (!lexer_.String(&name) || !lexer_.Take(':')) return lexer_.Fail("no name of a member");
      const auto fields = FieldsOf(shape);
      const auto field = std::find_if(fields.begin(), fields.end(),
                                      [&](const Field& f) { return f.name == name; });
      const bool is_known = field != fields.end();
      unknown_ += !is_known;
      const bool ok = is_known ? Member(*field, depth, out) : lexer_.Skip();
      if (!ok) return false;
    }
    return true;
  }
  bool too_deep() const { return too_deep_; }
  uint64_t unknown() const { return unknown_; }

 private:
  bool Member(const Field& field, size_t depth, std::string* out) {
    if (lexer_.TakeWord("null")) return true;
    if (!lexer_.Take('[')) return Value(field, depth, out);
    for (bool first = true; !lexer_.Take(']'); first = false) {
      if (!first && !lexer_.Take(',')) return lexer_.Fail("no comma between items");
      if (!Value(field, depth, out)) return false;
    }
    return true;
  }

  bool Value(const Field& field, size_t depth, std::string* out) {
    switch (field.kind) {
      case Kind::kMessage: {
        std::string message;
        if (!Message(field.shape, depth + 1, &message)) return false;
        AppendBytes(out, field.number, message);
        return true;
      }
      case Kind::kText:
      case Kind::kBytes:
      case Kind::kId:
        return Bytes(field, out);
      case Kind::kBool: {
        const bool yes = lexer_.TakeWord("true");
        if (!yes && !lexer_.TakeWord("false")) return lexer_.Fail("neither true nor false");
        AppendTag(out, field.number, WireType::kVarint);
        AppendVarint(out, yes);
        return true;
      }
      default:
        return Number(field, out);
    }
  }

  bool Bytes(const Field& field, std::string* out) {
    std::string text, bytes;
    if (!lexer_.String(&text)) return lexer_.Fail("no string where one should be");
    if (field.kind == Kind::kText) return AppendBytes(out, field.number, text), true;
    const bool may_be_hex = field.kind == Kind::kId && (text.size() == 32 || text.size() == 16);
    if (!may_be_hex || !FromHex(text, &bytes)) {
      bytes.clear();
      if (!FromBase64(text, &bytes)) return lexer_.Fail("neither hex nor base64");
    }
    AppendBytes(out, field.number, bytes);
    return true;
  }

  // Integers may stand in strings.
  bool Number(const Field& field, std::string* out) {
    std::string text;
    if (!lexer_.String(&text) && !lexer_.Number(&text)) {
      return lexer_.Fail("no number where one should be");
    }
    const char *begin = text.data(), *end = begin + text.size();
    if (field.kind == Kind::kDouble) {
      double value = 0;
      if (text == "Infinity") text = "inf", begin = text.data(), end = begin + 3;
      if (std::from_chars(begin, end, value).ptr != end || text.empty()) {
        return lexer_.Fail("a number that is none");
      }
      AppendTag(out, field.number, WireType::kFixed64);
      AppendLittle(out, std::bit_cast<uint64_t>(value));
      return true;
    }
    uint64_t value = 0;
    int64_t negative = 0;
    const bool is_negative = text.substr(0, 1) == "-";
    const auto result =
        is_negative ? std::from_chars(begin, end, negative) : std::from_chars(begin, end, value);
    if (result.ec != std::errc() || result.ptr != end) {
      return lexer_.Fail("an integer that is none or does not fit 64 bits");
    }
    if (is_negative) value = static_cast<uint64_t>(negative);
    const bool fixed = field.kind == Kind::kFixed;
    AppendTag(out, field.number, fixed ? WireType::kFixed64 : WireType::kVarint);
    fixed ? AppendLittle(out, value) : AppendVarint(out, value);
    return true;
  }

  JsonLexer& lexer_;
  size_t depth_;
  bool too_deep_ = false;
  uint64_t unknown_ = 0;  // members
};

}  // namespace

bool LooksLikeJson(std::string_view text) {
  if (text.empty() || text[0] == '\n') return false;  // the tag of the first field
  const size_t at = text.find_first_not_of(" \t\r\n");
  return at != std::string_view::npos && text[at] == '{';
}

absl::StatusOr<std::string> NextJsonMessage(std::string_view text, const ReadLimits& limits,
                                            size_t* at, uint64_t* unknown) {
  constexpr size_t kOutside = 8;   // messages around a value
  constexpr size_t kPerValue = 3;  // messages that a value in a value takes
  JsonLexer lexer(text, *at);
  std::string message;
  if (!lexer.AtEnd()) {
    Transcoder transcoder(lexer, kOutside + kPerValue * std::min<size_t>(limits.depth, 64));
    const bool ok = transcoder.Message(Shape::kData, 0, &message);
    if (!ok && transcoder.too_deep()) {
      return ResourceExhausted("otlp: JSON: over the limit of depth, ", limits.depth);
    }
    if (!ok) {
      return InvalidArgument("otlp: JSON: ", lexer.fault(), " (at byte ", lexer.position(), ")");
    }
    *unknown += transcoder.unknown();
  }
  *at = lexer.position();
  return message;
}

}  // namespace dolerite::otlp
