// One zstd frame in, one out. Frames are magicless and record neither content size
// nor checksum: what holds them does. See FORMAT.md.
#ifndef DOLERITE_ENCODING_ZSTD_FRAME_H_
#define DOLERITE_ENCODING_ZSTD_FRAME_H_

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "base/memory_budget.h"
#include "dolerite/call_context.h"

struct ZSTD_CCtx_s;
struct ZSTD_DCtx_s;

namespace dolerite {

// What a frame holds: decides which repetitions are worth a match.
enum class FrameContent { kText, kCodes };

// zstd's working memory for compression, kept from frame to frame: worth having
// where many frames are written. Not thread-safe.
class FrameEncoder {
 public:
  // Appends one frame. Its window is at most 8 MiB, whatever the level.
  void Compress(std::string_view plain, int level, std::string* out,
                FrameContent content = FrameContent::kText);

 private:
  struct Free {
    void operator()(ZSTD_CCtx_s* context) const;
  };
  std::unique_ptr<ZSTD_CCtx_s, Free> context_;
};

// The same for decompression, with a buffer. Not thread-safe.
class FrameDecoder {
 public:
  // `call` must outlive the decoder and is asked after each MiB that comes out of a frame: what it
  // says once it is not OK ends the frame. Null: nothing stops it. The decoder's buffer is taken
  // from `memory`, which must outlive it too. Null: not bounded.
  explicit FrameDecoder(const CallContext* call = nullptr, MemoryLease* memory = nullptr)
      : call_(call), memory_(memory) {}

  // Decodes one frame to exactly `plain_size` bytes at `out` (which has that room).
  // DataLoss if the frame holds more or less, or is damaged.
  absl::Status Decompress(std::string_view frame, size_t plain_size, char* out);

  // What the host says to long work between frames.
  absl::Status Check() const { return call_ == nullptr ? absl::OkStatus() : call_->Check(); }

  // Decodes one frame of at most `most` bytes; *plain lives until the next call.
  absl::Status DecompressUpTo(std::string_view frame, size_t most, std::string_view* plain);

 private:
  struct Free {
    void operator()(ZSTD_DCtx_s* context) const;
  };
  absl::Status Decode(std::string_view frame, size_t room, char* out, size_t* size);
  absl::Status DecodeBlocks(std::string_view frame, size_t room, char* out, size_t* size);
  absl::Status Reserve(size_t size);

  const CallContext* call_;
  MemoryLease* memory_;
  std::unique_ptr<ZSTD_DCtx_s, Free> context_;
  std::unique_ptr<char[]> buffer_;
  size_t buffer_size_ = 0;
};

// The same for a single frame.
void CompressFrame(std::string_view plain, int level, std::string* out);
absl::Status DecompressFrame(std::string_view frame, size_t plain_size, char* out);

}  // namespace dolerite

#endif  // DOLERITE_ENCODING_ZSTD_FRAME_H_
