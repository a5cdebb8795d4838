// Decompression within limits. Sizes that an input claims only choose the first buffer; what counts
// is what comes out. gzip may have several members and zstd several frames: each is decompressed in
// one piece to the end of one buffer.
#include "formats/wire/inflate.h"

#include <libdeflate.h>
#include <zstd.h>
#include <zstd_errors.h>

#include <algorithm>
#include <cstring>
#include <new>

#include "base/bytes.h"
#include "base/status.h"

namespace dolerite {

namespace {

// Below this the ratio says nothing: small profiles repeat themselves.
constexpr size_t kRatioFrom = size_t{1} << 20;

// Frees what the C libraries made.
struct FreeDecompressor {
  void operator()(libdeflate_decompressor* d) const { libdeflate_free_decompressor(d); }
  void operator()(libdeflate_compressor* c) const { libdeflate_free_compressor(c); }
  void operator()(ZSTD_DCtx* d) const { ZSTD_freeDCtx(d); }
};

enum class Outcome { kDone, kNoSpace, kBroken };

// What one member took and gave.
struct Member {
  Outcome outcome = Outcome::kBroken;
  size_t taken = 0;
  size_t given = 0;
};

// The most that an input of so many bytes may become: the smaller of the two limits.
// Below kRatioFrom the ratio does not count, so the bound is at least that.
size_t MaxSize(size_t compressed, const ReadLimits& limits) {
  const size_t by_ratio = compressed > SIZE_MAX / std::max<size_t>(limits.compression_ratio, 1)
                              ? SIZE_MAX
                              : compressed * limits.compression_ratio;
  return std::min(limits.profile_bytes, std::max(by_ratio, kRatioFrom));
}

bool StartsWithGzip(std::string_view bytes) { return bytes.substr(0, 2) == "\x1f\x8b"; }

// A frame or a skippable frame.
bool StartsWithZstd(std::string_view bytes) {
  if (bytes.size() < 4) return false;
  const uint32_t magic = LoadLittle<uint32_t>(bytes.data());
  return magic == ZSTD_MAGICNUMBER ||
         (magic & ZSTD_MAGIC_SKIPPABLE_MASK) == ZSTD_MAGIC_SKIPPABLE_START;
}

}  // namespace

Compression DetectCompression(std::string_view bytes) {
  if (StartsWithGzip(bytes)) return Compression::kGzip;
  if (StartsWithZstd(bytes)) return Compression::kZstd;
  return Compression::kNone;
}

struct Inflater::State {
  std::unique_ptr<libdeflate_decompressor, FreeDecompressor> gzip;
  std::unique_ptr<ZSTD_DCtx, FreeDecompressor> zstd;
  std::unique_ptr<char[]> buffer;  // not a string: nobody needs its zeros
  size_t capacity = 0;
  size_t used = 0;

  // Keeps the `used` bytes.
  // The old bytes are copied, as members before the present one are done.
  void Grow(size_t size) {
    std::unique_ptr<char[]> old = std::move(buffer);
    if (used == 0) old.reset();
    capacity = 0;
    buffer.reset(new char[size]);
    if (used > 0) std::memcpy(buffer.get(), old.get(), used);
    capacity = size;
  }

  // Throws bad_alloc if libdeflate has no memory; all callers of Inflate catch it.
  Member TryGzip(std::string_view bytes) {
    if (gzip == nullptr) gzip.reset(libdeflate_alloc_decompressor());
    if (gzip == nullptr) throw std::bad_alloc();
    Member member;
    const libdeflate_result result =
        libdeflate_gzip_decompress_ex(gzip.get(), bytes.data(), bytes.size(), buffer.get() + used,
                                      capacity - used, &member.taken, &member.given);
    if (result == LIBDEFLATE_SUCCESS) member.outcome = Outcome::kDone;
    if (result == LIBDEFLATE_INSUFFICIENT_SPACE) member.outcome = Outcome::kNoSpace;
    return member;
  }

