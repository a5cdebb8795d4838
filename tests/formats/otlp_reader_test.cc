// What a call takes, refuses and lists.
#include <catch2/catch.hpp>
#include <string>

#include "dolerite/formats.h"
#include "dolerite/otlp.h"
#include "formats/pprof_bytes.h"
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

// A profile without samples, by the row of its type.
std::string TypedProfile(int row) {
  return R"({"sampleType":{"typeStrindex":)" + std::to_string(row) + "}}";
}

TEST_CASE("a report counts the profiles that were left out, and no samples or scopes") {
  OtlpReadOptions options;
  options.take_sound = true;
  const auto refused = [&](const std::string& json) {
    OtlpReadReport report;
    const auto sound = ReadOtlp(json, options, &report);
    REQUIRE(sound.ok());
    return std::tuple(sound->size(), report.refused, report.profiles_refused);
  };
  const auto message = [](const std::string& scopes, const std::string& resource = "{}") {
    return R"({"resourceProfiles":[{"resource":)" + resource + R"(,"scopeProfiles":[)" + scopes +
           R"(]}],"dictionary":{"stringTable":["","cpu"]}})";
  };
  const std::string good = TypedProfile(1), bad = TypedProfile(9);
  // Samples alone.
  CHECK(refused(kHalfBad) == std::tuple(1, 1, 0));
  // All samples of a profile: nothing of it is stored.
  CHECK(refused(message(R"({"profiles":[)" + good + R"(,{"sampleType":{"typeStrindex":1},)" +
                        R"("samples":[{"stackIndex":9,"values":[1]}]}]})")) == std::tuple(1, 2, 1));
  CHECK(refused(message(R"({"profiles":[)" + good + "," + bad + "," + bad + "]}")) ==
        std::tuple(1, 2, 2));
  // What is around them is not valid.
  const std::string unknown = R"({"attributes":[{"key":"a","value":{"stringValueStrindex":7}}]})";
  const std::string two = R"({"profiles":[)" + good + "," + good + "]}";
  CHECK(refused(message(two + "," + two, unknown)) == std::tuple(0, 1, 4));
  CHECK(refused(message(two + R"(,{"scope":)" + unknown + R"(,"profiles":[)" + bad + "]}")) ==
        std::tuple(2, 1, 1));
  // Parts of one profile that are joined are there.
  const std::string parts = R"({"scope":{"attributes":[{"key":"pprof.scope.sample_type_order",
    "value":{"arrayValue":{"values":[{"intValue":0},{"intValue":1}]}}}]},"profiles":[)" +
                            good + "," + good + "]}";
  CHECK(std::get<2>(refused(message(parts + R"(,{"profiles":[)" + bad + "]}"))) == 1);
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

TEST_CASE("messages may come in frames of gRPC and behind varints") {
  const std::string message = Sound();
  const std::string grpc = std::string(1, '\0') + Frame(message);
  for (const std::string& bytes :
       {grpc, grpc + grpc, Wire().Bytes(1, message).bytes().substr(1),
        Wire().Bytes(1, message).bytes().substr(1) + Wire().Bytes(1, message).bytes().substr(1)}) {
    OtlpReadReport report;
    const auto profiles = ReadOtlp(bytes, {}, &report);
    INFO(profiles.status());
    REQUIRE(profiles.ok());
    CHECK(profiles->size() == report.messages);
    CHECK(report.messages == (bytes.size() > message.size() + 10 ? 2 : 1));
    CHECK(DetectProfileFormat(bytes) == ProfileFormat::kOtlp);
  }
  const absl::Status packed = ReadOtlp(std::string(1, '\1') + Frame(message)).status();
  CHECK(absl::IsInvalidArgument(packed));
  CHECK(std::string(packed.message()).find("gRPC frame that is compressed") != std::string::npos);
}

// A message of the layout 1.11 with one profile, around a dictionary and samples.
Wire WithDictionary(const Wire& dictionary, const std::vector<Wire>& samples,
                    const Wire& resource = {}) {
  Wire profile;
  profile.Bytes(1, Wire().Number(1, 1));
  for (const Wire& sample : samples) profile.Bytes(2, sample);
  const Wire scope = Wire().Bytes(2, profile);
  return Wire().Bytes(1, Wire().Bytes(1, resource).Bytes(2, scope)).Bytes(2, dictionary);
}

// A sample of a stack with an attribute and a value.
Wire SampleOf(uint64_t stack, uint64_t attribute, uint64_t link, uint64_t value) {
  return Wire().Number(1, stack).Packed(2, {attribute}).Number(3, link).Packed(4, {value});
}

// All tables with each entry twice, but for the null one.
Wire TwiceEach() {
  const auto twice = [](Wire* w, uint32_t field, const Wire& a, const Wire& b) {
    w->Bytes(field, Wire()).Bytes(field, a).Bytes(field, b);
  };
  Wire d;
  twice(&d, 1, Wire().Number(2, 9).Number(4, 1), Wire().Number(2, 9).Number(4, 2));
  twice(&d, 2, Wire().Number(1, 1).Number(2, 5).Bytes(3, Wire().Number(1, 1)),
        Wire().Number(1, 2).Number(2, 5).Bytes(3, Wire().Number(1, 2)));
  twice(&d, 3, Wire().Number(1, 1), Wire().Number(1, 2));
  twice(&d, 4, Wire().Bytes(1, std::string(16, 't')).Bytes(2, std::string(8, 's')),
        Wire().Bytes(1, std::string(16, 't')).Bytes(2, std::string(8, 's')));
  for (std::string_view text : {"", "cpu", "cpu"}) d.Bytes(5, text);
  twice(&d, 6, Wire().Number(1, 1).Bytes(2, Wire().Number(8, 1)),
        Wire().Number(1, 2).Bytes(2, Wire().Bytes(1, "cpu")));
  twice(&d, 7, Wire().Packed(1, {1, 2}), Wire().Packed(1, {2, 1}));
  return d;
}

