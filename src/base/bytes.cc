#include "base/bytes.h"

namespace dolerite {

namespace {

constexpr uint64_t kMoreBits = 0x8080808080808080;  // set in each byte that another one follows

// Puts the lower seven bits of each of eight bytes side by side.
uint64_t JoinSevens(uint64_t bytes) {
  bytes &= ~kMoreBits;
  bytes = (bytes & 0x007f007f007f007f) | (bytes & 0x7f007f007f007f00) >> 1;
  bytes = (bytes & 0x00003fff00003fff) | (bytes & 0x3fff00003fff0000) >> 2;
  return (bytes & 0x000000000fffffff) | (bytes & 0x0fffffff00000000) >> 4;
}

}  // namespace

// Numbers of up to eight bytes are put together without a branch a byte, where eight may be read:
// their lengths vary too much to be predicted.
ParsedVarint ParseLongVarint(const char* at, const char* end) {
  if (end - at >= 8) {
    const uint64_t bytes = LoadLittle<uint64_t>(at);
    if (const uint64_t ends = ~bytes & kMoreBits; ends != 0) {
      const int last_bit = std::countr_zero(ends);  // of the last byte's eight
      const uint64_t kept = ends ^ (ends - 1);      // all bits up to that one
      return {at + last_bit / 8 + 1, JoinSevens(bytes & kept)};
    }
  }
  uint64_t result = 0;
  for (int shift = 0; shift < 70 && at != end; shift += 7) {
    const uint8_t byte = static_cast<uint8_t>(*at++);
    result |= shift < 64 ? static_cast<uint64_t>(byte & 0x7f) << shift : 0;
    if (byte < 0x80) return {at, result};
  }
  return {nullptr, 0};
}

}  // namespace dolerite
