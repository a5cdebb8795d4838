// Bounds the memory of what a reader keeps by the size of what it reads.
#ifndef DOLERITE_FORMATS_WIRE_MEMORY_METER_H_
#define DOLERITE_FORMATS_WIRE_MEMORY_METER_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/status.h"
#include "dolerite/limits.h"

namespace dolerite {

// What `stored` bytes of input may become in memory.
inline size_t MemoryBound(const ReadLimits& limits, size_t stored) {
  const size_t per_byte = std::max<size_t>(limits.memory_per_byte, 1);
  const size_t by_size = stored > SIZE_MAX / per_byte ? SIZE_MAX : stored * per_byte;
  return std::max(limits.memory_bytes, by_size);
}

// Columns grow by doubling: charge twice what a row takes where a column was not reserved.
class MemoryMeter {
 public:
  explicit MemoryMeter(size_t bound = SIZE_MAX) : bound_(bound) {}

  // Asked before the memory is taken. False past the bound, from then on.
  bool Take(size_t bytes) {
    if (bytes > bound_ - used_) return used_ = bound_, failed_ = true, false;
    used_ += bytes;
    return !failed_;
  }
  // Whether Take would grant so much.
  bool Has(size_t bytes) const { return bytes <= bound_ - used_ && !failed_; }
  // Memory that is free again.
  void Return(size_t bytes) { used_ -= std::min(bytes, used_); }
  size_t used() const { return used_; }
  absl::Status Exceeded(std::string_view format) const {
    return ResourceExhausted(format, ": memory_bytes: the content takes more than the limit of ",
                             bound_, " for its size");
  }

 private:
  size_t bound_;
  size_t used_ = 0;
  bool failed_ = false;
};

}  // namespace dolerite

#endif  // DOLERITE_FORMATS_WIRE_MEMORY_METER_H_
