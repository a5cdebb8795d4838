// Takes gzip and zstd off profiles, within limits, and puts gzip on.
#ifndef DOLERITE_FORMATS_WIRE_INFLATE_H_
#define DOLERITE_FORMATS_WIRE_INFLATE_H_

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "dolerite/limits.h"

namespace dolerite {

enum class Compression { kNone, kGzip, kZstd };

// By the first bytes. None of these begins a protobuf message of a profile.
Compression DetectCompression(std::string_view bytes);

// Keeps its buffer from call to call. Not thread-safe.
class Inflater {
 public:
  Inflater();
  ~Inflater();
  Inflater(Inflater&&) noexcept;
  Inflater& operator=(Inflater&&) noexcept;

  // The content of all members (frames) of `bytes`, or `bytes` itself if they are
  // not compressed. Valid until the next call. Bytes after the last member go to
  // *trailing, or are InvalidArgument if that is null. ResourceExhausted past
  // profile_bytes, compression_ratio or members.
  absl::StatusOr<std::string_view> Inflate(std::string_view bytes, const ReadLimits& limits,
                                           size_t* trailing = nullptr);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// One gzip member, without time or name. `level` is 1 to 12.
absl::StatusOr<std::string> Gzip(std::string_view bytes, int level);

}  // namespace dolerite

#endif  // DOLERITE_FORMATS_WIRE_INFLATE_H_
