#include "dolerite/units.h"

#include <catch2/catch.hpp>

namespace dolerite::testing {
namespace {

TEST_CASE("units are known in any spelling") {
  for (const char* name : {"ns", "NS", "nanosecond", "nanoseconds", "Nanoseconds"}) {
    INFO(name);
    CHECK(UnitNamed(name).dimension == Dimension::kTime);
    CHECK(UnitNamed(name).factor == 1);
  }
  for (const char* name : {"b", "B", "By", "byte", "bytes", "Bytes"}) {
    INFO(name);
    CHECK(UnitNamed(name).dimension == Dimension::kBytes);
    CHECK(UnitNamed(name).factor == 1);
  }
  CHECK(UnitNamed("us").factor == 1'000);
  CHECK(UnitNamed("\xC2\xB5s").factor == 1'000);
  CHECK(UnitNamed("ms").factor == 1'000'000);
  CHECK(UnitNamed("s").factor == 1'000'000'000);
  CHECK(UnitNamed("hrs").factor == 3'600'000'000'000);
  for (const char* name : {"kb", "kB", "KiB", "KiBy", "kilobytes"}) {
    INFO(name);
    CHECK(UnitNamed(name).factor == 1024);
  }
  for (const char* name : {"", "count", "samples", "1", "sss", "n", "nanosecondsandmore"}) {
    INFO(name);
    CHECK(UnitNamed(name).dimension == Dimension::kOther);
    CHECK(UnitNamed(name).factor == 1);
  }
}

TEST_CASE("units of one dimension go together, all others only with themselves") {
  CHECK(SameDimension("ns", "seconds"));
  CHECK(SameDimension("bytes", "KiB"));
  CHECK(SameDimension("count", "count"));
  CHECK_FALSE(SameDimension("count", "samples"));
  CHECK_FALSE(SameDimension("count", "bytes"));
  CHECK_FALSE(SameDimension("bytes", "ns"));
}

}  // namespace
}  // namespace dolerite::testing
