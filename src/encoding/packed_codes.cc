// kPacked: one byte for each block of 128 codes says how many bits (0..64) each of
// them takes; then the blocks. A block starts at a byte, and holds its codes from the
// lowest bit of the first byte upwards.
#include <algorithm>
#include <bit>

#include "encoding/codes.h"

namespace dolerite {
namespace {

constexpr size_t kSlack = 8;  // bytes that UnpackBlock may read past a block

size_t BlockBytes(size_t count, int width) { return (count * width + 7) / 8; }

// The bitwise or has as many bits as the widest code.
int WidthOf(std::span<const uint64_t> block) {
  uint64_t all = 0;
  for (uint64_t code : block) all |= code;
  return std::bit_width(all);
}

// Bits are collected in one word and leave it eight bytes at a time; the bytes past the block's end
// are cut off at last.
void PackBlock(std::span<const uint64_t> block, int width, std::string* out) {
  const size_t end = out->size() + BlockBytes(block.size(), width);
  uint64_t bits = 0;
  int filled = 0;
  for (uint64_t code : block) {
    bits |= code << filled;
    filled += width;
    if (filled < 64) continue;
    AppendLittle(out, bits);
    filled -= 64;
    bits = filled == 0 ? 0 : code >> (width - filled);
  }
  AppendLittle(out, bits);
  out->resize(end);
}

// Every load takes eight bytes, so the caller sees to it that eight bytes may be read behind the
// block.
template <class T>
void UnpackBlock(const char* from, int width, size_t count, T* codes) {
  const uint64_t mask = width == 64 ? ~uint64_t{0} : (uint64_t{1} << width) - 1;
  // Then a code begins within the first byte of eight loaded ones and ends in them. Wider codes may
  // reach into a ninth byte.
  if (width <= 57) {
    for (size_t i = 0, bit = 0; i < count; ++i, bit += width) {
      codes[i] = static_cast<T>(LoadLittle<uint64_t>(from + (bit >> 3)) >> (bit & 7) & mask);
    }
    return;
  }
  for (size_t i = 0, bit = 0; i < count; ++i, bit += width) {
    const uint64_t low = LoadLittle<uint64_t>(from + (bit >> 3)) >> (bit & 7);
    const uint64_t high = static_cast<uint8_t>(from[(bit >> 3) + 8]);
    codes[i] = static_cast<T>((low | (high << 1) << (63 - (bit & 7))) & mask);
  }
}

// Whether all widths are valid; the bytes of all blocks; the largest width.
struct Widths {
  bool valid = true;
  size_t bytes = 0;
  int max = 0;
};

// A sum over all blocks. `bytes` cannot overflow: a width is one byte, so a block adds at most 4
// KiB, and there are at most as many blocks as bytes of input.
Widths SumWidths(std::string_view widths, size_t count) {
  Widths sum;
  for (size_t block = 0; block < widths.size(); ++block) {
    const int width = static_cast<uint8_t>(widths[block]);
    if (width > 64) sum.valid = false;
    sum.max = std::max(sum.max, width);
    sum.bytes += BlockBytes(std::min(kPackedBlock, count - block * kPackedBlock), width);
  }
  return sum;
}

}  // namespace

void AppendPacked(std::span<const uint64_t> codes, std::string* out) {
  const size_t widths = out->size();
  out->resize(widths + (codes.size() + kPackedBlock - 1) / kPackedBlock);
  for (size_t i = 0; i < codes.size(); i += kPackedBlock) {
    const auto block = codes.subspan(i, std::min(kPackedBlock, codes.size() - i));
    const int width = WidthOf(block);
    (*out)[widths + i / kPackedBlock] = static_cast<char>(width);
    PackBlock(block, width, out);
  }
}

// Widths first, then the bits: two reads are checked, blocks are not.
template <class T>
CodesRead ReadPacked(ByteReader* in, size_t count, T* codes) {
  std::string_view widths, bits;
  if (!in->ReadBytes((count + kPackedBlock - 1) / kPackedBlock, &widths)) {
    return CodesRead::kDamaged;
  }
  // All widths are checked before a bit is read, so that blocks need no checks.
  const Widths sum = SumWidths(widths, count);
  if (!sum.valid || !in->ReadBytes(sum.bytes, &bits)) return CodesRead::kDamaged;
  if (sum.max > static_cast<int>(8 * sizeof(T))) return CodesRead::kTooWide;
  for (size_t i = 0; i < count; i += kPackedBlock) {
    const int width = static_cast<uint8_t>(widths[i / kPackedBlock]);
    const size_t n = std::min(kPackedBlock, count - i);
    const size_t size = BlockBytes(n, width);
    if (bits.size() - size >= kSlack) {
      UnpackBlock(bits.data(), width, n, codes + i);
    } else {
      // The last blocks lie near the end of the input: a copy gives UnpackBlock the bytes that it
      // may read.
      char padded[kPackedBlock * 8 + kSlack] = {};
      std::copy_n(bits.data(), size, padded);
      UnpackBlock(padded, width, n, codes + i);
    }
    bits.remove_prefix(size);
  }
  return CodesRead::kOk;
}

template CodesRead ReadPacked(ByteReader* in, size_t count, uint32_t* codes);
template CodesRead ReadPacked(ByteReader* in, size_t count, uint64_t* codes);

}  // namespace dolerite
