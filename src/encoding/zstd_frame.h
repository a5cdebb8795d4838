// One zstd frame in, one out.
#ifndef DOLERITE_ENCODING_ZSTD_FRAME_H_
#define DOLERITE_ENCODING_ZSTD_FRAME_H_

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace dolerite {

// Appends one frame. It records neither content size nor checksum: what holds it does.
void CompressFrame(std::string_view plain, int level, std::string* out);

// Decodes one frame to exactly `plain_size` bytes at `out` (which has that room).
// DataLoss if the frame holds more or less, or is damaged.
absl::Status DecompressFrame(std::string_view frame, size_t plain_size, char* out);

}  // namespace dolerite

#endif  // DOLERITE_ENCODING_ZSTD_FRAME_H_
