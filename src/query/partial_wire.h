// How questions and partial answers become bytes: each value in one way only, written once for both
// directions.
//
//   bool, unsigned, enum   varint             signed      zigzag varint
//   128 bits               two varints        double      8 bytes, little endian
//   text                   size, bytes        ids         their bytes
//   lists, sets, maps      count, entries     structs     fields in the order of Fields()
#ifndef DOLERITE_QUERY_PARTIAL_WIRE_H_
#define DOLERITE_QUERY_PARTIAL_WIRE_H_

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "absl/status/status.h"
#include "base/bytes.h"
#include "base/status.h"

namespace dolerite {

namespace wire {

template <class T, template <class...> class Of>
inline constexpr bool kIs = false;
template <template <class...> class Of, class... Args>
inline constexpr bool kIs<Of<Args...>, Of> = true;

// Vectors, those with room for some entries inside too.
template <class T>
inline constexpr bool kIsVector = kIs<T, std::vector>;
template <class T, size_t n>
inline constexpr bool kIsVector<absl::InlinedVector<T, n>> = true;

template <class T>
inline constexpr bool kIsSpan = false;
template <class T>
inline constexpr bool kIsSpan<std::span<T>> = true;

template <class T>
inline constexpr bool kIsId = false;
template <size_t n>
inline constexpr bool kIsId<std::array<uint8_t, n>> = true;

}  // namespace wire

// Fields(wire, struct) names a struct's fields for both of the next two, LastOf(enum) an enum's
// last value.
class PartialWriter {
 public:
  template <class... T>
  void operator()(const T&... values) {
    (Write(values), ...);
  }
  const std::string& bytes() {
    Flush();
    return out_;
  }
  // InvalidArgument if the caller gave an enum a value that it does not have.
  const absl::Status& status() const { return status_; }

 private:
  template <class T>
  void Write(const T& value) {
    if constexpr (std::is_same_v<T, __int128>) {
      const unsigned __int128 v = static_cast<unsigned __int128>(value);
      const uint64_t high = static_cast<uint64_t>(v >> 64), low = static_cast<uint64_t>(v);
      Put(ZigZag(static_cast<int64_t>(low)));
      // What the upper half is beyond the lower one's sign: nearly always 0.
      Put(ZigZag(static_cast<int64_t>(high - (0 - (low >> 63)))));
    } else if constexpr (std::is_enum_v<T>) {
      Write(static_cast<uint64_t>(value));
      if (value > LastOf(T()) && status_.ok()) {
        status_ = InvalidArgument("question: ", static_cast<uint64_t>(value),
                                  " is not a value of its enum; the last one is ",
                                  static_cast<uint64_t>(LastOf(T())));
      }
    } else if constexpr (std::is_same_v<T, double>) {
      Flush();
      AppendLittle(&out_, std::bit_cast<uint64_t>(value));
    } else if constexpr (std::is_signed_v<T>) {
      Put(ZigZag(value));
    } else if constexpr (std::is_unsigned_v<T>) {
      Put(value);
    } else if constexpr (std::is_same_v<T, std::string> || std::is_same_v<T, std::string_view>) {
      Put(value.size());
      Flush();
      out_ += value;
    } else if constexpr (wire::kIsId<T>) {
      Flush();
      out_.append(reinterpret_cast<const char*>(value.data()), value.size());
    } else if constexpr (wire::kIs<T, std::pair>) {
      Write(value.first), Write(value.second);
    } else if constexpr (wire::kIsVector<T> || wire::kIs<T, std::set> || wire::kIs<T, std::map> ||
                         wire::kIsSpan<T>) {
      Put(value.size());
      for (const auto& entry : value) Write(entry);
    } else {
      Fields(*this, const_cast<T&>(value));  // which does not change it
    }
  }

  // Varints gather in a buffer first, as a string grows slowly byte by byte.
  void Put(uint64_t value) {
    if (gathered_ > sizeof(buffer_) - kMostVarint) Flush();
    for (; value >= 0x80; value >>= 7) buffer_[gathered_++] = static_cast<char>(value | 0x80);
    buffer_[gathered_++] = static_cast<char>(value);
  }
  void Flush() {
    out_.append(buffer_, gathered_);
    gathered_ = 0;
  }

  static constexpr size_t kMostVarint = 10;
  char buffer_[256];
  size_t gathered_ = 0;
  std::string out_;
  absl::Status status_;
};

// Reads bytes from outside. After the first thing that is wrong everything reads as 0 or empty; ask
// status() in the end.
class PartialReader {
 public:
  // `what` names the bytes in messages. Entries of lists, sets and maps may take `memory_bytes`
  // together; past that the status is ResourceExhausted.
  PartialReader(std::string_view bytes, std::string_view what, size_t memory_bytes = SIZE_MAX)
      : in_(bytes), what_(what), memory_left_(memory_bytes) {}

