// Memory that runs out in readers and writers: no exception leaves them, and no false profile.
#include <catch2/catch.hpp>
#include <functional>
#include <string>
#include <vector>

#include "dolerite/formats.h"
#include "dolerite/otlp.h"
#include "dolerite/pprof.h"
#include "support/allocation_hooks.h"
#include "support/generate.h"
#include "support/profile_equal.h"

namespace dolerite::testing {
namespace {

Profile Small() {
  GenerateOptions options;
  options.samples = 4, options.names = 3;
  return GenerateProfile(2, options);
}

std::vector<SeriesProfile> SmallSeries() { return {{{{"service_name", "a"}}, Small()}}; }

// Calls `run` with its first allocation failing, then with its second, and so on. It is
// ResourceExhausted, or has done with less memory, as some algorithms of the standard library can;
// then `check` holds. At the end, without a failure, `check` holds too. How often it failed.
template <class Run, class Check>
size_t FailEach(const Run& run, const Check& check) {
  size_t failures = 0;
  for (size_t k = 1;; ++k) {
    FailAllocation(k);
    const auto result = run();
    const bool failed = HasFailed();
    FailAllocation(0);
    INFO("allocation " << k);
    if (result.ok()) {
      check(*result);
      if (!failed) return failures;
    } else {
      REQUIRE(failed);
      REQUIRE(absl::IsResourceExhausted(result.status()));
      ++failures;
    }
  }
}

// Options are made before: their memory is the caller's.
TEST_CASE("memory that runs out in a reader of pprof") {
  if (!OwnsAllocations()) return;
  const std::string bytes = *WritePprof(Small());
  const std::string expected = DescribeProfile(*ReadPprof(bytes));
  const auto check = [&](const Profile& p) { REQUIRE((DescribeProfile(p) == expected)); };
  const PprofReadOptions options;
  CHECK(FailEach([&] { return ReadPprof(bytes, options); }, check) > 20);
  // A reader that failed reads the next profile all the same.
  for (size_t k : {1, 5, 20}) {
    PprofReader fresh(options);
    Profile first;
    FailAllocation(k);
    const absl::Status status = fresh.Read(bytes, &first);
    FailAllocation(0);
    CHECK((status.ok() || absl::IsResourceExhausted(status)));
    REQUIRE(fresh.Read(bytes, &first).ok());
    check(first);
  }
}

TEST_CASE("memory that runs out in a reader of OTLP") {
  if (!OwnsAllocations()) return;
  const std::string bytes = *WriteOtlp(SmallSeries());
  const std::vector<std::string> expected = DescribeAll(*ReadOtlp(bytes));
  for (const bool take_sound : {false, true}) {
    OtlpReadOptions options;
    options.take_sound = take_sound;
    const size_t failures = FailEach([&] { return ReadOtlp(bytes, options); },
                                     [&](const std::vector<SeriesProfile>& profiles) {
                                       REQUIRE((DescribeAll(profiles) == expected));
                                     });
    CHECK(failures > 50);
    // A reader that failed reads the next message all the same.
    OtlpReader kept(options);
    for (size_t k = 1; k < failures; k += 3) {
      FailAllocation(k);
      const absl::Status status = kept.Read(bytes).status();
      FailAllocation(0);
      CHECK((status.ok() || absl::IsResourceExhausted(status)));
      const auto again = kept.Read(bytes);
      REQUIRE(again.ok());
      REQUIRE((DescribeAll(*again) == expected));
    }
  }
}

TEST_CASE("memory that runs out in a reader of OTLP/JSON") {
  if (!OwnsAllocations()) return;
  const std::string text =
      R"({"resourceProfiles":[{"resource":{"attributes":[{"key":"service.name",)"
      R"("value":{"stringValue":"svc"}}]},"scopeProfiles":[{"profiles":[{)"
      R"("sampleType":{"typeStrindex":2,"unitStrindex":3},"timeUnixNano":"1700000000000000000",)"
      R"("samples":[{"stackIndex":1,"values":["5"]}]}]}]}],)"
      R"("dictionary":{"mappingTable":[{}],"locationTable":[{},{"lines":[{"functionIndex":1}]}],)"
      R"("functionTable":[{},{"nameStrindex":1}],"linkTable":[{}],"attributeTable":[{}],)"
      R"("stringTable":["","main","samples","count"],)"
      R"("stackTable":[{},{"locationIndices":[1]}]}})";
  const std::vector<std::string> expected = DescribeAll(*ReadOtlp(text));
  const OtlpReadOptions options;
  const size_t failures = FailEach([&] { return ReadOtlp(text, options); },
                                   [&](const std::vector<SeriesProfile>& profiles) {
                                     REQUIRE((DescribeAll(profiles) == expected));
                                   });
  CHECK(failures > 20);
}

TEST_CASE("memory that runs out in writers") {
  if (!OwnsAllocations()) return;
  const Profile profile = Small();
  const PprofWriteOptions to_pprof;
  const std::string pprof = *WritePprof(profile);
  const auto same_pprof = [&](const std::string& bytes) { REQUIRE((bytes == pprof)); };
  CHECK(FailEach([&] { return WritePprof(profile, to_pprof); }, same_pprof) > 5);
  const std::vector<SeriesProfile> series = SmallSeries();
  const OtlpWriteOptions to_otlp;
  const std::string otlp = *WriteOtlp(series);
  const auto same_otlp = [&](const std::string& bytes) { REQUIRE((bytes == otlp)); };
  CHECK(FailEach([&] { return WriteOtlp(series, to_otlp); }, same_otlp) > 20);
}

TEST_CASE("memory that runs out in detection") {
  if (!OwnsAllocations()) return;
  const std::string bytes = *WritePprof(Small());
  const ReadLimits limits;
  bool failed = true;
  for (size_t k = 1; failed; ++k) {
    FailAllocation(k);
    const ProfileFormat format = DetectProfileFormat(bytes, limits);
    failed = HasFailed();
    FailAllocation(0);
    CHECK((format == ProfileFormat::kPprof || (failed && format == ProfileFormat::kUnknown)));
  }
}

}  // namespace
}  // namespace dolerite::testing
