// The layout of an integer column, shared by its writer and its reader. FORMAT.md
// has the same as a specification.
//
//   1 v v v v v v v                  every value is v: nothing follows
//   0 z a m m k k k                  kind, mode, affine?, zstd?, and then
//   [first]                          varint: value 0, unless the mode is kValues
//   [base, divisor]                  varints, if affine
//   [size]                           varint: bytes of the payload, if zstd
//   payload                          the codes, one a value (value 0 left out with [first])
#ifndef DOLERITE_ENCODING_COLUMN_LAYOUT_H_
#define DOLERITE_ENCODING_COLUMN_LAYOUT_H_

#include <cstddef>
#include <cstdint>

namespace dolerite {

// How the codes x are stored in the payload. Frozen: numbers are stored in files.
enum class CodeKind : uint8_t {
  kConstant = 0,      // one varint: every code
  kPacked = 1,        // a width for each 128 codes, then their bits
  kNarrowGroups = 2,  // two control bits for each, then 0, 1, 2 or 4 bytes for each
  kWideGroups = 3,    // the same with 0, 2, 4 or 8 bytes
  kSplit = 4,         // a byte for each, then more bytes for those that are not small
  kVarint = 5,        // a varint for each
  kBits = 6,          // an integer column of their widths in bits, then their bits; never zstd
};

// Kept for codes of a later library that adapt to what came before. Readers say so.
inline constexpr uint8_t kReservedKind = 7;

// The value that a code x means, modulo 2^64. Frozen: numbers are stored in files.
enum class CodeMode : uint8_t {
  kValues = 0,       // base + divisor * x
  kAscending = 1,    // value before it + unzigzag(base) + divisor * x
  kDifferences = 2,  // value before it + unzigzag(base) + divisor * unzigzag(x)
};

inline constexpr uint8_t kSmallConstantBit = 0x80;
inline constexpr uint8_t kZstdBit = 0x40;
inline constexpr uint8_t kAffineBit = 0x20;
inline constexpr int kModeShift = 3;

inline constexpr size_t kPackedBlock = 128;

// Kinds whose payload is one piece of bytes, for columns that are not constant. The encoder, its
// tests and its benchmark try each of them.
inline constexpr CodeKind kPayloadKinds[] = {CodeKind::kPacked, CodeKind::kNarrowGroups,
                                             CodeKind::kWideGroups, CodeKind::kSplit,
                                             CodeKind::kVarint};

}  // namespace dolerite

#endif  // DOLERITE_ENCODING_COLUMN_LAYOUT_H_
