// The protobuf wire format, field by field.
// Source: protobuf.dev/programming-guides/encoding
#ifndef DOLERITE_FORMATS_WIRE_PROTO_READER_H_
#define DOLERITE_FORMATS_WIRE_PROTO_READER_H_

#include <cstdint>
#include <string_view>

#include "base/bytes.h"

namespace dolerite {

enum class WireType : uint8_t {
  kVarint = 0,
  kFixed64 = 1,
  kBytes = 2,
  kGroup = 3,
  kGroupEnd = 4,
  kFixed32 = 5,
};

struct WireField {
  uint32_t number = 0;
  WireType type = WireType::kVarint;
  const char* begin = nullptr;  // of the tag
  uint64_t value = 0;           // of numbers
  std::string_view bytes;       // of kBytes
};

// Reads the fields of one message. Groups come as one field without content.
class ProtoReader {
 public:
  ProtoReader() = default;
  explicit ProtoReader(std::string_view bytes) : begin_(bytes.data()), in_(bytes) {}

  // False at the end of the message and at a fault.
  bool Next(WireField* field) {
    if (in_.empty()) return false;
    field_ = field->begin = begin_ + in_.position();
    uint64_t tag = 0;
    if (!in_.ReadVarint(&tag)) return Fail("a tag is cut off or too long");
    if (tag < 8 || tag > UINT32_MAX) return Fail("a field number is 0 or too large");
    field->number = static_cast<uint32_t>(tag >> 3);
    field->type = static_cast<WireType>(tag & 7);
    if (field->type == WireType::kVarint) {
      return in_.ReadVarint(&field->value) || Fail("a number is cut off or too long");
    }
    if (field->type == WireType::kBytes) {
      uint64_t size = 0;
      return (in_.ReadVarint(&size) && in_.ReadBytes(size, &field->bytes)) ||
             Fail("a length goes past the end");
    }
    return ReadRare(field);
  }

  // Goes on at a field behind the last one, up to the end.
  void SkipTo(const char* field) {
    std::string_view skipped;
    in_.ReadBytes(static_cast<size_t>(field - (begin_ + in_.position())), &skipped);
  }

  // nullptr if all is well, else what is wrong with the field at at().
  const char* fault() const { return fault_; }
  const char* at() const { return fault_ == nullptr ? begin_ + in_.position() : field_; }

 private:
  bool Fail(const char* fault) {
    fault_ = fault;
    return false;
  }
  bool ReadRare(WireField* field);
  bool SkipGroup(uint32_t number);
  bool SkipGroupMember(WireType type);

  const char* begin_ = nullptr;
  const char* field_ = nullptr;  // the present one
  const char* fault_ = nullptr;
  ByteReader in_;
};

}  // namespace dolerite

#endif  // DOLERITE_FORMATS_WIRE_PROTO_READER_H_
