// Messages of the usual form and others take two ways through the reader: both give one profile.
#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>
#include <string>

#include "dolerite/otlp.h"
#include "dolerite/pprof.h"
#include "formats/wire/proto_append.h"
#include "support/generate.h"
#include "support/profile_equal.h"
#include "support/source_dir.h"

namespace dolerite::testing {
namespace {

// Messages by what lies in them. kEntry is read as a whole.
enum class OtlpKind { kOther, kData, kResource, kScope, kProfile, kDictionary, kEntry, kLocation };

// What the message in a field of a message is.
OtlpKind OtlpKindOf(OtlpKind parent, uint32_t field) {
  switch (parent) {
    case OtlpKind::kData:
      return field == 1   ? OtlpKind::kResource
             : field == 2 ? OtlpKind::kDictionary
                          : OtlpKind::kOther;
    case OtlpKind::kResource:
      return field == 2 ? OtlpKind::kScope : OtlpKind::kOther;
    case OtlpKind::kScope:
      return field == 2 ? OtlpKind::kProfile : OtlpKind::kOther;
    case OtlpKind::kProfile:
      return field == 2 ? OtlpKind::kEntry : OtlpKind::kOther;  // samples
    case OtlpKind::kDictionary:
      return field == 2 ? OtlpKind::kLocation : field == 5 ? OtlpKind::kOther : OtlpKind::kEntry;
    case OtlpKind::kLocation:
      return field == 3 ? OtlpKind::kEntry : OtlpKind::kOther;  // lines
    default:
      return OtlpKind::kOther;
  }
}

// The message with a field that nobody knows at the end of each sample, line and entry of a table,
// which the usual form does not have. Entries that say nothing stay so.
std::string WithUnknownOtlpFields(std::string_view message, OtlpKind kind, size_t* added) {
  std::string out;
  ProtoReader reader(message);
  for (WireField f; reader.Next(&f);) {
    const OtlpKind inner =
        f.type == WireType::kBytes ? OtlpKindOf(kind, f.number) : OtlpKind::kOther;
    if (inner != OtlpKind::kOther) {
      AppendBytesField(&out, f.number, WithUnknownOtlpFields(f.bytes, inner, added));
    } else {
      out.append(f.begin, static_cast<size_t>(reader.at() - f.begin));
    }
  }
  REQUIRE(reader.fault() == nullptr);
  if ((kind == OtlpKind::kEntry || kind == OtlpKind::kLocation) && !message.empty()) {
    AppendVarintField(&out, 15, 7);
    ++*added;
  }
  return out;
}

void CheckBothOtlpWays(const Profile& profile) {
  const SeriesProfile series{{{"service_name", "a"}}, profile};
  const std::string plain = *WriteOtlp({&series, 1});
  size_t added = 0;
  const std::string unusual = WithUnknownOtlpFields(plain, OtlpKind::kData, &added);
  OtlpReadReport plain_report, unusual_report;
  const auto expected = ReadOtlp(plain, {}, &plain_report);
  const auto found = ReadOtlp(unusual, {}, &unusual_report);
  REQUIRE(expected.ok());
  REQUIRE(found.ok());
  CHECK(plain_report.unknown_fields == 0);
  CHECK(unusual_report.unknown_fields == added);
  CHECK(unusual_report.samples_combined == plain_report.samples_combined);
  REQUIRE(found->size() == expected->size());
  for (size_t i = 0; i < found->size(); ++i) {
    const Profile &a = (*found)[i].profile, &b = (*expected)[i].profile;
    // Tables in the same order too, not only the same samples.
    const bool equal = DescribeProfile(a) == DescribeProfile(b) &&
                       a.stacks.items == b.stacks.items &&
                       a.symbols.locations.lines.items == b.symbols.locations.lines.items &&
                       a.samples.attributes == b.samples.attributes;
    CHECK(equal);
  }
}

TEST_CASE("unusual OTLP messages read as the usual form does: generated profiles") {
  for (bool everything : {false, true}) {
    GenerateOptions options;
    options.everything = everything;
    for (uint64_t seed = 0; seed < 50; ++seed) {
      INFO(seed);
      CheckBothOtlpWays(GenerateProfile(seed, options));
    }
  }
}

TEST_CASE("unusual OTLP messages read as the usual form does: bundled profiles") {
  for (const char* name : {"v1.6.0/h/0013.cpu.pb.gz", "v1.6.0/h/0009.heap.pb.gz"}) {
    std::ifstream in(SourceDir() + "/examples/data/checkout/" + name, std::ios::binary);
    REQUIRE(in.good());
    CheckBothOtlpWays(*ReadPprof(std::string(std::istreambuf_iterator<char>(in), {})));
  }
}

// A message of many stacks whose samples come in an order in which equal ones are far apart.
TEST_CASE("samples of one identity are combined in whatever order they come") {
  Profile profile;
  profile.sample_types.push_back({profile.symbols.strings.Add("n"), {}});
  for (uint32_t i = 0; i < 20; ++i) {
    profile.stacks.items.push_back(profile.symbols.AddLocation({}, 16 * (i + 1)));
    profile.stacks.Close();
  }
  // Each order has every stack twice: neighbours, ascending twice, descending.
  for (int order = 0; order < 3; ++order) {
    profile.samples = {};
    for (uint32_t i = 0; i < 40; ++i) {
      const uint32_t stack = order == 0 ? i / 2 : order == 1 ? i % 20 : (39 - i) / 2;
      profile.samples.stack.push_back({stack + 1});
      profile.samples.attributes.push_back({});
      profile.samples.values.push_back(i);
    }
    const SeriesProfile series{{}, profile};
    OtlpReadReport report;
    const auto read = ReadOtlp(*WriteOtlp({&series, 1}), {}, &report);
    REQUIRE(read.ok());
    CHECK(report.samples_combined == 20);
    CHECK((*read)[0].profile.samples.size() == 20);
  }
}

}  // namespace
}  // namespace dolerite::testing
