// Reads integer columns; column_layout.h has the picture.
#include "base/status.h"
#include "encoding/codes.h"
#include "encoding/column_layout.h"
#include "encoding/integers.h"

namespace dolerite {
namespace {

// The numbers before the payload.
struct Header {
  CodeKind kind = CodeKind::kConstant;
  CodeMode mode = CodeMode::kValues;
  bool affine = false;
  bool zstd = false;
  uint64_t first = 0;
  uint64_t base = 0;
  uint64_t divisor = 1;

  // Values without a code.
  size_t skipped() const { return mode == CodeMode::kValues ? 0 : 1; }
};

// The descriptor has no unused values that would be ignored: mode 3, and kBits with zstd, are
// damage.
bool ReadHeader(uint8_t descriptor, ByteReader* in, Header* header) {
  header->kind = static_cast<CodeKind>(descriptor & 7);
  header->mode = static_cast<CodeMode>(descriptor >> kModeShift & 3);
  header->affine = descriptor & kAffineBit;
  header->zstd = descriptor & kZstdBit;
  if (header->mode > CodeMode::kDifferences) return false;
  if (header->kind == CodeKind::kBits && header->zstd) return false;
  if (header->mode != CodeMode::kValues && !in->ReadVarint(&header->first)) return false;
  if (!header->affine) return true;
  return in->ReadVarint(&header->base) && in->ReadVarint(&header->divisor);
}

// Turns codes into values, in place. False if a value does not fit T. If T is narrow so are the
// codes, and divisor * code + base is checked to stay in 64 bits.
// Arithmetic is modulo 2^64, as in FORMAT.md, so hostile numbers give wrong values but nothing
// undefined.
template <class T>
bool ScaleCodes(const Header& header, T* codes, size_t count) {
  constexpr bool kNarrow = sizeof(T) < 8;
  const uint64_t base = header.base, divisor = header.divisor;
  if (kNarrow && ((base | divisor) >> 32) != 0) return false;
  uint64_t over = 0;
  for (size_t i = 0; i < count; ++i) {
    const uint64_t value = base + divisor * codes[i];
    if (kNarrow) over |= value >> 32;
    codes[i] = static_cast<T>(value);
  }
  return over == 0;
}

// values[0] is set, the others are codes of differences. False if one does not fit T.
// The bitwise or of all values shows whether one is too wide, without a branch in the loop.
template <class T, bool kSigned>
bool SumCodes(const Header& header, T* values, size_t count) {
  const uint64_t base = static_cast<uint64_t>(UnZigZag(header.base));
  uint64_t value = header.first, over = 0;
  values[0] = static_cast<T>(value);
  for (size_t i = 1; i < count; ++i) {
    const uint64_t code = values[i];
    const uint64_t step = kSigned ? static_cast<uint64_t>(UnZigZag(code)) : code;
    value += header.affine ? base + header.divisor * step : step;
    over |= value;
    values[i] = static_cast<T>(value);
  }
  return static_cast<T>(over) == over;
}

// The mode and the sign of steps are decided outside of the loops.
template <class T>
bool ApplyMode(const Header& header, T* values, size_t count) {
  if (header.first != static_cast<T>(header.first)) return false;
  switch (header.mode) {
    case CodeMode::kValues:
      return !header.affine || ScaleCodes(header, values, count);
    case CodeMode::kAscending:
      return SumCodes<T, false>(header, values, count);
    default:
      return SumCodes<T, true>(header, values, count);
  }
}

// The payload's reader: `in` itself, or what zstd made of the frame in it.
absl::Status OpenPayload(const Header& header, size_t codes, ByteReader* in, FrameDecoder* zstd,
                         ByteReader* payload) {
  uint64_t size = 0;
  std::string_view frame, plain;
  if (!in->ReadVarint(&size) || !in->ReadBytes(size, &frame)) {
    return DataLoss("integer column: truncated frame");
  }
  DOLERITE_RETURN_IF_ERROR(zstd->DecompressUpTo(frame, MaxCodeBytes(header.kind, codes), &plain));
  *payload = ByteReader(plain);
  return absl::OkStatus();
}

absl::Status StatusOf(const absl::StatusOr<CodesRead>& read) {
  if (!read.ok()) return read.status();
  if (*read == CodesRead::kOk) return absl::OkStatus();
  if (*read == CodesRead::kDamaged) return DataLoss("integer column: bad or truncated codes");
  return DataLoss("integer column: a value does not fit 32 bits");
}

// `widths` are those of kBits.
// Codes are read into the place of the values, behind the first value if the mode has one, and
// become values in place. The host is asked before a long column is read and in between: either
// half takes up to 7 ms for 2^24 values, the most that default limits allow.
template <class T>
absl::StatusOr<CodesRead> ReadValues(const Header& header, std::span<const uint32_t> widths,
                                     ByteReader* in, size_t count, const FrameDecoder& host,
                                     T* values) {
  constexpr size_t kLong = 1 << 20;
  if (count >= kLong) DOLERITE_RETURN_IF_ERROR(host.Check());
  T* codes = values + header.skipped();
  const CodesRead read = header.kind == CodeKind::kBits
                             ? ReadBits(widths, in, codes)
                             : ReadCodes(header.kind, in, count - header.skipped(), codes);
  if (read != CodesRead::kOk) return read;
  if (count >= kLong) DOLERITE_RETURN_IF_ERROR(host.Check());
  return ApplyMode(header, values, count) ? CodesRead::kOk : CodesRead::kTooWide;
}

// Narrow values may have wide codes (differences below zero): these are decoded to 64 bits first.
absl::StatusOr<CodesRead> ReadAnyValues(const Header& header, std::span<const uint32_t> widths,
                                        ByteReader* in, size_t count, const FrameDecoder& host,
                                        uint64_t* values) {
  return ReadValues(header, widths, in, count, host, values);
}
// Most columns of 32 bits have narrow codes, so those are tried first. Only if a code was too wide
// are the codes read again, to 64 bits.
absl::StatusOr<CodesRead> ReadAnyValues(const Header& header, std::span<const uint32_t> widths,
                                        ByteReader* in, size_t count, const FrameDecoder& host,
                                        uint32_t* values) {
  const ByteReader start = *in;
  DOLERITE_ASSIGN_OR_RETURN(const CodesRead read,
                            ReadValues(header, widths, in, count, host, values));
  if (read != CodesRead::kTooWide) return read;
  std::vector<uint64_t> wide(count);
  *in = start;
  DOLERITE_ASSIGN_OR_RETURN(const CodesRead again,
                            ReadValues(header, widths, in, count, host, wide.data()));
  if (again != CodesRead::kOk) return CodesRead::kDamaged;
  for (size_t i = 0; i < count; ++i) {
    if (wide[i] >> 32 != 0) return CodesRead::kTooWide;
    values[i] = static_cast<uint32_t>(wide[i]);
  }
  return CodesRead::kOk;
}

// Order of the checks: the one-byte constant, which most columns of a block are; a kind of a later
// library; the header; then the payload, plain or in a frame. `count` is the caller's, so the
// memory for the values is bounded before.
template <class T>
absl::Status DecodeColumn(ByteReader* in, size_t count, bool may_be_bits, std::vector<T>* values,
                          FrameDecoder* zstd) {
  values->clear();
  if (count == 0) return absl::OkStatus();
  uint8_t descriptor = 0;
  Header header;
  if (!in->ReadLittle(&descriptor)) return DataLoss("integer column: no bytes");
  if (descriptor & kSmallConstantBit) {
    values->assign(count, descriptor & ~kSmallConstantBit);
    return absl::OkStatus();
  }
  if ((descriptor & 7) == kReservedKind) {
    return Unimplemented("integer column: unknown kind of codes ", kReservedKind,
                         "; the column was written by a newer version of the library");
  }
  const bool sound = ReadHeader(descriptor, in, &header);
  if (!sound || (header.kind == CodeKind::kBits && !may_be_bits)) {
    return DataLoss("integer column: bad header");
  }
  if (!header.zstd) {
    std::vector<uint32_t> widths;
    if (header.kind == CodeKind::kBits) {
      DOLERITE_RETURN_IF_ERROR(DecodeColumn(in, count - header.skipped(), false, &widths, zstd));
    }
    values->resize(count);
    return StatusOf(ReadAnyValues(header, widths, in, count, *zstd, values->data()));
  }
  ByteReader payload;
  // In a frame nothing may follow the codes. A plain payload is followed by the next column, so the
  // caller looks at what is left.
  DOLERITE_RETURN_IF_ERROR(OpenPayload(header, count, in, zstd, &payload));
  values->resize(count);
  DOLERITE_RETURN_IF_ERROR(
      StatusOf(ReadAnyValues(header, {}, &payload, count, *zstd, values->data())));
  if (payload.empty()) return absl::OkStatus();
  return DataLoss("integer column: ", payload.remaining(), " bytes too many in its frame");
}

template <class T>
absl::Status Decode(ByteReader* in, size_t count, std::vector<T>* values, FrameDecoder* zstd) {
  if (zstd != nullptr) return DecodeColumn(in, count, true, values, zstd);
  FrameDecoder own;
  return DecodeColumn(in, count, true, values, &own);
}

}  // namespace

absl::Status DecodeIntegers(ByteReader* in, size_t count, std::vector<uint64_t>* values,
                            FrameDecoder* zstd) {
  return Decode(in, count, values, zstd);
}
absl::Status DecodeIntegers(ByteReader* in, size_t count, std::vector<uint32_t>* values,
                            FrameDecoder* zstd) {
  return Decode(in, count, values, zstd);
}

}  // namespace dolerite
