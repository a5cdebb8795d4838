// Takes compression off bytes from outside, within limits. Readers of profiles do so themselves; a
// host needs it for messages that hold profiles.
#ifndef DOLERITE_DECOMPRESS_H_
#define DOLERITE_DECOMPRESS_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "dolerite/export.h"
#include "dolerite/limits.h"

namespace dolerite {

// The content of gzip members or zstd frames, which the first bytes tell; other bytes as they are.
// InvalidArgument for a stream that is damaged, ends early or has bytes behind it;
// ResourceExhausted past profile_bytes, compression_ratio or gzip_members.
DOLERITE_EXPORT absl::StatusOr<std::string> Decompress(std::string_view bytes,
                                                       const ReadLimits& limits = {});

}  // namespace dolerite

#endif  // DOLERITE_DECOMPRESS_H_
