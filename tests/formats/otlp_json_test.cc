// OTLP/JSON: the same content as in messages, and text that is not OTLP/JSON.
#include <algorithm>
#include <bit>
#include <catch2/catch.hpp>
#include <cmath>

#include "dolerite/otlp.h"
#include "support/corpus.h"
#include "support/profile_equal.h"

namespace dolerite::testing {
namespace {

TEST_CASE("JSON lines say what the messages made of them say") {
  if (!CorpusPresent()) return;
  OtlpReadReport report;
  const auto json = ReadOtlp(
      ReadCorpusFile("otlp/elastic_opentelemetry-collector-components__45793aa8__profiles.jsonl."
                     "zstd"),
      {}, &report);
  INFO(json.status());
  REQUIRE(json.ok());
  CHECK(report.messages == 189);
  CHECK(json->size() == 189);
  const auto framed =
      ReadOtlp(ReadCorpusFile("otlp-derived/elastic_profiles.layout-1.10.0.framed.otlp"));
  REQUIRE(framed.ok());
  CHECK((DescribeAll(*json) == DescribeAll(*framed)));
}

const char kMessage[] = R"({"resourceProfiles":[{"resource":{"attributes":[
  {"key":"service.name","value":{"stringValue":"caf\u00e9 \ud83d\ude00 \"\\"}},
  {"keyStrindex":1,"value":{"arrayValue":{"values":[{"intValue":"-1"},{"boolValue":true}]}}}]},
  "scopeProfiles":[{"profiles":[{"unknown":[{"a":[1,2.5,"]"]},null],"sampleType":{"typeStrindex":1},
  "profileId":"000102030405060708090a0b0c0d0e0f","originalPayload":"aGk=","originalPayloadFormat":"x",
  "samples":[{"stackIndex":0,"linkIndex":1,"values":["7"],"timestampsUnixNano":[18446744073709551615]}]
  }]}]}],"dictionary":{"stringTable":["","cpu"],"linkTable":[{},
  {"traceId":"AAECAwQFBgcICQoLDA0ODw==","spanId":"0102030405060708"}]}})";

TEST_CASE("every kind of value is read") {
  OtlpReadReport report;
  const auto profiles = ReadOtlp(kMessage, {}, &report);
  INFO(profiles.status());
  REQUIRE(profiles.ok());
  REQUIRE(profiles->size() == 1);
  const Profile& p = (*profiles)[0].profile;
  CHECK((*profiles)[0].series.Get("service_name") == "caf\xc3\xa9 \xf0\x9f\x98\x80 \"\\");
  CHECK(p.payload == "hi");
  CHECK(p.id->at(15) == 15);
  REQUIRE(p.samples.size() == 1);
  CHECK(p.links.trace_id.at(p.samples.link[0].value)[15] == 15);
  CHECK(p.links.span_id.at(p.samples.link[0].value)[7] == 8);
  CHECK(p.samples.timestamps.items == std::vector<uint64_t>{UINT64_MAX});
  CHECK(p.samples.timestamp_values == std::vector<int64_t>{7});
  CHECK(p.symbols.attribute_sets.length(p.attributes.value) == 1);
  CHECK(report.unknown_fields == 1);
}

TEST_CASE("JSON keeps references to entities and counts the names of older layouts") {
  OtlpReadReport report;
  const auto profiles = ReadOtlp(R"({"resourceProfiles":[{"resource":{"entityRefs":[
    {"type":"host","idKeys":["host.id"]}]},"scopeProfiles":[{"profiles":[{
    "sampleType":{"typeStrindex":0,"aggregationTemporality":1},"locationIndices":[0]}]}]}]})",
                                 {}, &report);
  REQUIRE(profiles.ok());
  CHECK(report.unknown_fields == 2);
  const Profile& p = profiles->at(0).profile;
  REQUIRE(p.symbols.attribute_sets.length(p.attributes.value) == 1);
  const size_t label = p.symbols.attribute_sets.begin(p.attributes.value)->value;
  CHECK(p.symbols.strings[p.symbols.attributes.key[label]] == "otlp.resource.entity");
  const StringId value{static_cast<uint32_t>(p.symbols.attributes.value[label])};
  CHECK(p.symbols.strings[value] == "\x12\x04host\x1a\x07host.id");
}