TEST_CASE("equal samples are one, whatever the tables repeat") {
  OtlpReadReport report;
  const auto profiles =
      ReadOtlp(WithDictionary(TwiceEach(), {SampleOf(1, 1, 1, 10), SampleOf(2, 2, 2, 5)}).bytes(),
               {}, &report);
  INFO(profiles.status());
  REQUIRE(profiles.ok());
  const Profile& p = profiles->at(0).profile;
  REQUIRE(p.Validate().ok());
  CHECK(report.samples_combined == 1);
  CHECK(p.samples.values == std::vector<int64_t>{15});
  CHECK(p.symbols.functions.size() == 2);
  CHECK(p.symbols.mappings.size() == 2);
  CHECK(p.symbols.attributes.size() == 1);
  CHECK(p.links.size() == 2);
  CHECK(p.stacks.size() == 2);
  CHECK(p.stacks.length(1) == 2);
}

TEST_CASE("a key that is given in two ways is refused with its path") {
  Wire dictionary;
  for (std::string_view text : {"", "cpu"}) dictionary.Bytes(5, text);
  const Wire value = Wire().Bytes(1, "svc");
  const auto read = [&](const Wire& attribute) {
    return ReadOtlp(WithDictionary(dictionary, {}, Wire().Bytes(1, attribute)).bytes()).status();
  };
  CHECK(read(Wire().Bytes(1, "service.name").Bytes(2, value)).ok());
  CHECK(read(Wire().Bytes(2, value).Number(3, 1)).ok());
  CHECK(read(Wire().Bytes(1, "service.name").Bytes(2, value).Number(3, 0)).ok());  // 0: not given
  const Wire both = Wire().Bytes(1, "service.name").Bytes(2, value).Number(3, 1);
  const Wire in_map = Wire().Bytes(1, "m").Bytes(2, Wire().Bytes(6, Wire().Bytes(1, both)));
  for (const Wire& attribute :
       {both, Wire().Number(3, 1).Bytes(2, value).Bytes(1, "service.name"), in_map}) {
    const absl::Status status = read(attribute);
    INFO(status);
    CHECK(absl::IsInvalidArgument(status));
    CHECK(std::string(status.message())
              .find("resource_profiles[0].resource.attributes[0].key_strindex") !=
          std::string::npos);
  }
}

TEST_CASE("references beyond the string table are refused") {
  Wire dictionary;
  for (std::string_view text : {"", "cpu"}) dictionary.Bytes(5, text);
  dictionary.Bytes(6, Wire()).Bytes(6, Wire().Number(1, 1).Bytes(2, Wire().Bytes(1, "further")));
  const Wire attribute = Wire().Bytes(1, "k").Bytes(2, Wire().Number(8, 2));
  const auto read = ReadOtlp(WithDictionary(dictionary, {}, Wire().Bytes(1, attribute)).bytes());
  CHECK(absl::IsInvalidArgument(read.status()));
}

TEST_CASE("an aggregation temporality is counted, as a profile has no place for it") {
  Wire dictionary;
  for (std::string_view text : {"", "cpu", "wall"}) dictionary.Bytes(5, text);
  Wire scope;
  scope.Bytes(2, Wire().Bytes(1, Wire().Number(1, 1).Number(3, 2)));
  scope.Bytes(2, Wire().Bytes(1, Wire().Number(1, 2).Number(3, 0)));  // not specified
  OtlpReadReport report;
  const std::string message = Wire().Bytes(1, Wire().Bytes(2, scope)).Bytes(2, dictionary).bytes();
  REQUIRE(ReadOtlp(message, {}, &report).ok());
  CHECK(report.temporalities_dropped == 1);
  CHECK(report.unknown_fields == 0);
}

TEST_CASE("no more profiles are joined than a profile may have sample types") {
  GenerateOptions generate;
  generate.everything = false;
  generate.sample_types = 3;
  const std::string message = *WriteOtlp({{{LabelSet(), GenerateProfile(1, generate)}}});
  OtlpReadOptions options;
  for (const auto& [most, profiles] : {std::pair{3, 1}, {2, 2}, {1, 3}}) {
    options.limits.sample_types = static_cast<size_t>(most);
    const auto read = ReadOtlp(message, options);
    REQUIRE(read.ok());
    CHECK(read->size() == static_cast<size_t>(profiles));
    for (const SeriesProfile& one : *read) {
      CHECK(one.profile.sample_types.size() <= options.limits.sample_types);
    }
  }
}

TEST_CASE("profiles that differ in links alone are not one") {
  Wire dictionary;
  for (std::string_view text : {"", "cpu", "wall"}) dictionary.Bytes(5, text);
  dictionary.Bytes(4, Wire()).Bytes(4, Wire().Bytes(1, std::string(16, 't')));
  const auto read = [&](uint64_t second_link) {
    Wire scope;
    scope.Bytes(2, Wire().Bytes(1, Wire().Number(1, 1)).Bytes(2, SampleOf(0, 0, 1, 3)));
    scope.Bytes(2, Wire().Bytes(1, Wire().Number(1, 2)).Bytes(2, SampleOf(0, 0, second_link, 4)));
    const auto profiles =
        ReadOtlp(Wire().Bytes(1, Wire().Bytes(2, scope)).Bytes(2, dictionary).bytes());
    REQUIRE(profiles.ok());
    return profiles->size();
  };
  CHECK(read(1) == 1);  // two sample types of one profile
  CHECK(read(0) == 2);
}

}  // namespace
}  // namespace dolerite::testing
