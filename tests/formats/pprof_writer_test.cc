#include <algorithm>
#include <catch2/catch.hpp>

#include "dolerite/pprof.h"
#include "formats/pprof_bytes.h"
#include "support/profile_equal.h"

namespace dolerite::testing {
namespace {

PprofWriteOptions Plain() {
  PprofWriteOptions options;
  options.gzip = false;
  return options;
}

std::string Write(const Profile& profile, uint64_t* dropped = nullptr) {
  absl::StatusOr<std::string> bytes = WritePprof(profile, Plain(), dropped);
  INFO(bytes.status());
  REQUIRE(bytes.ok());
  return *std::move(bytes);
}

// Checks that writing and reading gives the profile again, and gives it back.
Profile RoundTrip(const Profile& profile) {
  absl::StatusOr<Profile> again = ReadPprof(Write(profile));
  INFO(again.status());
  REQUIRE(again.ok());
  CHECK(DescribeProfile(*again) == DescribeProfile(profile));
  return *std::move(again);
}

// A profile of one sample of one location.
Profile OneSample() {
  Profile p;
  Symbols& s = p.symbols;
  p.sample_types.push_back({s.strings.Add("cpu"), s.strings.Add("ns")});
  s.AddLocation({}, 0x10);
  p.stacks.items.push_back(LocationId{0});
  p.stacks.Close();
  p.samples.stack.push_back(StackId{1});
  p.samples.attributes.push_back({});
  p.samples.values.push_back(5);
  return p;
}

void Label(Profile* p, AttributeKind kind, uint64_t value) {
  p->symbols.AddAttribute(p->symbols.strings.Add("key"), kind, value);
  p->symbols.attribute_sets.items.push_back(
      AttributeId{static_cast<uint32_t>(p->symbols.attributes.size() - 1)});
}

void CloseLabels(Profile* p) {
  p->symbols.attribute_sets.Close();
  p->samples.attributes[0] =
      AttributeSetId{static_cast<uint32_t>(p->symbols.attribute_sets.size() - 1)};
}

TEST_CASE("what was read is written") {
  const Profile p = *ReadPprof(SmallProfile().bytes());
  const Profile again = RoundTrip(p);
  CHECK(Write(again) == Write(p));
  absl::StatusOr<std::string> packed = WritePprof(p);
  REQUIRE(packed.ok());
  CHECK(DescribeProfile(*ReadPprof(*packed)) == DescribeProfile(p));
  CHECK(packed->substr(0, 2) == "\x1f\x8b");
}

TEST_CASE("empty profiles and extreme numbers are written") {
  Profile p;
  CHECK(DescribeProfile(*ReadPprof(Write(p))) == DescribeProfile(p));
  p = OneSample();
  p.samples.values[0] = INT64_MIN;
  p.time_nanos = -5;
  p.period = INT64_MAX;
  p.symbols.locations.address[0] = UINT64_MAX;
  p.symbols.locations.folded[0] = 1;
  p.symbols.AddMapping(5, 3, UINT64_MAX, {}, {}, Mappings::kHasInlineFrames);
  RoundTrip(p);
}

TEST_CASE("an empty string and a zero are labels of their own") {
  Profile p = OneSample();
  Label(&p, AttributeKind::kInteger, 0);
  Label(&p, AttributeKind::kString, 0);
  CloseLabels(&p);
  RoundTrip(p);
}

TEST_CASE("lines without a function get an empty one") {
  Profile p = OneSample();
  p.symbols.locations.lines.items.push_back({FunctionId{0}, 7, 0});
  p.symbols.AddLocation({}, 1);
  p.symbols.AddFunction(p.symbols.strings.Add("f"), {}, {}, 1);
  p.stacks.items[0] = LocationId{1};
  RoundTrip(p);
}

TEST_CASE("what equal profiles went through leaves no trace") {
  Profile p = OneSample();
  Label(&p, AttributeKind::kInteger, 7);
  Label(&p, AttributeKind::kInteger, 3);
  CloseLabels(&p);
  p.period_type.type = p.symbols.strings.Add("");
  const std::string bytes = Write(p);
  CHECK(Write(*ReadPprof(bytes)) == bytes);
  std::reverse(p.symbols.attribute_sets.items.begin(), p.symbols.attribute_sets.items.end());
  CHECK(Write(p) == bytes);
}

TEST_CASE("equal strings are written once") {
  Profile p = OneSample();
  p.symbols.AddFunction(p.symbols.strings.Add("twice"), p.symbols.strings.Add("twice"), {}, 0);
  const std::string bytes = Write(p);
  CHECK(bytes.find("twice") == bytes.rfind("twice"));
  RoundTrip(p);
}

TEST_CASE("what pprof can't say is counted") {
  Profile p = OneSample();
  uint64_t dropped = 99;
  Write(p, &dropped);
  CHECK(dropped == 0);
  Label(&p, AttributeKind::kStructured, 0);
  CloseLabels(&p);
  p.attributes = p.samples.attributes[0];
  p.id = ProfileId{1};
  p.samples.shape.push_back(SampleShape::kEvents);
  p.samples.timestamps.items = {1, 2, 3};
  p.samples.timestamps.Close();
  Write(p, &dropped);
  CHECK(dropped == 1 + 1 + 1 + 3);
}

TEST_CASE("labels of other kinds become text") {
  Profile p = OneSample();
  Label(&p, AttributeKind::kBoolean, 1);
  Label(&p, AttributeKind::kDouble, 0x3ff8000000000000);
  CloseLabels(&p);
  const std::string text = DescribeProfile(*ReadPprof(Write(p)));
  CHECK(text.find("\"key\":0=\"true\"") != std::string::npos);
  CHECK(text.find("\"key\":0=\"1.5\"") != std::string::npos);
}

TEST_CASE("links need a label to go to") {
  const Profile p = *ReadPprof(SmallProfile().bytes());
  PprofWriteOptions options = Plain();
  options.span_label = "";
  uint64_t dropped = 0;
  REQUIRE(WritePprof(p, options, &dropped).ok());
  CHECK(dropped == 1);
}

TEST_CASE("profiles that break the rules are not written") {
  Profile p = OneSample();
  p.samples.stack[0] = StackId{9};
  CHECK(absl::IsInvalidArgument(WritePprof(p).status()));
  p = OneSample();
  p.unknown_fields = Wire().Number(9, 1).bytes();
  CHECK(absl::IsInvalidArgument(WritePprof(p).status()));
  p.unknown_fields = "\xff";
  CHECK(absl::IsInvalidArgument(WritePprof(p).status()));
  PprofWriteOptions options;
  options.gzip_level = 0;
  CHECK(absl::IsInvalidArgument(WritePprof(OneSample(), options).status()));
}

}  // namespace
}  // namespace dolerite::testing
