// Messages of the usual form and others take two ways through the reader: both give one profile.
#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>
#include <numeric>
#include <string>
#include <vector>

#include "dolerite/pprof.h"
#include "formats/wire/inflate.h"
#include "formats/wire/proto_append.h"
#include "support/generate.h"
#include "support/profile_equal.h"
#include "support/source_dir.h"

namespace dolerite::testing {
namespace {

// Which messages lie in the fields of a message.
enum class Kind { kProfile, kSample, kLocation, kLeaf };

Kind KindOf(Kind parent, uint32_t field) {
  if (parent == Kind::kProfile && field == 2) return Kind::kSample;
  if (parent == Kind::kProfile && field == 4) return Kind::kLocation;
  return Kind::kLeaf;
}

bool IsMessage(Kind parent, uint32_t field) {
  switch (parent) {
    case Kind::kProfile:
      return field == 2 || field == 4 || field == 5;
    case Kind::kSample:
      return field == 3;
    case Kind::kLocation:
      return field == 4;
    default:
      return false;
  }
}

// The message with a field that nobody knows at the end of each sample, label, location, line and
// function, which the usual form does not have.
std::string WithUnknownFields(std::string_view message, Kind kind, size_t* added) {
  std::string out;
  ProtoReader reader(message);
  for (WireField f; reader.Next(&f);) {
    if (f.type == WireType::kBytes && IsMessage(kind, f.number)) {
      AppendBytesField(&out, f.number, WithUnknownFields(f.bytes, KindOf(kind, f.number), added));
    } else {
      out.append(f.begin, static_cast<size_t>(reader.at() - f.begin));
    }
  }
  REQUIRE(reader.fault() == nullptr);
  if (kind != Kind::kProfile) {
    AppendVarintField(&out, 15, 7);
    ++*added;
  }
  return out;
}

// The message with the fields of each label, line and function from the last to the first.
std::string Backwards(std::string_view message, Kind kind) {
  std::vector<std::string> fields;
  ProtoReader reader(message);
  for (WireField f; reader.Next(&f);) {
    std::string& field = fields.emplace_back();
    if (f.type == WireType::kBytes && IsMessage(kind, f.number)) {
      AppendBytesField(&field, f.number, Backwards(f.bytes, KindOf(kind, f.number)));
    } else {
      field.assign(f.begin, static_cast<size_t>(reader.at() - f.begin));
    }
  }
  if (kind == Kind::kLeaf) std::reverse(fields.begin(), fields.end());
  return std::accumulate(fields.begin(), fields.end(), std::string());
}

// Tables in the same order too, not only the same samples.
bool IsSame(const Profile& a, const Profile& b) {
  return DescribeStored(a) == DescribeStored(b) && a.stacks.items == b.stacks.items &&
         a.samples.attributes == b.samples.attributes;
}

void CheckBothWays(std::string_view file) {
  const std::string plain(*Inflater().Inflate(file, {}));
  size_t added = 0;
  const std::string unusual = WithUnknownFields(plain, Kind::kProfile, &added);
  for (bool lenient : {false, true}) {
    PprofReadOptions options;
    options.lenient = lenient;
    PprofReader reader(options);
    Profile expected, found;
    REQUIRE(reader.Read(plain, &expected).ok());
    const uint64_t two_values = reader.report().labels_with_two_values;
    CHECK(reader.report().unknown_fields == 0);
    REQUIRE(reader.Read(unusual, &found).ok());
    CHECK(reader.report().unknown_fields == added);
    CHECK(reader.report().labels_with_two_values == two_values);
    CHECK(IsSame(found, expected));
    REQUIRE(reader.Read(Backwards(plain, Kind::kProfile), &found).ok());
    CHECK(IsSame(found, expected));
  }
}

TEST_CASE("unusual messages read as the usual form does: generated profiles") {
  GenerateOptions options;
  options.everything = false;
  for (uint64_t seed = 0; seed < 100; ++seed) {
    INFO(seed);
    CheckBothWays(*WritePprof(GenerateProfile(seed, options)));
  }
}

TEST_CASE("unusual messages read as the usual form does: bundled profiles") {
  for (const char* name : {"v1.6.0/h/0013.cpu.pb.gz", "v1.6.0/h/0009.heap.pb.gz"}) {
    std::ifstream in(SourceDir() + "/examples/data/checkout/" + name, std::ios::binary);
    REQUIRE(in.good());
    CheckBothWays(std::string(std::istreambuf_iterator<char>(in), {}));
  }
}

}  // namespace
}  // namespace dolerite::testing
