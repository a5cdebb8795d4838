#include <algorithm>
#include <catch2/catch.hpp>

#include "dolerite/pprof.h"
#include "formats/pprof_bytes.h"
#include "support/profile_equal.h"

namespace dolerite::testing {
namespace {

Profile Read(const std::string& bytes, const PprofReadOptions& options = {}) {
  absl::StatusOr<Profile> profile = ReadPprof(bytes, options);
  INFO(profile.status());
  REQUIRE(profile.ok());
  REQUIRE(profile->Validate().ok());
  return *std::move(profile);
}

std::string Describe(const std::string& bytes) { return DescribeProfile(Read(bytes)); }

std::string ErrorOf(const std::string& bytes) {
  const absl::Status status = ReadPprof(bytes).status();
  CHECK(absl::IsInvalidArgument(status));
  return std::string(status.message());
}

// Tables() and one sample of location 1 with these labels.
std::string WithLabels(const std::vector<Wire>& labels) {
  return Tables().Bytes(2, Sample({1}, {1, 1}, labels)).bytes();
}

TEST_CASE("a pprof file fills the columns") {
  const Profile p = Read(SmallProfile().bytes());
  const Symbols& s = p.symbols;
  REQUIRE(p.samples.size() == 3);
  CHECK(p.samples.values == std::vector<int64_t>{1, 10, 2, 20, 3, 30});
  CHECK(p.stacks.length(p.samples.stack[0].value) == 2);
  CHECK(p.samples.stack[2] == StackId{0});
  const LocationId leaf = *p.stacks.begin(p.samples.stack[0].value);
  REQUIRE(s.locations.lines.length(leaf.value) == 2);
  const auto inlined = *s.locations.lines.begin(leaf.value);
  CHECK(s.strings[s.functions.name[inlined.function.value]] == "work");
  CHECK(inlined.line == 20);
  CHECK(inlined.column == 7);
  CHECK(s.strings[s.mappings.build_id[s.locations.mapping[leaf.value].value]] == "b1d");
  CHECK(p.time_nanos == 1000);
  CHECK(p.comments.size() == 2);
  CHECK(p.default_type_index() == 0);
  CHECK(p.unknown_fields == Wire().Number(100, 5).bytes());
}

TEST_CASE("packed, unpacked and split runs say the same") {
  const auto with = [](const Wire& sample) { return Describe(Tables().Bytes(2, sample).bytes()); };
  const std::string packed = with(Sample({2, 1, 1}, {5, 6}));
  CHECK(with(Wire().Unpacked(1, {2, 1, 1}).Unpacked(2, {5, 6})) == packed);
  CHECK(with(Wire().Packed(1, {2}).Number(2, 5).Packed(1, {}).Number(1, 1).Packed(1, {1}).Packed(
            2, {6})) == packed);
}

TEST_CASE("the order of top-level fields has no meaning") {
  const Wire sample = Sample({2, 1}, {1, 10});
  const std::string forward = Describe(Tables().Bytes(2, sample).Number(9, 4).bytes());
  CHECK(Describe(Wire().Number(9, 4).Bytes(2, sample).Raw(Tables().bytes()).bytes()) == forward);
  Wire reversed;
  reversed.Bytes(5, Function(2, kWork)).Raw(Strings().bytes()).Bytes(2, sample);
  reversed.Bytes(4, Location(2, {Line(2, 20), Line(1, 11)})).Bytes(1, Type(kSamples, kCount));
  reversed.Bytes(4, Location(1, {Line(1, 10)})).Bytes(5, Function(1, kMain)).Bytes(3, Mapping(1));
  CHECK(Describe(reversed.Number(9, 4).Bytes(1, Type(kCpu, kNanoseconds)).bytes()) == forward);
}

TEST_CASE("of scalars the last wins, of messages all fields count") {
  const std::string once = Describe(Tables().Number(12, 7).Bytes(11, Type(kCpu, kCount)).bytes());
  CHECK(Describe(Tables()
                     .Number(12, 5)
                     .Bytes(11, Wire().Number(1, kCpu))
                     .Bytes(11, Wire().Number(2, kCount))
                     .Number(12, 7)
                     .bytes()) == once);
}

TEST_CASE("ids may be any numbers but 0") {
  const auto with = [](uint64_t a, uint64_t b) {
    Wire w = Wire().Raw(Strings().bytes()).Bytes(1, Type(kCpu, kCount));
    w.Bytes(5, Function(a, kMain)).Bytes(5, Function(b, kWork));
    for (uint64_t id : {a, b}) {
      w.Bytes(4, Wire().Number(1, id).Bytes(4, Line(id, 3)));
    }
    return Describe(w.Bytes(2, Sample({a, b, a}, {1})).bytes());
  };
  const std::string dense = with(1, 2);
  CHECK(with(1, UINT64_MAX) == dense);
  CHECK(with(UINT64_MAX, 1) == dense);
  CHECK(with(2, 1) == dense);
  CHECK(with(0x7fffffff00000000, 0x400000) == dense);
}

TEST_CASE("many ids that hash tables may dislike are all distinguished") {
  for (const uint64_t step : {uint64_t{1} << 20, uint64_t{1} << 44, uint64_t{4096}, UINT64_MAX}) {
    Wire w = Wire().Raw(Strings().bytes()).Bytes(1, Type(kCpu, kCount));
    std::vector<uint64_t> ids;
    for (uint64_t i = 1; i <= 4096; ++i) ids.push_back(i * step);
    for (uint64_t i = 0; i < ids.size(); ++i) {
      w.Bytes(4, Wire().Number(1, ids[i]).Number(3, i));
    }
    const Profile p = Read(w.Bytes(2, Sample(ids, {1})).bytes());
    for (uint32_t i = 0; i < ids.size(); ++i) {
      if (p.stacks.items[i] != LocationId{i}) FAIL_CHECK("id " << ids[i]);
    }
  }
}

TEST_CASE("wide label sets that differ in their last label are distinguished") {
  std::vector<Wire> labels;
  for (uint64_t i = 0; i < 99; ++i) labels.push_back(Wire().Number(1, kKey).Number(3, i));
  Wire w = Tables();
  for (uint64_t i = 0; i < 50; ++i) {
    labels.push_back(Wire().Number(1, kKey).Number(3, 1000 + i % 10));
    w.Bytes(2, Sample({1}, {1, 1}, labels));
    std::rotate(labels.begin(), labels.begin() + 7, labels.end() - 1);
    labels.pop_back();
  }
  const Profile p = Read(w.bytes());
  CHECK(p.symbols.attribute_sets.size() == 1 + 10);
  CHECK(p.samples.attributes[3] == p.samples.attributes[13]);
  CHECK(p.samples.attributes[3] != p.samples.attributes[4]);
}

TEST_CASE("labels keep kinds, zeros, units and repetitions") {
  const Profile p =
      Read(WithLabels({Wire().Number(1, kKey),                                 // the integer 0
                       TextLabel(kKey, kEmptyAgain),                           // an empty string
                       Wire().Number(1, kKey).Number(3, 5).Number(4, kCount),  // with a unit
                       TextLabel(kKey, kValue), TextLabel(kKey, kValue)}));
  const Attributes& l = p.symbols.attributes;
  REQUIRE(p.symbols.attribute_sets.length(p.samples.attributes[0].value) == 5);
  CHECK(l.size() == 4);
  CHECK(std::count(l.kind.begin(), l.kind.end(), AttributeKind::kInteger) == 2);
  CHECK(std::count(l.value.begin(), l.value.end(), uint64_t{0}) == 1);
}

TEST_CASE("label sets are equal in any order") {
  const Wire a = TextLabel(kKey, kValue), b = TextLabel(kMain, kWork);
  const Profile p = Read(Tables()
                             .Bytes(2, Sample({1}, {1, 1}, {a, b}))
                             .Bytes(2, Sample({2}, {1, 1}, {}))
                             .Bytes(2, Sample({2}, {1, 1}, {b, a}))
                             .bytes());
  CHECK(p.samples.attributes[0] == p.samples.attributes[2]);
  CHECK(p.samples.attributes[1] == AttributeSetId{0});
}

TEST_CASE("span labels become links") {
  const Wire span = TextLabel(kSpanKey, kSpan), trace = TextLabel(kTraceKey, kTrace);
  const Wire other = TextLabel(kKey, kValue), bad = TextLabel(kSpanKey, kTrace);
  const Profile p = Read(Tables()
                             .Bytes(2, Sample({1}, {1, 1}))
                             .Bytes(2, Sample({1}, {1, 1}, {span, other, trace}))
                             .Bytes(2, Sample({1}, {1, 1}, {trace, span}))
                             .Bytes(2, Sample({1}, {1, 1}, {span, span}))
                             .Bytes(2, Sample({1}, {1, 1}, {bad}))
                             .Bytes(2, Sample({1}, {1, 1}, {span}))
                             .bytes());
  const std::vector<LinkId> expected = {{0}, {1}, {1}, {0}, {0}, {2}};
  CHECK(p.samples.link == expected);
  CHECK(p.links.trace_id[1][15] == 0xef);
  CHECK(p.links.trace_id[2][15] == 0);
  CHECK(p.links.span_id[2][0] == 0x01);
  CHECK(p.symbols.attribute_sets.length(p.samples.attributes[1].value) == 1);
  CHECK(p.symbols.attribute_sets.length(p.samples.attributes[3].value) == 2);
  // Labels have rows if a sample keeps them: `other`, `span` where it is given twice, and `bad`.
  CHECK(p.symbols.attributes.size() == 3);

  PprofReadOptions options;
  options.span_labels.clear(), options.trace_labels.clear();
  CHECK(Read(WithLabels({span, trace}), options).samples.link.empty());
}

TEST_CASE("what is not understood is counted") {
  PprofReader reader;
  Profile p;
  const Wire sample = Sample({1}, {1, 1}, {Wire().Number(1, kKey).Number(2, kValue).Number(3, 7)});
  const Wire location = Location(3, {}, 99).Tag(9, 3).Number(1, 1).Tag(9, 4).Bytes(17, "x");
  REQUIRE(reader.Read(Tables().Bytes(4, location).Bytes(2, sample).bytes(), &p).ok());
  CHECK(reader.report().unknown_fields == 2);
  CHECK(reader.report().labels_with_two_values == 1);
  CHECK(reader.report().dangling_mappings == 1);
  CHECK(reader.report().repairs() == 0);
  REQUIRE(reader.Read(Tables().bytes(), &p).ok());
  CHECK(reader.report().unknown_fields == 0);
}

TEST_CASE("a reader forgets the profile before") {
  PprofReader reader;
  Profile p;
  const std::string small = SmallProfile().bytes(), tables = Tables().bytes();
  REQUIRE(reader.Read(small, &p).ok());
  REQUIRE(reader.Read(tables, &p).ok());
  CHECK(DescribeProfile(p) == Describe(tables));
  REQUIRE_FALSE(reader.Read(small.substr(0, small.size() / 2), &p).ok());
  REQUIRE(reader.Read(small, &p).ok());
  CHECK(DescribeProfile(p) == Describe(small));
}

TEST_CASE("errors name the field and the byte") {
  const auto at_byte = [](size_t after_tables) {
    return " (at byte " + std::to_string(Tables().bytes().size() + after_tables) + ")";
  };
  CHECK(ErrorOf(Tables().Bytes(2, Sample({1, 77}, {1, 1})).bytes()) ==
        "pprof: sample[0].location_id: 77 is not in the location table" + at_byte(2));
  CHECK(ErrorOf("") == "pprof: no bytes");
  CHECK(ErrorOf(Tables().Tag(12, 5).Raw("abcd").bytes()) ==
        "pprof: period: wrong wire type" + at_byte(0));
  CHECK(ErrorOf(Tables().Bytes(5, Function(2, kMain)).bytes()) ==
        "pprof: function[2].id: 2 is given twice" + at_byte(2));
  CHECK(ErrorOf(WithLabels({TextLabel(99, kKey)})).find("sample[0].label[0].key: 99") !=
        std::string::npos);
}

TEST_CASE("other formats are named") {
  using namespace std::string_literals;
  for (const std::string& bytes :
       {"heap profile:    1:    2 [ 3: 4] @ heapprofile"s, "--- contentionz 1 ---\n"s,
        "goroutine profile: total 7\n"s, "\0\0\0\0\0\0\0\0\3\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"s}) {
    CHECK(ErrorOf(bytes).find("legacy") != std::string::npos);
  }
}

}  // namespace
}  // namespace dolerite::testing