  template <class... T>
  void operator()(T&... values) {
    (Read(values), ...);
  }
  bool ok() const { return status_.ok(); }
  size_t remaining() const { return in_.remaining(); }
  // DataLoss, with the position, unless all was as it should be.
  absl::Status status() const { return status_; }
  // The same if bytes are left over.
  absl::Status End() {
    if (!in_.empty()) Fail("bytes left over");
    return status_;
  }
  void Fail(std::string_view why) {
    if (ok()) status_ = DataLoss(what_, ": ", why, " at byte ", in_.position());
    in_ = ByteReader();
  }
  // A number below `bound`.
  uint32_t Below(size_t bound) {
    uint64_t value = 0;
    Read(value);
    if (ok() && value >= bound) Fail("an id outside its table");
    return ok() ? static_cast<uint32_t>(value) : 0;
  }
  // A count of entries that follow, each of at least one byte.
  size_t Count() {
    uint64_t count = 0;
    Read(count);
    if (ok() && count > in_.remaining()) Fail("a count beyond the end");
    return ok() ? count : 0;
  }

 private:
  template <class T>
  void Read(T& value) {
    if constexpr (std::is_same_v<T, __int128>) {
      int64_t low = 0, high = 0;
      Read(low), Read(high);
      value = static_cast<__int128>(
          (static_cast<unsigned __int128>(static_cast<uint64_t>(high)) << 64) +
          static_cast<unsigned __int128>(__int128{low}));
    } else if constexpr (std::is_enum_v<T>) {
      uint64_t v = 0;
      Read(v);
      if (v > static_cast<uint64_t>(LastOf(T()))) Fail("an unknown value");
      value = static_cast<T>(ok() ? v : 0);
    } else if constexpr (std::is_same_v<T, double>) {
      uint64_t bits = 0;
      if (!in_.ReadLittle(&bits)) Fail("cut off");
      value = std::bit_cast<double>(bits);
    } else if constexpr (std::is_integral_v<T>) {
      ReadInteger(value);
    } else if constexpr (std::is_same_v<T, std::string> || std::is_same_v<T, std::string_view>) {
      uint64_t size = 0;
      std::string_view text;  // lives as long as the bytes that are read
      Read(size);
      if (!in_.ReadBytes(size, &text)) Fail("cut off");
      value = text;
    } else if constexpr (wire::kIsId<T>) {
      std::string_view id;
      if (!in_.ReadBytes(value.size(), &id)) Fail("cut off");
      if (ok()) std::copy(id.begin(), id.end(), value.begin());
    } else if constexpr (wire::kIs<T, std::pair>) {
      Read(value.first), Read(value.second);
    } else if constexpr (wire::kIsVector<T> || wire::kIs<T, std::set> || wire::kIs<T, std::map>) {
      value.clear();
      for (size_t n = Count(); n > 0 && ok(); --n) ReadEntry(value);
    } else {
      Fields(*this, value);
    }
  }

  // Numbers of all widths are varints; one that does not fit T is an error.
  template <class T>
  void ReadInteger(T& value) {
    uint64_t v = 0;
    if (!in_.ReadVarint(&v)) Fail("cut off");
    if (!ok()) v = 0;
    const auto plain = [&] {
      if constexpr (std::is_signed_v<T>)
        return UnZigZag(v);
      else
        return v;
    }();
    value = static_cast<T>(plain);
    if (static_cast<decltype(plain)>(value) != plain) Fail("a number out of range");
  }

  // Adds the next entry of a list, set or map, whose memory is charged first.
  template <class T>
  void ReadEntry(T& value) {
    using Entry = typename T::value_type;
    if constexpr (wire::kIsVector<T>) {
      Charge<Entry>(sizeof(Entry));  // as it grows by doubling
      if (ok()) Read(value.emplace_back());
    } else if constexpr (wire::kIs<T, std::set>) {
      Entry entry;
      Charge<Entry>(kTreeNode);
      Read(entry);
      value.insert(std::move(entry));
    } else {
      typename T::key_type key;
      typename T::mapped_type mapped;
      Charge<Entry>(kTreeNode);
      Read(key), Read(mapped);
      value.insert_or_assign(std::move(key), std::move(mapped));
    }
  }

  // Counts entries before they are made, with what a container takes for each.
  template <class T>
  void Charge(size_t beside) {
    const size_t bytes = sizeof(T) + beside;
    if (bytes <= memory_left_) {
      memory_left_ -= bytes;
      return;
    }
    if (ok()) status_ = ResourceExhausted(what_, ": takes more memory than it may");
    in_ = ByteReader();
  }

  static constexpr size_t kTreeNode = 64;

  ByteReader in_;
  std::string what_;
  size_t memory_left_;
  absl::Status status_;
};

}  // namespace dolerite

#endif  // DOLERITE_QUERY_PARTIAL_WIRE_H_
