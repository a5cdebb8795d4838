// Profiles as lines of JSON: each member is where it is known, and every value is exact.
#include <catch2/catch.hpp>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "dolerite/answer_json.h"

namespace dolerite::testing {
namespace {

using namespace std::string_literals;

std::vector<std::string> LinesOf(const std::string& text) {
  std::vector<std::string> lines;
  for (size_t begin = 0, end = 0; begin < text.size(); begin = end + 1) {
    end = text.find('\n', begin);
    REQUIRE(end != std::string::npos);
    lines.push_back(text.substr(begin, end - begin));
  }
  return lines;
}

// Two samples: one of a known function that was inlined into another, with all that a sample can
// have; one of a bare address, with nothing.
Profile TwoSamples() {
  Profile p;
  Symbols& s = p.symbols;
  const auto text = [&](std::string_view t) { return s.strings.Add(t); };
  p.sample_types = {{text("cpu"), text("nanoseconds")}};
  p.period_type = p.sample_types[0];
  p.period = 10;
  p.time_nanos = 1'700'000'000'500'000'000;
  p.duration_nanos = 7;
  p.comments = {text("c")};
  const MappingId app = s.AddMapping(0x1000, 0x2000, 0, text("/bin/app"), text("b1"));
  const FunctionId leaf = s.AddFunction(text("leaf"), text("_Z4leafv"), text("a.cc"), 1);
  const FunctionId root = s.AddFunction(text("root\xff"), text("root\xff"), {}, 0);
  s.locations.lines.items = {{leaf, 3, 4}, {root, 5, 0}};
  p.stacks.items.push_back(s.AddLocation(app, 0x1010));
  p.stacks.Close();
  p.stacks.items.push_back(s.AddLocation({}, UINT64_MAX));
  p.stacks.Close();
  s.attribute_sets.items.push_back(
      s.AddAttribute(text("k"), AttributeKind::kString, text("v").value));
  s.attribute_sets.Close();
  p.links.trace_id.push_back({0xab}), p.links.span_id.push_back({0xcd});
  p.samples.stack = {{1}, {2}};
  p.samples.attributes = {{1}, {}};
  p.samples.link = {{1}, {}};
  p.samples.values = {INT64_MAX, -1};
  p.samples.shape = {SampleShape::kTimed, SampleShape::kAggregate};
  p.samples.timestamps.items = {1, UINT64_MAX};
  p.samples.timestamps.Close(), p.samples.timestamps.Close();
  p.samples.timestamp_values = {INT64_MAX, 0};
  return p;
}

TEST_CASE("a profile is a line, and each of its samples is one") {
  const Profile profile = TwoSamples();
  const absl::Status valid = profile.Validate();
  INFO(valid);
  REQUIRE(valid.ok());
  const std::vector<std::string> lines = LinesOf(ProfileJson(profile));
  REQUIRE(lines.size() == 3);
  CHECK(lines[0] ==
        R"({"time":"2023-11-14T22:13:20.5Z","time_nanos":1700000000500000000,"duration_nanos":7,)"
        R"("samples":2,"sample_types":[{"type":"cpu","unit":"nanoseconds"}],)"
        R"("default_sample_type":"","period":10,)"
        R"("period_type":{"type":"cpu","unit":"nanoseconds"},"comments":["c"],)"
        R"("mappings":[{"start":"0x1000","limit":"0x2000","offset":"0x0","file":"/bin/app",)"
        R"("build_id":"b1"}]})");
  CHECK(
      lines[1] ==
      R"({"sample":0,"values":[9223372036854775807],"labels":{"k":"v"},)"
      R"("trace_id":"ab000000000000000000000000000000","span_id":"cd00000000000000",)"
      R"("times":["1970-01-01T00:00:00.000000001Z","2554-07-21T23:34:33.709551615Z"],)"
      R"("times_nanos":[1,18446744073709551615],"time_values":[9223372036854775807,0],)"
      R"("stack":[{"function":"leaf","system_name":"_Z4leafv","file":"a.cc","line":3,)"
      R"("column":4,"inlined":true,"address":"0x1010","mapping":"/bin/app"},)"
      "{\"function\":\"root\uFFFD\",\"line\":5,\"address\":\"0x1010\",\"mapping\":\"/bin/app\"}]}");
  CHECK(lines[2] == R"({"sample":1,"values":[-1],"stack":[{"address":"0xffffffffffffffff"}]})");
  CHECK(LinesOf(ProfileJson(Profile())).size() == 1);
}

TEST_CASE("sample lines end with the first visit that fails") {
  const Profile profile = TwoSamples();
  std::string seen;
  const auto take = [&](std::string_view line) {
    seen += line;
    return absl::OkStatus();
  };
  CHECK(VisitSampleLines(profile, take).ok());
  const std::string whole = ProfileJson(profile);
  CHECK(seen == whole.substr(whole.find('\n') + 1));
  size_t visits = 0;
  const absl::Status status = VisitSampleLines(profile, [&](std::string_view) {
    ++visits;
    return absl::ResourceExhaustedError("full");
  });
  CHECK(absl::IsResourceExhausted(status));
  CHECK(visits == 1);
}

// A field of bytes.
std::string Field(char number, const std::string& bytes) {
  return std::string{static_cast<char>(number << 3 | 2), static_cast<char>(bytes.size())} + bytes;
}

// An attribute whose value is an encoded AnyValue. Such a value is shown as bytes if it is not one.
std::string Show(const std::string& encoded) {
  Symbols symbols;
  const StringId text = symbols.strings.Add(encoded), key = symbols.strings.Add("k");
  return AttributeJson(symbols, symbols.AddAttribute(key, AttributeKind::kStructured, text.value));
}

bool IsShownAsBytes(const std::string& encoded) { return Show(encoded).starts_with("{\"bytes\":"); }

// A list in a list in .., around an empty one.
std::string Nested(int depth) {
  std::string out = Field(5, "");
  for (int i = 0; i < depth; ++i) out = Field(5, Field(1, out));
  return out;
}

TEST_CASE("structured values of attributes are shown as JSON") {
  const std::string text = Field(1, "a\"b");
  CHECK(Show("") == "null");
  CHECK(Show(text) == R"("a\"b")");
  CHECK(Show("\x10\x01") == "true");
  CHECK(Show("\x18\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"s) == "-1");
  CHECK(Show("\x21\x00\x00\x00\x00\x00\x00\xf8\x3f"s) == "1.5");
  CHECK(Show("\x21\x00\x00\x00\x00\x00\x00\xf8\x7f"s) == "\"NaN\"");
  CHECK(Show("\x21\x00\x00\x00\x00\x00\x00\xf0\xff"s) == "\"-Infinity\"");
  CHECK(Show(Field(7, "\x01\xfe")) == R"({"bytes":"01fe"})");
  CHECK(Show(Field(5, Field(1, text) + Field(1, "\x18\x02"))) == R"(["a\"b",2])");
  const std::string key = Field(1, "key");
  CHECK(Show(Field(6, Field(1, key + Field(2, text)))) == R"({"key":"a\"b"})");
  // Of a key that comes twice the last value counts.
  CHECK(Show(Field(6, Field(1, key + Field(2, text)) + Field(1, key))) == R"({"key":null})");
}

