// libFuzzer: whatever can be read can be written and read again, strictly and
// leniently, and says the same.
#include <cstdlib>

#include "dolerite/pprof.h"
#include "support/profile_equal.h"

namespace {

using dolerite::PprofReader;
using dolerite::Profile;

void Check(bool holds) {
  if (!holds) std::abort();
}

dolerite::PprofReadOptions Options(bool lenient) {
  dolerite::PprofReadOptions options;
  options.lenient = lenient;
  options.limits.profile_bytes = size_t{1} << 20;
  return options;
}

void ReadAndWrite(PprofReader* reader, std::string_view bytes) {
  static Profile profile, again;
  if (!reader->Read(bytes, &profile).ok()) return;
  Check(profile.Validate().ok());
  dolerite::PprofWriteOptions plain;
  plain.gzip = false;
  const absl::StatusOr<std::string> written = dolerite::WritePprof(profile, plain);
  Check(written.ok());
  Check(PprofReader().Read(*written, &again).ok());
  using dolerite::testing::DescribeProfile;
  Check(DescribeProfile(again) == DescribeProfile(profile));
  Check(*dolerite::WritePprof(again, plain) == *written);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static PprofReader strict(Options(false)), lenient(Options(true));
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  ReadAndWrite(&strict, bytes);
  ReadAndWrite(&lenient, bytes);
  return 0;
}
