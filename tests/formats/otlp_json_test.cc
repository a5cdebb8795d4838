// OTLP/JSON: the same content as in messages, and text that is none.
#include <algorithm>
#include <catch2/catch.hpp>

#include "dolerite/otlp.h"
#include "support/corpus.h"
#include "support/profile_equal.h"

namespace dolerite::testing {
namespace {

std::vector<std::string> Describe(const std::vector<SeriesProfile>& profiles) {
  std::vector<std::string> out;
  for (const SeriesProfile& p : profiles) {
    out.push_back(p.series.ToString() + "\n" + DescribeProfile(p.profile));
  }
  return out;
}

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
  CHECK((Describe(*json) == Describe(*framed)));
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
      "{\"x\":" + std::string(100'000, '[') + std::string(100'000, ']') + "}";
  CHECK(ReadOtlp(skipped).ok());
}

}  // namespace
}  // namespace dolerite::testing
