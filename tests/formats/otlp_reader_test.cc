// What a call takes, refuses and lists.
#include <catch2/catch.hpp>
#include <string>

#include "dolerite/otlp.h"
#include "support/generate.h"
#include "support/profile_equal.h"

namespace dolerite::testing {
namespace {

std::string Sound() {
  GenerateOptions options;
  options.everything = false;
  options.sample_types = 1;
  return *WriteOtlp({{{LabelSet{{"service_name", "svc"}}, GenerateProfile(1, options)}}});
}

std::string Frame(const std::string& message) {
  std::string out;
  for (int shift = 24; shift >= 0; shift -= 8) {
    out.push_back(static_cast<char>(message.size() >> shift));
  }
  return out + message;
}

// A profile with one good and one bad sample, in the current layout.
const char kHalfBad[] = R"({"resourceProfiles":[{"scopeProfiles":[{"profiles":[{
  "samples":[{"stackIndex":9,"values":[1]},{"stackIndex":0,"values":[2]}]}]}]}]})";

TEST_CASE("a message is taken whole, or its sound part with each refusal") {
  const absl::Status status = ReadOtlp(kHalfBad).status();
  CHECK(absl::IsInvalidArgument(status));
  CHECK(std::string(status.message())
            .find("resource_profiles[0].scope_profiles[0].profiles[0].samples[0].stack_index") !=
        std::string::npos);
  OtlpReadOptions options;
  options.take_sound = true;
  OtlpReadReport report;
  const auto sound = ReadOtlp(kHalfBad, options, &report);
  REQUIRE(sound.ok());
  REQUIRE(sound->size() == 1);
  CHECK((*sound)[0].profile.samples.values == std::vector<int64_t>{2});
  REQUIRE(report.refused == 1);
  CHECK(report.refusals.at(0).path ==
        "messages[0].resource_profiles[0].scope_profiles[0].profiles[0].samples[0]");
}

TEST_CASE("frames are read one by one, and one that is cut off is refused") {
  const std::string two = Frame(Sound()) + Frame("") + Frame(Sound());
  const auto profiles = ReadOtlp(two);
  REQUIRE(profiles.ok());
  REQUIRE(profiles->size() == 2);
  CHECK(DescribeProfile((*profiles)[0].profile) == DescribeProfile((*profiles)[1].profile));
  CHECK(absl::IsInvalidArgument(ReadOtlp(two.substr(0, two.size() - 1)).status()));
}

TEST_CASE("a dictionary that comes in pieces is one") {
  const std::string whole = Sound();
  const auto once = ReadOtlp(whole);
  // An empty dictionary more: field 2, no bytes.
  const auto twice = ReadOtlp(std::string("\x12\x00", 2) + whole);
  REQUIRE(twice.ok());
  CHECK(DescribeProfile((*once)[0].profile) == DescribeProfile((*twice)[0].profile));
}

TEST_CASE("mappings that no profile uses stay with a single profile, else they are counted") {
  SeriesProfile one{LabelSet{{"service_name", "svc"}}, Profile()};
  StringTable& strings = one.profile.symbols.strings;
  one.profile.sample_types = {{strings.Add("cpu"), strings.Add("count")}};
  one.profile.symbols.AddMapping(0x1000, 0x2000, 0, strings.Add("/bin/idle"), {});
  OtlpReadReport report;
  const auto single = ReadOtlp(*WriteOtlp({{one}}), {}, &report);
  REQUIRE(single.ok());
  CHECK(single->at(0).profile.symbols.mappings.size() == 2);
  CHECK(report.mappings_dropped == 0);
  const auto several = ReadOtlp(*WriteOtlp({{one, one}}), {}, &report);
  REQUIRE(several.ok());
  CHECK(several->at(0).profile.symbols.mappings.size() == 1);
  CHECK(report.mappings_dropped == 1);
}

TEST_CASE("profiles that share a dictionary pay for their own copies") {
  OtlpReadOptions options;
  options.memory_bytes = 4096;
  CHECK(absl::IsResourceExhausted(ReadOtlp(Sound(), options).status()));
}

TEST_CASE("the caller says which attributes name a series") {
  OtlpReadOptions options;
  options.series_attributes = {};
  const auto profiles = ReadOtlp(Sound(), options);
  REQUIRE(profiles.ok());
  CHECK((*profiles)[0].series.empty());
  CHECK((*profiles)[0].profile.symbols.attribute_sets.length(
            (*profiles)[0].profile.attributes.value) == 1);
}

}  // namespace
}  // namespace dolerite::testing
