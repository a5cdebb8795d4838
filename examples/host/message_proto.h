// Messages as protobuf. Included by message.h, after the kinds of fields.
#ifndef DOLERITE_EXAMPLES_HOST_MESSAGE_PROTO_H_
#define DOLERITE_EXAMPLES_HOST_MESSAGE_PROTO_H_

#include <protozero/pbf_reader.hpp>
#include <protozero/pbf_writer.hpp>
#include <stdexcept>

#include "message.h"

namespace dolerite::host {

// Each ProtoField knows one kind of field: Read gives false for another wire type, which is skipped
// like an unknown field; Write leaves out defaults unless `always`.
template <class T>
struct ProtoField;

template <IsMessage Message>
void FromProto(protozero::data_view bytes, Message* message) {
  protozero::pbf_reader in(bytes);
  while (in.next()) {
    const uint32_t tag = in.tag();
    bool taken = false;
    Message::Fields(*message, [&](uint32_t number, const char*, auto& field) {
      using Field = std::remove_reference_t<decltype(field)>;
      if (number == tag && !taken) taken = ProtoField<Field>::Read(in, &field);
    });
    if (!taken) in.skip();
  }
}

template <IsMessage Message>
void AppendProto(protozero::pbf_writer* out, const Message& message) {
  Message::Fields(message, [&](uint32_t number, const char*, const auto& field) {
    using Field = std::remove_cvref_t<decltype(field)>;
    ProtoField<Field>::Write(out, number, field, false);
  });
}

template <IsMessage Message>
std::string ToProto(const Message& message) {
  std::string out;
  protozero::pbf_writer writer(out);
  AppendProto(&writer, message);
  return out;
}
template <class Message>
std::string ToProto(const Encoded<Message>& message) {
  return message.proto;
}

template <class T>
requires IsInteger<T> || IsEnum<T>
struct ProtoField<T> {
  static constexpr auto kWire = protozero::pbf_wire_type::varint;
  static T ReadPacked(protozero::pbf_reader& in) { return static_cast<T>(in.get_int64()); }
  static bool Read(protozero::pbf_reader& in, T* field) {
    if (in.wire_type() != kWire) return false;
    *field = ReadPacked(in);
    return true;
  }
  static void Write(protozero::pbf_writer* out, uint32_t number, T field, bool always) {
    if (always || field != T{}) out->add_int64(number, static_cast<int64_t>(field));
  }
};

template <>
struct ProtoField<double> {
  static bool Read(protozero::pbf_reader& in, double* field) {
    if (in.wire_type() != protozero::pbf_wire_type::fixed64) return false;
    *field = in.get_double();
    return true;
  }
  static void Write(protozero::pbf_writer* out, uint32_t number, double field, bool always) {
    if (always || field != 0) out->add_double(number, field);
  }
};

// A field of bytes, which `text` gives a place.
template <class T, std::string& (*text)(T&)>
struct ProtoText {
  static bool Read(protozero::pbf_reader& in, T* field) {
    if (in.wire_type() != protozero::pbf_wire_type::length_delimited) return false;
    const protozero::data_view bytes = in.get_view();
    text(*field).assign(bytes.data(), bytes.size());
    return true;
  }
  static void Write(protozero::pbf_writer* out, uint32_t number, const T& field, bool always) {
    const std::string& bytes = text(const_cast<T&>(field));
    if (always || !bytes.empty()) out->add_bytes(number, bytes);
  }
};
inline std::string& TextPlace(std::string& field) { return field; }
inline std::string& BytesPlace(Bytes& field) { return field.data; }
template <class Message>
std::string& EncodedPlace(Encoded<Message>& field) {
  return field.proto;
}
template <>
struct ProtoField<std::string> : ProtoText<std::string, TextPlace> {
  static void Write(protozero::pbf_writer* out, uint32_t number, const std::string& field,
                    bool always) {
    if (always || !field.empty()) out->add_string(number, ToUtf8(field));
  }
};
template <>
struct ProtoField<Bytes> : ProtoText<Bytes, BytesPlace> {};
template <class Message>
struct ProtoField<Encoded<Message>> : ProtoText<Encoded<Message>, EncodedPlace<Message>> {};

template <IsMessage T>
struct ProtoField<T> {
  static bool Read(protozero::pbf_reader& in, T* field) {
    if (in.wire_type() != protozero::pbf_wire_type::length_delimited) return false;
    FromProto(in.get_view(), field);
    return true;
  }
  static void Write(protozero::pbf_writer* out, uint32_t number, const T& field, bool) {
    // By a text of its own: a writer within another one leaves out a message without fields.
    out->add_message(number, ToProto(field));
  }
};

template <class T>
struct ProtoField<std::optional<T>> {
  static bool Read(protozero::pbf_reader& in, std::optional<T>* field) {
    T value = field->value_or(T{});
    if (!ProtoField<T>::Read(in, &value)) return false;
    *field = std::move(value);
    return true;
  }
  static void Write(protozero::pbf_writer* out, uint32_t number, const std::optional<T>& field,
                    bool) {
    if (field) ProtoField<T>::Write(out, number, *field, true);
  }
};

template <class T>
struct ProtoField<std::vector<T>> {
  static bool Read(protozero::pbf_reader& in, std::vector<T>* field) {
    T value{};
    if (ProtoField<T>::Read(in, &value)) {
      if (field->size() >= kMostElements) throw std::length_error("too many elements");
      field->push_back(std::move(value));
      return true;
    }
    if (in.wire_type() != protozero::pbf_wire_type::length_delimited) return false;
    if constexpr (IsInteger<T>) {
      for (const int64_t packed : in.get_packed_int64()) field->push_back(static_cast<T>(packed));
      return true;
    }
    if constexpr (std::is_same_v<T, double>) {
      for (const double packed : in.get_packed_double()) field->push_back(packed);
      return true;
    }
    return false;
  }
  static void Write(protozero::pbf_writer* out, uint32_t number, const std::vector<T>& field,
                    bool) {
    if constexpr (IsInteger<T>) {
      out->add_packed_int64(number, field.begin(), field.end());
    } else if constexpr (std::is_same_v<T, double>) {
      out->add_packed_double(number, field.begin(), field.end());
    } else {
      for (const T& element : field) ProtoField<T>::Write(out, number, element, true);
    }
  }
};

}  // namespace dolerite::host

#endif  // DOLERITE_EXAMPLES_HOST_MESSAGE_PROTO_H_
