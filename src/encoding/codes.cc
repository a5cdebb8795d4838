// What the kinds of codes have in common: sizes by which the encoder chooses, and the ways to the
// code of each kind. Constant and varint codes are short enough to be here.
#include "encoding/codes.h"

#include <algorithm>
#include <bit>

namespace dolerite {
namespace {

int BytesOfBits(int bits) { return (bits + 7) / 8; }

bool IsGroups(CodeKind kind) {
  return kind == CodeKind::kNarrowGroups || kind == CodeKind::kWideGroups;
}

// Reads all codes and looks for wide ones once, at the end, by the bitwise or of all.
template <class T>
CodesRead ReadVarints(ByteReader* in, size_t count, T* codes) {
  uint64_t code = 0, all = 0;
  for (size_t i = 0; i < count; ++i) {
    if (!in->ReadVarint(&code)) return CodesRead::kDamaged;
    all |= code;
    codes[i] = static_cast<T>(code);
  }
  return all == static_cast<T>(all) ? CodesRead::kOk : CodesRead::kTooWide;
}

template <class T>
CodesRead ReadConstant(ByteReader* in, size_t count, T* codes) {
  uint64_t code = 0;
  if (!in->ReadVarint(&code)) return CodesRead::kDamaged;
  if (code != static_cast<T>(code)) return CodesRead::kTooWide;
  std::fill_n(codes, count, static_cast<T>(code));
  return CodesRead::kOk;
}

}  // namespace

// One pass over the codes gives the sizes of all kinds but kVarint: kPacked depends on the widest
// of each block, groups on the bytes that each code takes, kSplit on the tails, which small codes
// have not. Blocks of small codes, the usual case, need no look at the width of each.
CodeSizes::CodeSizes(std::span<const uint64_t> all_codes) : codes(all_codes) {
  for (size_t i = 0; i < codes.size(); i += kPackedBlock) {
    const auto block = codes.subspan(i, std::min(kPackedBlock, codes.size() - i));
    uint64_t all = 0;
    for (uint64_t code : block) all |= code;
    split_bytes += block.size();
    packed_bytes += 1 + (block.size() * std::bit_width(all) + 7) / 8;
    if (all >= kSplitTailsFrom) {
      for (uint64_t code : block) split_bytes += SplitTailBytes(code);
    }
    if (all > UINT8_MAX) {
      for (uint64_t code : block) ++by_bytes.data()[BytesOfBits(std::bit_width(code))];
      continue;
    }
    size_t zeros = 0;
    for (uint64_t code : block) zeros += code == 0;
    by_bytes[0] += zeros;
    by_bytes[1] += block.size() - zeros;
  }
}

// Exact, so that the encoder chooses without writing. kConstant is chosen before, by the values
// themselves.
size_t CodeSizes::bytes(CodeKind kind) const {
  if (kind == CodeKind::kPacked) return packed_bytes;
  if (kind == CodeKind::kSplit) return split_bytes;
  if (kind == CodeKind::kVarint) {
    size_t sum = 0;
    for (uint64_t code : codes) sum += VarintSize(code);
    return sum;
  }
  if (!IsGroups(kind)) return kNoSize;
  size_t sum = (codes.size() + 3) / 4;
  const auto& lengths = GroupLengths(kind);
  for (size_t bytes = 0; bytes < by_bytes.size(); ++bytes) {
    if (by_bytes[bytes] == 0) continue;
    // The next length that the groups' two control bits can say.
    const auto length = std::lower_bound(lengths.begin(), lengths.end(), bytes);
    if (length == lengths.end()) return kNoSize;
    sum += by_bytes[bytes] * *length;
  }
  return sum;
}

// Bounds the buffer that a frame is decoded to. A frame that holds more is damaged.
size_t MaxCodeBytes(CodeKind kind, size_t count) {
  if (kind == CodeKind::kConstant) return 10;
  if (kind == CodeKind::kVarint) return 10 * count;
  if (IsGroups(kind)) return (count + 3) / 4 + GroupLengths(kind)[3] * count;
  // A width for each block, or a head for each code, and eight bytes a code.
  return (kind == CodeKind::kPacked ? (count + kPackedBlock - 1) / kPackedBlock : count) +
         8 * count;
}

void AppendCodes(CodeKind kind, std::span<const uint64_t> codes, std::string* out) {
  switch (kind) {
    case CodeKind::kConstant:
      return AppendVarint(out, codes.empty() ? 0 : codes[0]);
    case CodeKind::kPacked:
      return AppendPacked(codes, out);
    case CodeKind::kVarint:
      for (uint64_t code : codes) AppendVarint(out, code);
      return;
    case CodeKind::kSplit:
      return AppendSplit(codes, out);
    default:
      return AppendGroups(kind, codes, out);
  }
}

// `kind` comes from three bits of the file. kBits is not handled here, as its widths are a column
// of their own.
template <class T>
CodesRead ReadCodes(CodeKind kind, ByteReader* in, size_t count, T* codes) {
  switch (kind) {
    case CodeKind::kConstant:
      return ReadConstant(in, count, codes);
    case CodeKind::kPacked:
      return ReadPacked(in, count, codes);
    case CodeKind::kVarint:
      return ReadVarints(in, count, codes);
    case CodeKind::kSplit:
      return ReadSplit(in, count, codes);
    case CodeKind::kNarrowGroups:
    case CodeKind::kWideGroups:
      return ReadGroups(kind, in, count, codes);
    default:
      return CodesRead::kDamaged;
  }
}

template CodesRead ReadCodes(CodeKind kind, ByteReader* in, size_t count, uint32_t* codes);
template CodesRead ReadCodes(CodeKind kind, ByteReader* in, size_t count, uint64_t* codes);

}  // namespace dolerite
