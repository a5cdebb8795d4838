// libFuzzer: detection of formats. Compression does not change what is detected; a stricter limit
// changes it to "unknown" at most; a profile that was read and is written again is pprof.
#include <string>
#include <string_view>

#include "dolerite/formats.h"
#include "dolerite/pprof.h"
#include "formats/wire/inflate.h"
#include "support/must.h"

using dolerite::DetectProfileFormat;
using dolerite::ProfileFormat;
using dolerite::testing::Must;

namespace {

// Below it no limit on decompression applies.
constexpr size_t kSmall = size_t{1} << 20;

void CheckCompressed(std::string_view bytes, ProfileFormat format) {
  if (bytes.size() > kSmall) return;
  if (dolerite::DetectCompression(bytes) != dolerite::Compression::kNone) return;
  const absl::StatusOr<std::string> gzip = dolerite::Gzip(bytes, 1);
  Must(gzip.ok());
  Must(DetectProfileFormat(*gzip) == format);
}

void CheckWritten(std::string_view bytes, const dolerite::ReadLimits& limits) {
  dolerite::PprofReadOptions options;
  options.limits = limits;
  const absl::StatusOr<dolerite::Profile> profile = dolerite::ReadPprof(bytes, options);
  if (!profile.ok()) return;
  const absl::StatusOr<std::string> written = dolerite::WritePprof(*profile);
  Must(written.ok());
  Must(DetectProfileFormat(*written) == ProfileFormat::kPprof);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const ProfileFormat format = DetectProfileFormat(bytes);
  dolerite::ReadLimits tight;
  tight.profile_bytes = kSmall;
  const ProfileFormat within = DetectProfileFormat(bytes, tight);
  Must(within == format || within == ProfileFormat::kUnknown);
  CheckCompressed(bytes, format);
  CheckWritten(bytes, tight);
  return 0;
}
