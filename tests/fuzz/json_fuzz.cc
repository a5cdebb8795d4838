// libFuzzer: OTLP in JSON. What is read is valid, and says the same after a way through protobuf.
#include <string_view>
#include <vector>

#include "dolerite/otlp.h"
#include "support/must.h"

using dolerite::testing::Must;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  dolerite::OtlpReadOptions options;
  options.limits.profile_bytes = size_t{1} << 20;
  options.memory_bytes = size_t{64} << 20;
  for (const bool take_sound : {false, true}) {
    options.take_sound = take_sound;
    const auto profiles = dolerite::ReadOtlp(text, options);
    if (!profiles.ok()) continue;
    for (const dolerite::SeriesProfile& p : *profiles) Must(p.profile.Validate().ok());
    const absl::StatusOr<std::string> written = dolerite::WriteOtlp(*profiles);
    Must(written.ok());
    const auto again = dolerite::ReadOtlp(*written);
    Must(again.ok() || absl::IsResourceExhausted(again.status()));
  }
  return 0;
}