TEST_CASE("bytes that are not a value are not shown as one") {
  const std::string map = Field(6, Field(1, Field(1, "key") + Field(2, Field(1, "value"))));
  for (size_t size = 1; size < map.size(); ++size) CHECK(IsShownAsBytes(map.substr(0, size)));
  CHECK(IsShownAsBytes("\x0b"));
  CHECK(IsShownAsBytes(std::string(11, '\xff')));
  CHECK(!IsShownAsBytes(Nested(8)));
  CHECK(IsShownAsBytes(Nested(40)));
}

TEST_CASE("a set of attributes is an object, and a key that comes twice has both values") {
  Symbols symbols;
  const StringId key = symbols.strings.Add("k"), other = symbols.strings.Add("o");
  auto& items = symbols.attribute_sets.items;
  for (uint64_t value : {1, 2}) {
    items.push_back(symbols.AddAttribute(key, AttributeKind::kInteger, value));
  }
  items.push_back(symbols.AddAttribute(other, AttributeKind::kBoolean, 1));
  symbols.attribute_sets.Close();
  CHECK(AttributesJson(symbols, AttributeSetId{1}) == R"({"k":[1,2],"o":true})");
  CHECK(AttributesJson(symbols, AttributeSetId{}) == "{}");
}

}  // namespace
}  // namespace dolerite::testing
