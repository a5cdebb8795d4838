// Messages as protobuf's JSON. Included by message.h, after the kinds of fields.
//
// Written: names in lowerCamelCase, 64-bit integers as texts, enums by name, bytes in base64, no
// fields with defaults. Read: also the names of the .proto file, integers as numbers or texts,
// enums by number; null is a default.
#ifndef DOLERITE_EXAMPLES_HOST_MESSAGE_JSON_H_
#define DOLERITE_EXAMPLES_HOST_MESSAGE_JSON_H_

#include <cmath>
#include <limits>
#include <type_traits>
#include <utility>

#include "absl/strings/numbers.h"
#include "message.h"
#include "message_proto.h"

namespace dolerite::host {

template <IsMessage Message>
nlohmann::json ToJson(const Message& message);
template <IsMessage Message>
void FromJson(const nlohmann::json& json, const char* name, Message* message);

inline nlohmann::json ToJson(const std::string& text) { return text; }
inline nlohmann::json ToJson(const Bytes& bytes) { return ToBase64(bytes.data); }
template <class T>
requires std::is_same_v<T, double> nlohmann::json ToJson(T value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "Infinity" : "-Infinity";
  return value;
}
template <IsInteger T>
nlohmann::json ToJson(T value) {
  if constexpr (sizeof(T) == 8) return std::to_string(value);
  return value;
}
template <IsEnum T>
nlohmann::json ToJson(T value) {
  const auto names = EnumNames(value);
  const auto row = static_cast<size_t>(value);
  return row < names.size() ? nlohmann::json(names[row]) : nlohmann::json(row);
}
template <class Message>
nlohmann::json ToJson(const Encoded<Message>& encoded) {
  Message message;
  FromProto({encoded.proto.data(), encoded.proto.size()}, &message);
  return ToJson(message);
}

// Whether JSON leaves the field out.
template <class T>
bool IsDefault(const T& field) {
  if constexpr (IsInteger<T> || IsEnum<T> || std::is_same_v<T, double>) return field == T{};
  if constexpr (std::is_same_v<T, std::string>) return field.empty();
  if constexpr (std::is_same_v<T, Bytes>) return field.data.empty();
  return false;
}
template <class Message>
bool IsDefault(const Encoded<Message>& field) {
  return field.proto.empty();
}

template <class T>
void AddMember(const char* name, const T& field, nlohmann::json* out) {
  if (!IsDefault(field)) (*out)[JsonName(name)] = ToJson(field);
}
template <class T>
void AddMember(const char* name, const std::optional<T>& field, nlohmann::json* out) {
  if (field) (*out)[JsonName(name)] = ToJson(*field);
}
template <class T>
void AddMember(const char* name, const std::vector<T>& field, nlohmann::json* out) {
  if (field.empty()) return;
  nlohmann::json& list = (*out)[JsonName(name)] = nlohmann::json::array();
  for (const T& element : field) list.push_back(ToJson(element));
}

template <IsMessage Message>
nlohmann::json ToJson(const Message& message) {
  nlohmann::json out = nlohmann::json::object();
  Message::Fields(message, [&](uint32_t, const char* name, const auto& field) {
    AddMember(name, field, &out);
  });
  return out;
}

inline void FromJson(const nlohmann::json& json, const char* name, std::string* field) {
  if (!json.is_string()) ThrowExpected(name, "a text");
  *field = json.get<std::string>();
}
inline void FromJson(const nlohmann::json& json, const char* name, Bytes* field) {
  if (!json.is_string()) ThrowExpected(name, "base64");
  field->data = FromBase64(json.get_ref<const std::string&>());
}
inline void FromJson(const nlohmann::json& json, const char* name, bool* field) {
  if (!json.is_boolean()) ThrowExpected(name, "true or false");
  *field = json.get<bool>();
}
inline void FromJson(const nlohmann::json& json, const char* name, double* field) {
  const bool text = json.is_string() && absl::SimpleAtod(json.get<std::string>(), field);
  if (!text && !json.is_number()) ThrowExpected(name, "a number");
  if (!text) *field = json.get<double>();
}
template <IsInteger T>
void FromJson(const nlohmann::json& json, const char* name, T* field) {
  using Limits = std::numeric_limits<T>;
  int64_t value = 0;
  bool valid = false;
  if (json.is_number_unsigned() && json.get<uint64_t>() > INT64_MAX) {
    valid = false;
  } else if (json.is_number_integer()) {
    value = json.get<int64_t>(), valid = true;
  } else if (json.is_number_float()) {
    const double number = json.get<double>();
    valid = std::trunc(number) == number && std::abs(number) < 9e15;
    if (valid) value = static_cast<int64_t>(number);
  } else if (json.is_string()) {
    valid = absl::SimpleAtoi(json.get_ref<const std::string&>(), &value);
  }
  if (!valid || std::cmp_less(value, Limits::min()) || std::cmp_greater(value, Limits::max())) {
    ThrowExpected(name, "an integer");
  }
  *field = static_cast<T>(value);
}
template <IsEnum T>
void FromJson(const nlohmann::json& json, const char* name, T* field) {
  const auto names = EnumNames(T{});
  for (size_t i = 0; json.is_string() && i < names.size(); ++i) {
    if (json == names[i]) return *field = static_cast<T>(i), void();
  }
  int32_t number = 0;
  if (!json.is_number_integer()) ThrowExpected(name, "the name or number of an enumerator");
  FromJson(json, name, &number);
  *field = static_cast<T>(number);
}
template <class T>
void FromJson(const nlohmann::json& json, const char* name, std::optional<T>* field) {
  FromJson(json, name, &field->emplace());
}
template <class Message>
void FromJson(const nlohmann::json& json, const char* name, Encoded<Message>* field) {
  Message message;
  FromJson(json, name, &message);
  field->proto = ToProto(message);
}
template <class T>
void FromJson(const nlohmann::json& json, const char* name, std::vector<T>* field) {
  if (!json.is_array()) ThrowExpected(name, "a list");
  if (json.size() > kMostElements) ThrowExpected(name, "fewer elements");
  field->reserve(json.size());
  for (const nlohmann::json& element : json) FromJson(element, name, &field->emplace_back());
}

template <IsMessage Message>
void FromJson(const nlohmann::json& json, const char* name, Message* message) {
  if (!json.is_object()) ThrowExpected(name, "an object");
  Message::Fields(*message, [&](uint32_t, const char* field_name, auto& field) {
    auto at = json.find(JsonName(field_name));
    if (at == json.end()) at = json.find(field_name);
    if (at != json.end() && !at->is_null()) FromJson(*at, field_name, &field);
  });
}

}  // namespace dolerite::host

#endif  // DOLERITE_EXAMPLES_HOST_MESSAGE_JSON_H_
