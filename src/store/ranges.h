// Ranges of objects of known size.
#ifndef DOLERITE_STORE_RANGES_H_
#define DOLERITE_STORE_RANGES_H_

#include <algorithm>
#include <string_view>

#include "base/status.h"
#include "dolerite/object_store.h"

namespace dolerite {

// The part of an object of `size` bytes that `range` means, with an offset from the front.
inline absl::StatusOr<ByteRange> Resolve(std::string_view key, const ByteRange& range,
                                         uint64_t size) {
  if (range.from_end) {
    const uint64_t length = std::min(range.length, size);
    return ByteRange::At(size - length, length);
  }
  if (range.offset > size || range.length > size - range.offset) {
    return OutOfRange(range.length, " bytes at ", range.offset, " pass the end of ", key, ", of ",
                      size, " bytes");
  }
  return range;
}

}  // namespace dolerite

#endif  // DOLERITE_STORE_RANGES_H_
