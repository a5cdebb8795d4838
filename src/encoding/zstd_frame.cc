#include "encoding/zstd_frame.h"

#define ZSTD_STATIC_LINKING_ONLY  // for the magicless format
#include <zstd.h>

#include <algorithm>
#include <new>

#include "base/bytes.h"
#include "base/status.h"

namespace dolerite {
namespace {

constexpr int kMaxWindowLog = 23;
// Above this level zstd's own windows are larger than ours may be.
constexpr int kMaxLevelWithOwnWindow = 19;
// Up to this level zstd takes the first match that it finds. Among the codes of integers a match of
// four or five bytes mostly costs more than its bytes would as literals: blocks are 0.6 % smaller
// without them, stacks 1.5 %. Higher levels weigh what a match costs.
constexpr int kLastFastLevel = 4;
constexpr int kLongMatch = 7;

// True if `frame` is a frame header without options and blocks up to its very end. `most` is the
// most bytes that it can decode to.
// zstd itself would accept several frames in a row.
// RFC 8878 without the magic number: a header byte, a window byte, then blocks of 3 bytes of header
// and a size each.
bool IsOneFrame(std::string_view frame, size_t* most) {
  constexpr size_t kMostOfABlock = 128 << 10;
  ByteReader in(frame);
  uint8_t features = 0, window = 0;
  *most = 0;
  if (!in.ReadLittle(&features) || features != 0) return false;
  if (!in.ReadLittle(&window) || window > (kMaxWindowLog - 10) << 3) return false;
  std::string_view header, block;
  while (in.ReadBytes(3, &header)) {
    const uint32_t bits = static_cast<uint8_t>(header[0]) | static_cast<uint8_t>(header[1]) << 8 |
                          static_cast<uint8_t>(header[2]) << 16;
    // A raw block is as large as it says, and so is one byte that is repeated.
    const uint32_t type = bits >> 1 & 3;
    const bool repeats_one_byte = type == 1;
    *most += type < 2 ? bits >> 3 : kMostOfABlock;
    if (!in.ReadBytes(repeats_one_byte ? 1 : bits >> 3, &block)) return false;
    if (bits & 1) return in.empty();
  }
  return false;
}

// Frames have no magic, size and checksum: the column's header and the section's checksum have
// them.
void SetUp(ZSTD_CCtx* context, int level, FrameContent content) {
  ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, level);
  const bool long_matches = content == FrameContent::kCodes && level <= kLastFastLevel;
  ZSTD_CCtx_setParameter(context, ZSTD_c_minMatch, long_matches ? kLongMatch : 0);
  ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog,
                         level > kMaxLevelWithOwnWindow ? kMaxWindowLog : 0);
  ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, 0);
  ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 0);
  ZSTD_CCtx_setParameter(context, ZSTD_c_format, ZSTD_f_zstd1_magicless);
}

absl::Status NotAFrame() { return DataLoss("not one zstd frame of version 1"); }

}  // namespace

// Deleters of the two contexts, which the header only declares.
void FrameEncoder::Free::operator()(ZSTD_CCtx_s* context) const { ZSTD_freeCCtx(context); }
void FrameDecoder::Free::operator()(ZSTD_DCtx_s* context) const { ZSTD_freeDCtx(context); }

// Throws bad_alloc, as containers do; the public calls catch it.
void FrameEncoder::Compress(std::string_view plain, int level, std::string* out,
                            FrameContent content) {
  if (context_ == nullptr) context_.reset(ZSTD_createCCtx());
  if (context_ == nullptr) throw std::bad_alloc();
  SetUp(context_.get(), level, content);
  const size_t start = out->size();
  out->resize(start + ZSTD_compressBound(plain.size()));
  const size_t size = ZSTD_compress2(context_.get(), out->data() + start, out->size() - start,
                                     plain.data(), plain.size());
  // With this much room it fails only if memory runs out.
  if (ZSTD_isError(size)) throw std::bad_alloc();
  out->resize(start + size);
}

