#include "base/bytes.h"

namespace dolerite {

// At most ten bytes; bits past 64 are dropped, as protobuf does. The position moves only if a whole
// number was read.
bool ByteReader::ReadLongVarint(uint64_t* value) {
  uint64_t result = 0;
  const char* at = at_;
  for (int shift = 0; shift < 70 && at != end_; shift += 7) {
    const uint8_t byte = static_cast<uint8_t>(*at++);
    result |= shift < 64 ? static_cast<uint64_t>(byte & 0x7f) << shift : 0;
    if (byte < 0x80) {
      *value = result;
      at_ = at;
      return true;
    }
  }
  return false;
}

}  // namespace dolerite
