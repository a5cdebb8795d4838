// kBits: how many bits each code has, as an integer column of its own, which zstd compresses well;
// then, for each code, the bits below its highest one, from the lowest bit of the first byte
// upwards. Saves the padding of other kinds where codes have many sizes.
#include <algorithm>
#include <bit>

#include "encoding/codes.h"

namespace dolerite {
namespace {

// The highest bit of a code other than 0 is 1, so it is not stored.
int OwnBits(uint32_t width) { return width == 0 ? 0 : static_cast<int>(width) - 1; }

}  // namespace

void AppendBits(std::span<const uint64_t> codes, std::string* out) {
  // Up to 7 bits wait from the code before, and a code adds up to 63: more than a word holds.
  unsigned __int128 bits = 0;
  int filled = 0;
  for (uint64_t code : codes) {
    const int own = OwnBits(static_cast<uint32_t>(std::bit_width(code)));
    const uint64_t mask = (uint64_t{1} << own) - 1;
    bits |= static_cast<unsigned __int128>(code & mask) << filled;
    for (filled += own; filled >= 8; filled -= 8, bits >>= 8) {
      out->push_back(static_cast<char>(bits));
    }
  }
  if (filled > 0) out->push_back(static_cast<char>(bits));
}

// `widths` come from a column that was read before; here they are only numbers from outside. Their
// sum says how many bytes follow, so the loop needs no check.
template <class T>
CodesRead ReadBits(std::span<const uint32_t> widths, ByteReader* in, T* codes) {
  uint64_t size = 0;
  uint32_t widest = 0;
  for (uint32_t width : widths) size += OwnBits(width), widest = std::max(widest, width);
  std::string_view bytes;
  if (widest > 64 || !in->ReadBytes((size + 7) / 8, &bytes)) return CodesRead::kDamaged;
  if (widest > 8 * sizeof(T)) return CodesRead::kTooWide;
  unsigned __int128 bits = 0;
  int filled = 0;
  size_t at = 0;
  for (size_t i = 0; i < widths.size(); ++i) {
    const int own = OwnBits(widths[i]);
    for (; filled < own; filled += 8) {
      bits |= static_cast<unsigned __int128>(static_cast<uint8_t>(bytes[at++])) << filled;
    }
    // The highest bit, and the mask of the bits below it; 0 for a code of no bits.
    const uint64_t top = uint64_t{widths[i] != 0} << own;
    codes[i] = static_cast<T>(top | (static_cast<uint64_t>(bits) & (top - (top != 0))));
    bits >>= own;
    filled -= own;
  }
  return CodesRead::kOk;
}

template CodesRead ReadBits(std::span<const uint32_t> widths, ByteReader* in, uint32_t* codes);
template CodesRead ReadBits(std::span<const uint32_t> widths, ByteReader* in, uint64_t* codes);

}  // namespace dolerite
