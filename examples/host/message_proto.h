// Messages as protobuf. Included by message.h, after the kinds of fields.
#ifndef DOLERITE_EXAMPLES_HOST_MESSAGE_PROTO_H_
#define DOLERITE_EXAMPLES_HOST_MESSAGE_PROTO_H_

#include <protozero/pbf_reader.hpp>
#include <protozero/pbf_writer.hpp>
#include <stdexcept>
#include <utility>

#include "message.h"

namespace dolerite::host {

template <IsMessage Message>
void FromProto(std::string_view bytes, Message* message);
template <IsMessage Message>
std::string ToProto(const Message& message);
template <class Message>
std::string ToProto(const Encoded<Message>& message) {
  return message.data;
}

template <class T>
constexpr protozero::pbf_wire_type WireType() {
  using Wire = protozero::pbf_wire_type;
  if constexpr (std::is_same_v<T, double>) return Wire::fixed64;
  return std::is_integral_v<T> || std::is_enum_v<T> ? Wire::varint : Wire::length_delimited;
}

template <class T>
bool ReadElements(protozero::pbf_reader& in, std::vector<T>* field);

// Reads the field that the reader is at, which may be one of several elements. False for another
// wire type, which is skipped like an unknown field.
template <class T>
bool ReadField(protozero::pbf_reader& in, T* field) {
  if constexpr (kIsOptional<T>) {
    auto value = field->value_or(typename T::value_type{});
    if (!ReadField(in, &value)) return false;
    *field = std::move(value);
    return true;
  } else if constexpr (kIsRepeated<T>) {
    return ReadElements(in, field);
  } else {
    if (in.wire_type() != WireType<T>()) return false;
    if constexpr (WireType<T>() == protozero::pbf_wire_type::varint) {
      *field = static_cast<T>(in.get_int64());
    } else if constexpr (std::is_same_v<T, double>) {
      *field = in.get_double();
    } else {
      const protozero::data_view view = in.get_view();
      const std::string_view bytes(view.data(), view.size());
      if constexpr (IsMessage<T>) {
        FromProto(bytes, field);
      } else if constexpr (kIsBytes<T>) {
        field->data = std::string(bytes);
      } else {
        *field = std::string(bytes);
      }
    }
    return true;
  }
}

// Numbers come one by one, or packed in one field.
template <class T>
bool ReadElements(protozero::pbf_reader& in, std::vector<T>* field) {
  T value{};
  if (ReadField(in, &value)) {
    if (field->size() >= kMostElements) throw std::length_error("too many elements");
    field->push_back(std::move(value));
    return true;
  }
  if (in.wire_type() != protozero::pbf_wire_type::length_delimited) return false;
  if constexpr (std::is_integral_v<T>) {
    for (const int64_t packed : in.get_packed_int64()) field->push_back(static_cast<T>(packed));
  }
  if constexpr (std::is_same_v<T, double>) {
    for (const double packed : in.get_packed_double()) field->push_back(packed);
  }
  return std::is_arithmetic_v<T>;
}

template <IsMessage Message>
void FromProto(std::string_view bytes, Message* message) {
  protozero::pbf_reader in(bytes.data(), bytes.size());
  while (in.next()) {
    bool taken = false;
    Message::Fields(*message, [&](uint32_t number, const char*, auto& field) {
      if (number == in.tag() && !taken) taken = ReadField(in, &field);
    });
    if (!taken) in.skip();
  }
}

template <class T>
void WriteField(protozero::pbf_writer* out, uint32_t number, const T& field) {
  if constexpr (kIsOptional<T>) {
    WriteField(out, number, *field);
  } else if constexpr (std::is_same_v<T, std::vector<double>>) {
    out->add_packed_double(number, field.begin(), field.end());
  } else if constexpr (kIsRepeated<T>) {
    if constexpr (std::is_integral_v<typename T::value_type>) {
      out->add_packed_int64(number, field.begin(), field.end());
    } else {
      for (const auto& element : field) WriteField(out, number, element);
    }
  } else if constexpr (IsMessage<T>) {
    // By a text of its own: a writer within another one leaves out a message without fields.
    out->add_message(number, ToProto(field));
  } else if constexpr (kIsBytes<T>) {
    out->add_bytes(number, field.data);
  } else if constexpr (std::is_same_v<T, std::string>) {
    // Readers of protobuf refuse texts that are not UTF-8.
    out->add_string(number, ToUtf8(field));
  } else if constexpr (std::is_same_v<T, double>) {
    out->add_double(number, field);
  } else {
    out->add_int64(number, static_cast<int64_t>(field));
  }
}

template <IsMessage Message>
std::string ToProto(const Message& message) {
  std::string out;
  protozero::pbf_writer writer(out);
  Message::Fields(message, [&](uint32_t number, const char*, const auto& field) {
    if (!IsDefault(field)) WriteField(&writer, number, field);
  });
  return out;
}

}  // namespace dolerite::host

#endif  // DOLERITE_EXAMPLES_HOST_MESSAGE_PROTO_H_
