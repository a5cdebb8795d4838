// Bytes taken from the front, for the reader of format_reader.h.
#ifndef DOLERITE_TESTS_BLOCK_FORMAT_BYTES_H_
#define DOLERITE_TESTS_BLOCK_FORMAT_BYTES_H_

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

namespace dolerite::testing {

inline void Require(bool holds, const std::string& what) {
  if (!holds) throw std::runtime_error("not as FORMAT.md has it: " + what);
}

inline uint64_t UnZig(uint64_t z) { return z % 2 == 0 ? z / 2 : ~(z / 2); }

inline int64_t Signed(uint64_t value) { return static_cast<int64_t>(value); }

struct FormatBytes {
  std::string_view rest;

  explicit FormatBytes(std::string_view bytes) : rest(bytes) {}
  std::string_view Take(uint64_t size) {
    Require(size <= rest.size(), "too few bytes");
    const std::string_view taken = rest.substr(0, size);
    rest.remove_prefix(size);
    return taken;
  }
  uint8_t Byte() { return static_cast<uint8_t>(Take(1)[0]); }
  uint64_t Little(size_t bytes) {
    uint64_t value = 0;
    for (size_t i = 0; i < bytes; ++i) value |= uint64_t{Byte()} << 8 * i;
    return value;
  }
  uint64_t Varint() {
    uint64_t value = 0;
    for (int shift = 0;; shift += 7) {
      const uint64_t byte = Byte();
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
      Require(shift < 63, "varint");
    }
  }
};

}  // namespace dolerite::testing

#endif  // DOLERITE_TESTS_BLOCK_FORMAT_BYTES_H_