TEST_CASE("text that is cut off or broken is refused") {
  const std::string text = kMessage;
  for (size_t size = 1; size < text.size(); ++size) {
    INFO(size);
    CHECK(absl::IsInvalidArgument(ReadOtlp(text.substr(0, size)).status()));
  }
  for (const char* bad : {"{,}", "{\"a\" 1}", "{\"a\":}", "{} x", "{\"a\":[1}", "{\"a\":\"\\q\"}",
                          "{\"resourceProfiles\":[1]}", "{\"resourceProfiles\":\"x\"}"}) {
    INFO(bad);
    CHECK(absl::IsInvalidArgument(ReadOtlp(bad).status()));
  }
  CHECK(ReadOtlp("{}\n{}\n\n").ok());
}

TEST_CASE("deep text is refused before it is followed") {
  std::string value, open = "{\"arrayValue\":{\"values\":[", unknown = "{\"x\":";
  for (int i = 0; i < 5000; ++i) value += open;
  const absl::Status status =
      ReadOtlp("{\"dictionary\":{\"attributeTable\":[{\"value\":" + value).status();
  CHECK(absl::IsResourceExhausted(status));
  const std::string skipped =
      "{\"dictionary\":{},\"x\":" + std::string(100'000, '[') + std::string(100'000, ']') + "}";
  CHECK(ReadOtlp(skipped).ok());
}

absl::Status StatusOf(const std::string& json) { return ReadOtlp(json).status(); }

// A member that no message has, beside one that OTLP has: its value is skipped.
std::string Skipped(const std::string& value) {
  return "{\"resourceProfiles\":[],\"x\":" + value + "}";
}

TEST_CASE("what is skipped is valid JSON all the same") {
  for (const char* good :
       {"1", "-0", "0.5", "1e5", "1E+5", "-1.25e-3", "\"\"", "\"\\u00e9\\u00E9\\n\\/\"",
        "\"\\ud83d\\ude00\"", "true", "false", "null", "[]", "{}", "[1,2]", "[[],{}]",
        "{\"a\":1,\"b\":[]}", " [ 1 , 2 ] ", "{\"\":{\"\":{}}}"}) {
    INFO(good);
    CHECK(StatusOf(Skipped(good)).ok());
  }
  for (const char* bad : {"",
                          "01",
                          "1.",
                          ".5",
                          "+1",
                          "1e",
                          "1e+",
                          "- 1",
                          "--1",
                          "0x1",
                          "1_0",
                          "NaN",
                          "Infinity",
                          "nul",
                          "tru",
                          "True",
                          "'a'",
                          "\"a",
                          "\"\\x\"",
                          "\"\\u12g4\"",
                          "\"\\ud83d\"",
                          "\"\\ud83d\\u0041\"",
                          "\"\\ude00\"",
                          "\"\t\"",
                          "\"\n\"",
                          "[1 2]",
                          "[1,]",
                          "[,1]",
                          "[1,,2]",
                          "[1:2]",
                          "[1 2,,:]",
                          "[",
                          "]",
                          "[}",
                          "{]",
                          "{,}",
                          "{\"a\"}",
                          "{\"a\":}",
                          "{\"a\",1}",
                          "{\"a\":1,}",
                          "{\"a\" 1}",
                          "{1:2}",
                          "{a:1}",
                          "{\"a\":1 \"b\":2}",
                          "{\"a\":1,,\"b\":2}",
                          "[1]]",
                          "1 2"}) {
    INFO(bad);
    CHECK(absl::IsInvalidArgument(StatusOf(Skipped(bad))));
  }
}

std::string WithProfile(const std::string& members) {
  return "{\"resourceProfiles\":[{\"scopeProfiles\":[{\"profiles\":[{" + members + "}]}]}]}";
}

TEST_CASE("numbers that their fields can't hold are refused with the path") {
  const std::pair<const char*, const char*> cases[] = {
      {"\"period\":9223372036854775808", "profiles[0].period"},
      {"\"period\":18446744073709551615", "profiles[0].period"},
      {"\"period\":\"-9223372036854775809\"", "profiles[0].period"},
      {"\"durationNano\":-1", "profiles[0].durationNano"},
      {"\"durationNano\":18446744073709551616", "profiles[0].durationNano"},
      {"\"timeUnixNano\":\"-1\"", "profiles[0].timeUnixNano"},
      {"\"attributeIndices\":[0,2147483648]", "profiles[0].attributeIndices[1]"},
      {"\"droppedAttributesCount\":4294967296", "profiles[0].droppedAttributesCount"},
      {"\"samples\":[{\"values\":[1.5]}]", "samples[0].values[0]"},
      {"\"samples\":[{},{\"values\":[1,9223372036854775808]}]", "samples[1].values[1]"}};
  for (const auto& [members, path] : cases) {
    const absl::Status status = StatusOf(WithProfile(members));
    INFO(members << ": " << status);
    CHECK(absl::IsInvalidArgument(status));
    CHECK(std::string(status.message()).find(path) != std::string::npos);
  }
  const auto edges = ReadOtlp(WithProfile(
      "\"period\":\"-9223372036854775808\",\"samples\":[{\"values\":[9223372036854775807]}]"));
  REQUIRE(edges.ok());
  CHECK(edges->at(0).profile.period == INT64_MIN);
  CHECK(edges->at(0).profile.samples.values == std::vector<int64_t>{INT64_MAX});
}

// The bits of an attribute's double.
absl::StatusOr<uint64_t> DoubleOf(const std::string& json) {
  const auto profiles = ReadOtlp(
      "{\"resourceProfiles\":[{\"resource\":{\"attributes\":[{\"key\":\"k\",\"value\":{"
      "\"doubleValue\":" +
      json + "}}]},\"scopeProfiles\":[{\"profiles\":[{}]}]}]}");
  if (!profiles.ok()) return profiles.status();
  return profiles->at(0).profile.symbols.attributes.value.at(0);
}

TEST_CASE("doubles are whole, or refused with the path") {
  const std::pair<const char*, double> good[] = {
      {"1.5", 1.5},   {"\"-2\"", -2}, {"1e308", 1e308}, {"\"Infinity\"", INFINITY},
      {"1e-999", 0.}, {"0.1", 0.1},   {"-0.0", -0.0},   {"\"-Infinity\"", -INFINITY}};
  for (const auto& [text, value] : good) {
    const absl::StatusOr<uint64_t> bits = DoubleOf(text);
    INFO(text << ": " << bits.status());
    REQUIRE(bits.ok());
    CHECK(std::bit_cast<double>(*bits) == value);
  }
  CHECK(std::isnan(std::bit_cast<double>(*DoubleOf("\"NaN\""))));
  for (const char* bad : {"1e999", "-1e999", "\"1e999\"", "\"inf\"", "\"nan\"", "\"\"", "\"1 \"",
                          "\"0x1p3\"", "NaN", "Infinity"}) {
    const absl::Status status = DoubleOf(bad).status();
    INFO(bad << ": " << status);
    CHECK(absl::IsInvalidArgument(status));
    CHECK(std::string(status.message()).find("attributes[0].value.doubleValue") !=
          std::string::npos);
  }
}

TEST_CASE("JSON that is not OTLP is refused, and named where it is known") {
  const std::pair<const char*, const char*> cases[] = {
      {"{\"nodes\":1}", "cpuprofile"},
      {"{\"nodes\":[],\"startTime\":1,\"samples\":[],\"timeDeltas\":[]}", "cpuprofile"},
      {"{\"$schema\":\"https://www.speedscope.app/file-format-schema.json\",\"shared\":{}}",
       "speedscope"},
      {"{\"traceEvents\":[]}", "Chrome trace"},
      {"{\"resource_profiles\":[]}", "snake_case"},
      {"{\"resourceSpans\":[]}", "OTLP traces"},
      {"{\"x\":[1]}", "no resourceProfiles"}};
  for (const auto& [json, what] : cases) {
    const absl::Status status = StatusOf(json);
    INFO(json << ": " << status);
    CHECK(absl::IsInvalidArgument(status));
    const std::string message(status.message());
    CHECK(message.find("JSON, but not OTLP: no resourceProfiles") != std::string::npos);
    CHECK(message.find(what) != std::string::npos);
  }
  CHECK(StatusOf("{}").ok());
  CHECK(StatusOf("{\"dictionary\":{}}").ok());
}

TEST_CASE("JSON may begin with blanks or a byte order mark") {
  for (const char* before : {"\n", "\n\n ", "\r\n", " ", "\t", "\xef\xbb\xbf", "\xef\xbb\xbf\n"}) {
    INFO(before);
    const auto profiles = ReadOtlp(before + std::string(kMessage));
    REQUIRE(profiles.ok());
    CHECK(profiles->size() == 1);
  }
}

TEST_CASE("ids are read in hex of either case, or in base64 of either alphabet") {
  const auto id_of = [](const std::string& text) {
    const auto profiles = ReadOtlp(WithProfile("\"profileId\":\"" + text + "\""));
    INFO(text << ": " << profiles.status());
    REQUIRE(profiles.ok());
    return profiles->at(0).profile.id;
  };
  const auto lower = id_of("000102030405060708090a0b0c0dfeff");
  REQUIRE(lower.has_value());
  CHECK((*lower)[14] == 0xfe);
  CHECK(id_of("000102030405060708090A0B0C0DFEFF") == lower);
  CHECK(id_of("AAECAwQFBgcICQoLDA3+/w==") == lower);
  CHECK(id_of("AAECAwQFBgcICQoLDA3-_w") == lower);
  for (const char* bad : {"zz0102030405060708090a0b0c0d0e0f", "AAEC AwQFBgcICQoLDA3+/w==", "A",
                          "AAEC*wQFBgcICQoLDA3+/w=="}) {
    INFO(bad);
    CHECK(absl::IsInvalidArgument(
        StatusOf(WithProfile("\"profileId\":\"" + std::string(bad) + "\""))));
  }
}

// An attribute value of so many arrays in arrays, and so many maps around these.
std::string Nested(size_t arrays, size_t maps = 0) {
  std::string value = "{\"intValue\":1}";
  for (size_t i = 0; i < arrays; ++i) value = "{\"arrayValue\":{\"values\":[" + value + "]}}";
  for (size_t i = 0; i < maps; ++i) {
    value = "{\"kvlistValue\":{\"values\":[{\"key\":\"k\",\"value\":" + value + "}]}}";
  }
  return "{\"resourceProfiles\":[{\"resource\":{\"attributes\":[{\"key\":\"k\",\"value\":" + value +
         "}]},\"scopeProfiles\":[{\"profiles\":[{}]}]}]}";
}

TEST_CASE("values nest as deep as the limit says, and no deeper") {
  OtlpReadOptions options;
  options.limits.depth = 5;
  CHECK(ReadOtlp(Nested(4), options).ok());
  CHECK(absl::IsResourceExhausted(ReadOtlp(Nested(5), options).status()));
}

// A value lies in four messages here, an array in it takes two more, a map three. JSON that nests
// deeper than values of the limit can is refused while it is read, before any value is.
TEST_CASE("JSON nests eight messages and three for each level of values, and no deeper") {
  OtlpReadOptions options;
  options.limits.depth = 5;  // 23 messages
  const auto refused_as_json = [&](size_t arrays, size_t maps) {
    const absl::Status status = ReadOtlp(Nested(arrays, maps), options).status();
    CHECK(absl::IsResourceExhausted(status));
    return status.message().find("JSON") != std::string::npos;
  };
  CHECK_FALSE(refused_as_json(9, 0));  // 22
  CHECK_FALSE(refused_as_json(8, 1));  // 23
  CHECK(refused_as_json(10, 0));       // 24
}

}  // namespace
}  // namespace dolerite::testing
