// Messages of protobuf in C++, without generated code: a message is a struct that lists its fields
// once, and is read and written from that list as protobuf and as protobuf's JSON.
//
//   struct LabelPair {
//     std::string name, value;
//     static void Fields(auto& m, auto&& visit) {
//       visit(1, "name", m.name), visit(2, "value", m.value);
//     }
//   };
//
// The type of a field says its kind: an integer, bool, double, std::string, Bytes, an enum with
// EnumNames(), another message, Encoded<message>; std::vector of these if it is repeated,
// std::optional if an absent one is not the same as a default one.
// Messages do not contain themselves, so their types bound how deep a body nests.
#ifndef DOLERITE_EXAMPLES_HOST_MESSAGE_H_
#define DOLERITE_EXAMPLES_HOST_MESSAGE_H_

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "absl/status/statusor.h"

namespace dolerite::host {

struct Bytes {
  std::string data;
};

// A message that is there as protobuf already: JSON is made of it when it is needed.
template <class Message>
struct Encoded : Bytes {};

struct NoVisit {
  template <class T>
  void operator()(uint32_t, const char*, T&) const {}
};
template <class T>
concept IsMessage = requires(T& message) {
  T::Fields(message, NoVisit{});
};
template <class T>
inline constexpr bool kIsBytes = std::is_base_of_v<Bytes, T>;
template <class T>
inline constexpr bool kIsOptional = false;
template <class T>
inline constexpr bool kIsOptional<std::optional<T>> = true;
template <class T>
inline constexpr bool kIsRepeated = false;
template <class T>
inline constexpr bool kIsRepeated<std::vector<T>> = true;

// Whether both forms leave the field out.
template <class T>
bool IsDefault(const T& field) {
  if constexpr (IsMessage<T>) {
    return false;
  } else if constexpr (kIsOptional<T>) {
    return !field;
  } else if constexpr (kIsRepeated<T>) {
    return field.empty();
  } else if constexpr (kIsBytes<T>) {
    return field.data.empty();
  } else {
    return field == T{};
  }
}

// Repeated messages and texts that one field may have, as they take more memory than bytes.
inline constexpr size_t kMostElements = size_t{1} << 20;

// Throws `FIELD: expected WHAT`.
[[noreturn]] void ThrowExpected(const char* field, const char* what);
// The message of an exception that a body caused. Other exceptions go on.
absl::Status BadBody();
// The text with U+FFFD for what is not UTF-8.
std::string ToUtf8(const std::string& text);

}  // namespace dolerite::host

#include "message_json.h"
#include "message_proto.h"

namespace dolerite::host {

enum class Form : uint8_t { kProto, kJson };

// InvalidArgument for a body that is not such a message. Unknown fields are ignored.
template <IsMessage Message>
absl::StatusOr<Message> ReadMessage(Form form, std::string_view body) {
  try {
    Message message;
    if (form == Form::kJson) {
      FromJson(ParseJson(body), "the body", &message);
    } else {
      FromProto(body, &message);
    }
    return message;
  } catch (...) {
    return BadBody();
  }
}

template <class Message>
std::string WriteMessage(Form form, const Message& message) {
  return form == Form::kJson ? DumpJson(ToJson(message)) : ToProto(message);
}

}  // namespace dolerite::host

#endif  // DOLERITE_EXAMPLES_HOST_MESSAGE_H_
