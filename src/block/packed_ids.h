// A list of ids in little memory.
#ifndef DOLERITE_BLOCK_PACKED_IDS_H_
#define DOLERITE_BLOCK_PACKED_IDS_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"

namespace dolerite {

// Differences, a byte or two each where the list ascends, as maps between canonical tables do.
class PackedIds {
 public:
  PackedIds() = default;
  explicit PackedIds(std::span<const uint32_t> ids) : size_(ids.size()) {
    uint32_t last = 0;
    for (uint32_t id : ids) {
      AppendVarint(&bytes_, ZigZag(int64_t{id} - int64_t{last}));
      last = id;
    }
    bytes_.shrink_to_fit();
  }

  std::vector<uint32_t> Unpack() const {
    std::vector<uint32_t> ids(size_);
    ByteReader reader(bytes_);
    int64_t last = 0;
    uint64_t step = 0;
    for (uint32_t& id : ids) {
      reader.ReadVarint(&step);  // as many as were packed
      last += UnZigZag(step);
      id = static_cast<uint32_t>(last);
    }
    return ids;
  }

  size_t size() const { return size_; }
  size_t memory_bytes() const { return bytes_.capacity(); }

 private:
  size_t size_ = 0;
  std::string bytes_;
};

}  // namespace dolerite

#endif  // DOLERITE_BLOCK_PACKED_IDS_H_
