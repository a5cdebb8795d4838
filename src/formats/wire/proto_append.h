// Appends protobuf fields to bytes.
#ifndef DOLERITE_FORMATS_WIRE_PROTO_APPEND_H_
#define DOLERITE_FORMATS_WIRE_PROTO_APPEND_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "formats/wire/proto_reader.h"

namespace dolerite {

inline void AppendTag(std::string* out, uint32_t number, WireType type) {
  AppendVarint(out, uint64_t{number} << 3 | static_cast<uint32_t>(type));
}
inline void AppendBytesField(std::string* out, uint32_t number, std::string_view bytes) {
  AppendTag(out, number, WireType::kBytes);
  AppendVarint(out, bytes.size());
  out->append(bytes);
}
inline void AppendVarintField(std::string* out, uint32_t number, uint64_t value) {
  AppendTag(out, number, WireType::kVarint);
  AppendVarint(out, value);
}
inline void AppendFixedField(std::string* out, uint32_t number, uint64_t value) {
  AppendTag(out, number, WireType::kFixed64);
  AppendLittle(out, value);
}

}  // namespace dolerite

#endif  // DOLERITE_FORMATS_WIRE_PROTO_APPEND_H_