absl::Status FrameDecoder::Decode(std::string_view frame, size_t room, char* out, size_t* size) {
  if (context_ == nullptr) {
    context_.reset(ZSTD_createDCtx());
    if (context_ == nullptr) return ResourceExhausted("no memory for zstd");
    ZSTD_DCtx_setParameter(context_.get(), ZSTD_d_format, ZSTD_f_zstd1_magicless);
  }
  return DecodeBlocks(frame, room, out, size);
}

// Block by block, each of at most 128 KiB, so that a host can stop a frame of many MiB. zstd says
// how many bytes it wants next: the frame's header, then the header and the content of each block.
absl::Status FrameDecoder::DecodeBlocks(std::string_view frame, size_t room, char* out,
                                        size_t* size) {
  constexpr size_t kBytesBetweenChecks = 1 << 20;
  size_t next_check = kBytesBetweenChecks;
  *size = 0;
  ZSTD_decompressBegin(context_.get());
  while (const size_t wanted = ZSTD_nextSrcSizeToDecompress(context_.get())) {
    if (wanted > frame.size()) return DataLoss("damaged zstd frame: cut off");
    const size_t more =
        ZSTD_decompressContinue(context_.get(), out + *size, room - *size, frame.data(), wanted);
    if (ZSTD_isError(more)) {
      return DataLoss("damaged zstd frame: ", std::string_view(ZSTD_getErrorName(more)));
    }
    frame.remove_prefix(wanted);
    *size += more;
    if (*size < next_check || call_ == nullptr) continue;
    next_check = *size + kBytesBetweenChecks;
    DOLERITE_RETURN_IF_ERROR(call_->Check());
  }
  return absl::OkStatus();
}

// The frame's shape is checked first: zstd would take memory for whatever window a header claims.
absl::Status FrameDecoder::Decompress(std::string_view frame, size_t plain_size, char* out) {
  size_t size = 0, most_in_blocks = 0;
  if (!IsOneFrame(frame, &most_in_blocks)) return NotAFrame();
  DOLERITE_RETURN_IF_ERROR(Decode(frame, plain_size, out, &size));
  if (size == plain_size) return absl::OkStatus();
  return DataLoss("zstd frame holds ", size, " bytes instead of ", plain_size);
}

absl::Status FrameDecoder::DecompressUpTo(std::string_view frame, size_t most,
                                          std::string_view* plain) {
  size_t size = 0, most_in_blocks = 0;
  if (!IsOneFrame(frame, &most_in_blocks)) return NotAFrame();
  // Most columns are far from what their rows could take: blocks bound the buffer better.
  const size_t room = std::min(most, most_in_blocks);
  DOLERITE_RETURN_IF_ERROR(Reserve(room));
  DOLERITE_RETURN_IF_ERROR(Decode(frame, room, buffer_.get(), &size));
  *plain = std::string_view(buffer_.get(), size);
  return absl::OkStatus();
}

// Grows to the largest size that was asked for and stays so for the decoder's life.
absl::Status FrameDecoder::Reserve(size_t size) {
  if (size <= buffer_size_ && buffer_ != nullptr) return absl::OkStatus();
  if (memory_ != nullptr) {
    DOLERITE_RETURN_IF_ERROR(memory_->Take(size - buffer_size_, "zstd frame"));
  }
  buffer_size_ = 0;
  // Not cleared: the decoder writes before anyone reads.
  buffer_.reset(new (std::nothrow) char[std::max<size_t>(size, 1)]);
  if (buffer_ == nullptr) {
    if (memory_ != nullptr) memory_->Return(size);
    return ResourceExhausted("no memory for ", size, " bytes");
  }
  buffer_size_ = size;
  return absl::OkStatus();
}

void CompressFrame(std::string_view plain, int level, std::string* out) {
  FrameEncoder().Compress(plain, level, out);
}

absl::Status DecompressFrame(std::string_view frame, size_t plain_size, char* out) {
  return FrameDecoder().Decompress(frame, plain_size, out);
}

}  // namespace dolerite