  // In one piece instead of as a stream: needs no window, whose size the input
  // would choose.
  Member TryZstd(std::string_view bytes) {
    if (zstd == nullptr) zstd.reset(ZSTD_createDCtx());
    if (zstd == nullptr) throw std::bad_alloc();
    Member member;
    member.taken = ZSTD_findFrameCompressedSize(bytes.data(), bytes.size());
    if (ZSTD_isError(member.taken)) return member;
    member.given = ZSTD_decompressDCtx(zstd.get(), buffer.get() + used, capacity - used,
                                       bytes.data(), member.taken);
    if (!ZSTD_isError(member.given)) {
      member.outcome = Outcome::kDone;
    } else if (ZSTD_getErrorCode(member.given) == ZSTD_error_dstSize_tooSmall) {
      member.outcome = Outcome::kNoSpace;
    }
    return member;
  }
};

Inflater::Inflater() : state_(new State) {}
Inflater::~Inflater() = default;
Inflater::Inflater(Inflater&&) noexcept = default;
Inflater& Inflater::operator=(Inflater&&) noexcept = default;

namespace {

// The size that the input claims, for a first buffer. It may lie, hence `max`.
size_t FirstCapacity(std::string_view bytes, Compression compression, size_t max) {
  uint64_t claim = 0;
  if (compression == Compression::kGzip && bytes.size() >= 18) {
    claim = LoadLittle<uint32_t>(bytes.data() + bytes.size() - 4);
  } else if (compression == Compression::kZstd) {
    claim = ZSTD_getFrameContentSize(bytes.data(), bytes.size());
    if (claim >= ZSTD_CONTENTSIZE_ERROR) claim = bytes.size() * uint64_t{4};
  }
  return static_cast<size_t>(std::clamp<uint64_t>(claim, std::min<size_t>(4096, max), max));
}

// Which of the two limits was met.
absl::Status TooLarge(size_t compressed, size_t max, const ReadLimits& limits) {
  if (max == limits.profile_bytes) return CheckLimit("profile_bytes", max + 1, max);
  return ResourceExhausted("compression_ratio: ", compressed, " bytes expand to more than ", max,
                           ", over the limit of ", limits.compression_ratio, " to 1");
}

}  // namespace

// `bytes` are viewed, not copied, if they are not compressed.
absl::StatusOr<std::string_view> Inflater::Inflate(std::string_view bytes, const ReadLimits& limits,
                                                   size_t* trailing) {
  if (trailing != nullptr) *trailing = 0;
  const Compression compression = DetectCompression(bytes);
  if (compression == Compression::kNone) {
    DOLERITE_RETURN_IF_ERROR(CheckLimit("profile_bytes", bytes.size(), limits.profile_bytes));
    return bytes;
  }
  State& s = *state_;
  s.used = 0;
  const size_t max = MaxSize(bytes.size(), limits);
  if (const size_t size = FirstCapacity(bytes, compression, max); s.capacity < size) s.Grow(size);
  // Member by member to the end of the buffer. If a member does not fit, the buffer grows and the
  // member is done again: sizes that an input claims are hints only.
  std::string_view rest = bytes;
  for (size_t members = 0; !rest.empty();) {
    if (DetectCompression(rest) != compression) {
      if (trailing == nullptr) {
        return InvalidArgument("compressed data: bytes that belong to nothing follow at byte ",
                               bytes.size() - rest.size());
      }
      *trailing = rest.size();
      break;
    }
    DOLERITE_RETURN_IF_ERROR(CheckLimit("gzip_members", members + 1, limits.gzip_members));
    const Member member = compression == Compression::kGzip ? s.TryGzip(rest) : s.TryZstd(rest);
    if (member.outcome == Outcome::kBroken) {
      return InvalidArgument(compression == Compression::kGzip ? "gzip" : "zstd",
                             " data: broken or cut off, in the member at byte ",
                             bytes.size() - rest.size());
    }
    // The buffer doubles, so the attempts that do not fit cost about as much as the last one.
    if (member.outcome == Outcome::kNoSpace) {
      if (s.capacity >= max) return TooLarge(bytes.size(), max, limits);
      s.Grow(s.capacity > max / 2 ? max : s.capacity * 2);
      continue;
    }
    s.used += member.given;
    // A buffer kept from before may hold more than this input is allowed.
    if (s.used > max) return TooLarge(bytes.size(), max, limits);
    rest.remove_prefix(member.taken);
    ++members;
  }
  return std::string_view(s.buffer.get(), s.used);
}

// The same bytes for the same input and level, as gzip's time and name are left out.
absl::StatusOr<std::string> Gzip(std::string_view bytes, int level) {
  if (level < 1 || level > 12) return InvalidArgument("gzip_level: ", level, " is not 1 to 12");
  std::unique_ptr<libdeflate_compressor, FreeDecompressor> compressor(
      libdeflate_alloc_compressor(level));
  if (compressor == nullptr) throw std::bad_alloc();
  // The bound is never too small, so one call writes all.
  std::string out(libdeflate_gzip_compress_bound(compressor.get(), bytes.size()), '\0');
  out.resize(libdeflate_gzip_compress(compressor.get(), bytes.data(), bytes.size(), out.data(),
                                      out.size()));
  return out;
}

}  // namespace dolerite
