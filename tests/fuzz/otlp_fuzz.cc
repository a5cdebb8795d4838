// libFuzzer: whatever can be read can be written and read again, and says the same; what is sound
// of broken messages is valid.
#include <cstdlib>

#include "dolerite/otlp.h"
#include "support/profile_equal.h"

namespace {

using dolerite::SeriesProfile;

void Check(bool holds) {
  if (!holds) std::abort();
}

dolerite::OtlpReadOptions Options(bool take_sound) {
  dolerite::OtlpReadOptions options;
  options.take_sound = take_sound;
  options.limits.profile_bytes = size_t{1} << 20;
  options.memory_bytes = size_t{64} << 20;
  return options;
}

std::vector<SeriesProfile> WriteAndRead(const std::vector<SeriesProfile>& profiles) {
  const absl::StatusOr<std::string> written = dolerite::WriteOtlp(profiles);
  Check(written.ok());
  dolerite::OtlpReadOptions options;
  options.layout = dolerite::OtlpLayout::k1_11;
  absl::StatusOr<std::vector<SeriesProfile>> again = dolerite::ReadOtlp(*written, options);
  Check(again.ok() || absl::IsResourceExhausted(again.status()));
  return again.ok() ? *std::move(again) : std::vector<SeriesProfile>();
}

// A new reader and one that keeps its buffers must agree.
void ReadAndWrite(std::string_view bytes, bool take_sound) {
  static dolerite::OtlpReader strict(Options(false)), lenient(Options(true));
  dolerite::OtlpReader& kept = take_sound ? lenient : strict;
  const auto profiles = dolerite::ReadOtlp(bytes, Options(take_sound));
  size_t viewed = 0;
  const auto count = [&](const dolerite::LabelSet&, const dolerite::Profile& profile) {
    Check(profile.Validate().ok());
    ++viewed;
    return absl::OkStatus();
  };
  const absl::Status status = kept.View(bytes, count);
  // Reading and viewing count memory in different ways.
  if (!absl::IsResourceExhausted(status) && !absl::IsResourceExhausted(profiles.status())) {
    Check(status == profiles.status());
    Check(!status.ok() || viewed == profiles->size());
  }
  if (!profiles.ok()) return;
  for (const SeriesProfile& p : *profiles) Check(p.profile.Validate().ok());
  // The first writing may leave out entries that say nothing.
  const std::vector<SeriesProfile> first = WriteAndRead(*profiles);
  const std::vector<SeriesProfile> second = WriteAndRead(first);
  Check(first.size() == second.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  ReadAndWrite(bytes, false);
  ReadAndWrite(bytes, true);
  return 0;
}
