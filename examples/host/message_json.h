// Messages as protobuf's JSON. Included by message.h, after the kinds of fields.
//
// Written: names in lowerCamelCase, 64-bit integers as texts, enums by name, bytes in base64, no
// fields with defaults. Read: also the names of the .proto file, integers as numbers or texts,
// enums by number; null is a default.
#ifndef DOLERITE_EXAMPLES_HOST_MESSAGE_JSON_H_
#define DOLERITE_EXAMPLES_HOST_MESSAGE_JSON_H_

#include <utility>

#include "message.h"
#include "message_proto.h"

namespace dolerite::host {

// Reads JSON. What nests deeper than any message is refused, before it costs a stack. Throws.
nlohmann::json ParseJson(std::string_view text);
// Writes JSON. What is not UTF-8 becomes U+FFFD.
std::string DumpJson(const nlohmann::json& json);
// protobuf's name of a field in JSON: `label_names` is `labelNames`.
std::string JsonName(std::string_view name);

// Values of one kind. Reading throws `FIELD: expected WHAT`.
nlohmann::json DoubleToJson(double value);
double DoubleFromJson(const nlohmann::json& json, const char* name);
int64_t IntegerFromJson(const nlohmann::json& json, const char* name);
std::string TextFromJson(const nlohmann::json& json, const char* name);
// In base64, of both alphabets, with or without padding.
std::string BytesToJson(std::string_view bytes);
std::string BytesFromJson(const nlohmann::json& json, const char* name);

template <class T>
nlohmann::json ToJson(const T& field);
template <class Message>
nlohmann::json ToJson(const Encoded<Message>& field) {
  Message message;
  FromProto(field.data, &message);
  return ToJson(message);
}

template <class T>
nlohmann::json ToJson(const T& field) {
  if constexpr (IsMessage<T>) {
    nlohmann::json out = nlohmann::json::object();
    T::Fields(field, [&](uint32_t, const char* name, const auto& member) {
      if (!IsDefault(member)) out[JsonName(name)] = ToJson(member);
    });
    return out;
  } else if constexpr (kIsOptional<T>) {
    return ToJson(*field);
  } else if constexpr (kIsRepeated<T>) {
    nlohmann::json out = nlohmann::json::array();
    for (const auto& element : field) out.push_back(ToJson(element));
    return out;
  } else if constexpr (std::is_same_v<T, Bytes>) {
    return BytesToJson(field.data);
  } else if constexpr (std::is_enum_v<T>) {
    const auto names = EnumNames(field);
    const auto row = static_cast<size_t>(field);
    return row < names.size() ? nlohmann::json(names[row]) : nlohmann::json(row);
  } else if constexpr (std::is_same_v<T, double>) {
    return DoubleToJson(field);
  } else if constexpr (std::is_integral_v<T> && sizeof(T) == 8) {
    return std::to_string(field);
  } else {
    return field;
  }
}

template <class T>
void FromJson(const nlohmann::json& json, const char* name, T* field);
template <class Message>
void FromJson(const nlohmann::json& json, const char* name, Encoded<Message>* field) {
  Message message;
  FromJson(json, name, &message);
  field->data = ToProto(message);
}

// An enumerator by name or number.
template <class T>
T EnumFromJson(const nlohmann::json& json, const char* name) {
  const auto names = EnumNames(T{});
  for (size_t i = 0; json.is_string() && i < names.size(); ++i) {
    if (json == names[i]) return static_cast<T>(i);
  }
  if (!json.is_number_integer()) ThrowExpected(name, "the name or number of an enumerator");
  int32_t number = 0;
  FromJson(json, name, &number);
  return static_cast<T>(number);
}

template <class T>
void FromJson(const nlohmann::json& json, const char* name, T* field) {
  if constexpr (IsMessage<T>) {
    if (!json.is_object()) ThrowExpected(name, "an object");
    T::Fields(*field, [&](uint32_t, const char* member_name, auto& member) {
      auto at = json.find(JsonName(member_name));
      if (at == json.end()) at = json.find(member_name);
      if (at != json.end() && !at->is_null()) FromJson(*at, member_name, &member);
    });
  } else if constexpr (kIsOptional<T>) {
    FromJson(json, name, &field->emplace());
  } else if constexpr (kIsRepeated<T>) {
    if (!json.is_array()) ThrowExpected(name, "a list");
    if (json.size() > kMostElements) ThrowExpected(name, "fewer elements");
    for (const nlohmann::json& element : json) FromJson(element, name, &field->emplace_back());
  } else if constexpr (std::is_same_v<T, Bytes>) {
    field->data = BytesFromJson(json, name);
  } else if constexpr (std::is_enum_v<T>) {
    *field = EnumFromJson<T>(json, name);
  } else if constexpr (std::is_same_v<T, std::string>) {
    *field = TextFromJson(json, name);
  } else if constexpr (std::is_same_v<T, double>) {
    *field = DoubleFromJson(json, name);
  } else if constexpr (std::is_same_v<T, bool>) {
    if (!json.is_boolean()) ThrowExpected(name, "true or false");
    *field = json.get<bool>();
  } else {
    const int64_t value = IntegerFromJson(json, name);
    if (!std::in_range<T>(value)) ThrowExpected(name, "an integer");
    *field = static_cast<T>(value);
  }
}

}  // namespace dolerite::host

#endif  // DOLERITE_EXAMPLES_HOST_MESSAGE_JSON_H_
