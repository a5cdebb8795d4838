// libFuzzer: telling formats apart. What reads as pprof and is compressed by gzip is pprof; the
// answer does not change with a stricter limit to something else than "unknown".
#include <string_view>

#include "dolerite/formats.h"
#include "dolerite/pprof.h"
#include "fuzz/check.h"

using dolerite::DetectProfileFormat;
using dolerite::ProfileFormat;
using dolerite::fuzz::Check;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const ProfileFormat format = DetectProfileFormat(bytes);
  Check(DetectProfileFormat(bytes) == format);
  dolerite::ReadLimits tight;
  tight.profile_bytes = 1 << 16;
  const ProfileFormat within = DetectProfileFormat(bytes, tight);
  Check(within == format || within == ProfileFormat::kUnknown || size > tight.profile_bytes);
  return 0;
}
