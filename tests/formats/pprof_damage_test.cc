// Damaged files are refused, or they are read as something valid that can be
// written and read again.
#include <catch2/catch.hpp>

#include "dolerite/pprof.h"
#include "formats/pprof_bytes.h"
#include "support/profile_equal.h"

namespace dolerite::testing {
namespace {

// False if `bytes` are refused; checks the law otherwise.
bool ReadsSoundly(PprofReader* reader, const std::string& bytes) {
  Profile profile;
  if (!reader->Read(bytes, &profile).ok()) return false;
  PprofWriteOptions plain;
  plain.gzip = false;
  Profile again;
  if (!profile.Validate().ok() || !reader->Read(*WritePprof(profile, plain), &again).ok() ||
      DescribeProfile(again) != DescribeProfile(profile)) {
    FAIL_CHECK("not sound");
  }
  return true;
}

size_t FlipAll(PprofReader* reader, const std::string& whole) {
  size_t read = 0;
  for (size_t at = 0; at < whole.size(); ++at) {
    for (int value : {0x01, 0x02, 0x04, 0x08, 0x40, 0x80, 0xff}) {
      std::string bytes = whole;
      bytes[at] = static_cast<char>(bytes[at] ^ value);
      read += ReadsSoundly(reader, bytes);
    }
  }
  return read;
}

TEST_CASE("a flipped bit anywhere does no harm") {
  const std::string whole = SmallProfile().bytes();
  PprofReadOptions options;
  PprofReader strict(options);
  options.lenient = true;
  PprofReader lenient(options);
  const size_t strictly = FlipAll(&strict, whole), leniently = FlipAll(&lenient, whole);
  CHECK(strictly > 0);
  CHECK(leniently > strictly);
  FlipAll(&strict, *WritePprof(*ReadPprof(whole)));
}

TEST_CASE("a cut anywhere does no harm") {
  const std::string whole = SmallProfile().bytes();
  PprofReader reader;
  for (size_t size = 0; size < whole.size(); ++size) ReadsSoundly(&reader, whole.substr(0, size));
  // Fields that were cut out of their middle.
  for (size_t at = 0; at < whole.size(); ++at) {
    std::string bytes = whole;
    ReadsSoundly(&reader, bytes.erase(at, 1));
  }
}

}  // namespace
}  // namespace dolerite::testing
