// kSplit: one head byte for each code; then the tails, one after the other. A head
// below 208 is the code. Heads above it go to classes: those of class k have k tail
// bytes, which continue the head's place in its class, highest byte first. Each class
// begins where the one before it ends, so that every code has one form. Heads apart
// from tails compress better: FORMAT.md has the measurement.
#include <algorithm>
#include <bit>

#include "encoding/codes.h"

namespace dolerite {
namespace {

// How many heads have 0, 1, ... 8 tail bytes. Frozen.
constexpr std::array<uint16_t, 9> kHeads = {208, 24, 16, 3, 1, 1, 1, 1, 1};

struct SplitTables {
  std::array<uint64_t, 256> base{};   // by head: its smallest code
  std::array<uint8_t, 256> tail{};    // by head: tail bytes
  std::array<uint64_t, 9> first{};    // by class: its smallest code
  std::array<uint8_t, 9> head{};      // by class: its first head
  std::array<uint8_t, 65> of_bits{};  // by the bits of a code: its class or the one before
};

// Made at compile time from the nine numbers above.
constexpr SplitTables MakeTables() {
  SplitTables tables;
  uint64_t code = 0;
  size_t head = 0;
  for (uint8_t k = 0; k < 9; ++k) {
    tables.first[k] = code;
    tables.head[k] = static_cast<uint8_t>(head);
    for (size_t end = head + kHeads[k]; head < end; ++head) {
      tables.base[head] = code;
      tables.tail[head] = k;
      if (k < 8) code += uint64_t{1} << 8 * k;
    }
  }
  for (size_t bits = 1; bits < 65; ++bits) {
    const uint64_t smallest = uint64_t{1} << (bits - 1);
    while (tables.of_bits[bits] < 8 && tables.first[tables.of_bits[bits] + 1] <= smallest) {
      ++tables.of_bits[bits];
    }
  }
  return tables;
}

constexpr SplitTables kSplitTables = MakeTables();

// The codes of one bit width lie in one class or in two neighbouring ones, so at most one step is
// needed.
size_t ClassOf(uint64_t code) {
  const size_t k = kSplitTables.of_bits[std::bit_width(code)];
  return k + (k < 8 && code >= kSplitTables.first[k + 1]);
}

// True if a byte of the eight is 192 or more, as every head with a tail is.
// Eight codes without tails, the usual case in columns of small numbers, are recognised by one
// test. A head between 192 and 207 only takes the slower way.
bool MayHaveTails(uint64_t eight_heads) {
  return (eight_heads & eight_heads << 1 & 0x8080808080808080) != 0;
}

// The first `bytes` bytes at `from`, of which eight may be read, as a number.
uint64_t LoadTail(const char* from, size_t bytes) {
  const size_t half = 32 - 4 * bytes;  // one shift by 64 would not be defined
  return __builtin_bswap64(LoadLittle<uint64_t>(from)) >> half >> half;
}

// Reads `count` codes; false if there are too few tails. `at` moves past theirs.
// For the end of the input, where eight bytes may not be left: the tail is copied to a padded
// buffer.
template <class T>
bool ReadCarefully(const char* heads, size_t count, const char** at, const char* end, T* codes,
                   uint64_t* all) {
  for (size_t i = 0; i < count; ++i) {
    const uint8_t head = static_cast<uint8_t>(heads[i]);
    const size_t bytes = kSplitTables.tail[head];
    if (static_cast<size_t>(end - *at) < bytes) return false;
    char padded[8] = {};
    std::copy_n(*at, bytes, padded);
    const uint64_t code = kSplitTables.base[head] + LoadTail(padded, bytes);
    *all |= code;
    codes[i] = static_cast<T>(code);
    *at += bytes;
  }
  return true;
}

// The same for eight codes where 64 bytes are left.
template <class T>
const char* ReadEight(const char* heads, const char* at, T* codes, uint64_t* all) {
  for (size_t i = 0; i < 8; ++i) {
    const uint8_t head = static_cast<uint8_t>(heads[i]);
    const size_t bytes = kSplitTables.tail[head];
    const uint64_t code = kSplitTables.base[head] + LoadTail(at, bytes);
    *all |= code;
    codes[i] = static_cast<T>(code);
    at += bytes;
  }
  return at;
}

}  // namespace

size_t SplitTailBytes(uint64_t code) { return ClassOf(code); }

// Like groups. Eight small codes, the usual case, are eight heads.
void AppendSplit(std::span<const uint64_t> codes, std::string* out) {
  const size_t begin = out->size();
  out->reserve(begin + 9 * codes.size());
  out->resize(begin + codes.size());
  char* head = out->data() + begin;
  NumberAppender tails(out);
  const auto append = [&](uint64_t code) {
    const size_t k = ClassOf(code);
    const uint64_t place = code - kSplitTables.first[k];
    *head++ = static_cast<char>(kSplitTables.head[k] + (k == 8 ? 0 : place >> 8 * k));
    if (k == 0) return;
    const uint64_t bytes = __builtin_bswap64(place << (64 - 8 * k));
    char* const at = tails.Begin();
    std::memcpy(at, &bytes, 8);
    tails.End(at + k);
  };
  const uint64_t *code = codes.data(), *const end = code + codes.size();
  for (; end - code >= 8; code += 8) {
    uint64_t all = 0;
    for (size_t i = 0; i < 8; ++i) all |= code[i];
    for (size_t i = 0; i < 8; ++i) {
      if (all >= kSplitTailsFrom) {
        append(code[i]);
      } else {
        *head++ = static_cast<char>(code[i]);
      }
    }
  }
  for (; code != end; ++code) append(*code);
}

// Heads are read first; where the tails end is known only when all codes are read. A copy of the
// reader looks at the rest, and `in` moves by what was used.
template <class T>
CodesRead ReadSplit(ByteReader* in, size_t count, T* codes) {
  std::string_view heads, tails;
  if (!in->ReadBytes(count, &heads)) return CodesRead::kDamaged;
  ByteReader rest = *in;
  rest.ReadBytes(rest.remaining(), &tails);
  const char* at = tails.data();
  const char* end = at + tails.size();
  uint64_t all = 0;
  size_t i = 0;
  for (; count - i >= 8; i += 8) {
    const char* eight = heads.data() + i;
    if (!MayHaveTails(LoadLittle<uint64_t>(eight))) {
      for (size_t j = 0; j < 8; ++j) codes[i + j] = static_cast<uint8_t>(eight[j]);
    } else if (end - at >= 64) {
      at = ReadEight(eight, at, codes + i, &all);
    } else if (!ReadCarefully(eight, 8, &at, end, codes + i, &all)) {
      return CodesRead::kDamaged;
    }
  }
  if (!ReadCarefully(heads.data() + i, count - i, &at, end, codes + i, &all)) {
    return CodesRead::kDamaged;
  }
  in->ReadBytes(at - tails.data(), &tails);
  return all == static_cast<T>(all) ? CodesRead::kOk : CodesRead::kTooWide;
}

template CodesRead ReadSplit(ByteReader* in, size_t count, uint32_t* codes);
template CodesRead ReadSplit(ByteReader* in, size_t count, uint64_t* codes);

}  // namespace dolerite
