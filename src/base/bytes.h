// Little-endian integers and varints in byte strings, and the one bounds-checked
// reader of bytes from outside.
#ifndef DOLERITE_BASE_BYTES_H_
#define DOLERITE_BASE_BYTES_H_

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace dolerite {

static_assert(std::endian::native == std::endian::little, "stored integers are little endian");

template <class T>
T LoadLittle(const void* from) {
  T value;
  std::memcpy(&value, from, sizeof(T));
  return value;
}

template <class T>
void AppendLittle(std::string* out, T value) {
  out->append(reinterpret_cast<const char*>(&value), sizeof(T));
}

inline void AppendVarint(std::string* out, uint64_t value) {
  while (value >= 0x80) {
    out->push_back(static_cast<char>(value | 0x80));
    value >>= 7;
  }
  out->push_back(static_cast<char>(value));
}

inline size_t VarintSize(uint64_t value) { return (std::bit_width(value | 1) + 6) / 7; }

inline uint64_t ZigZag(int64_t v) {
  return (static_cast<uint64_t>(v) << 1) ^ static_cast<uint64_t>(v >> 63);
}
inline int64_t UnZigZag(uint64_t v) { return static_cast<int64_t>((v >> 1) ^ (0 - (v & 1))); }

// A varint and where it ends: nullptr if it is cut off or has more than 10 bytes. Bits past the
// 64th are ignored, as protobuf does.
struct ParsedVarint {
  const char* end;
  uint64_t value;
};
ParsedVarint ParseLongVarint(const char* at, const char* end);

// Most varints have one or two bytes. Inlined, and by value, so that loops keep their place in a
// register.
inline ParsedVarint ParseVarint(const char* at, const char* end) {
  if (at == end) return {nullptr, 0};
  const uint64_t first = static_cast<uint8_t>(*at);
  if (first < 0x80) return {at + 1, first};
  if (end - at > 1 && static_cast<uint8_t>(at[1]) < 0x80) {
    return {at + 2, (first & 0x7f) | uint64_t{static_cast<uint8_t>(at[1])} << 7};
  }
  return ParseLongVarint(at, end);
}

// Reads from the front. Each read either takes what it says and returns true, or
// takes nothing and returns false. Lengths are compared with what is left, so
// that no sum can wrap.
class ByteReader {
 public:
  ByteReader() = default;
  explicit ByteReader(std::string_view bytes)
      : start_(bytes.data()), at_(bytes.data()), end_(bytes.data() + bytes.size()) {}

  size_t remaining() const { return static_cast<size_t>(end_ - at_); }
  size_t position() const { return static_cast<size_t>(at_ - start_); }
  bool empty() const { return at_ == end_; }

  // False also for a varint of more than 10 bytes.
  bool ReadVarint(uint64_t* value) {
    const ParsedVarint parsed = ParseVarint(at_, end_);
    if (parsed.end == nullptr) return false;
    at_ = parsed.end;
    *value = parsed.value;
    return true;
  }

  template <class T>
  bool ReadLittle(T* value) {
    if (remaining() < sizeof(T)) return false;
    *value = LoadLittle<T>(at_);
    at_ += sizeof(T);
    return true;
  }

  bool ReadBytes(uint64_t size, std::string_view* bytes) {
    if (remaining() < size) return false;
    *bytes = std::string_view(at_, size);
    at_ += size;
    return true;
  }

 private:
  const char* start_ = nullptr;
  const char* at_ = nullptr;
  const char* end_ = nullptr;
};

}  // namespace dolerite

#endif  // DOLERITE_BASE_BYTES_H_
