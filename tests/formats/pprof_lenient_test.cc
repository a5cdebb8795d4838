// The repairs of the lenient reader: each is counted, and strict reading refuses
// the same file.
#include <catch2/catch.hpp>

#include "dolerite/pprof.h"
#include "formats/pprof_bytes.h"
#include "support/profile_equal.h"

namespace dolerite::testing {
namespace {

struct Repaired {
  Profile profile;
  PprofReadReport report;
};

Repaired Repair(const Wire& wire) {
  CHECK(absl::IsInvalidArgument(ReadPprof(wire.bytes()).status()));
  PprofReadOptions options;
  options.lenient = true;
  PprofReader reader(options);
  Repaired out;
  const absl::Status status = reader.Read(wire.bytes(), &out.profile);
  INFO(status);
  REQUIRE(status.ok());
  REQUIRE(out.profile.Validate().ok());
  out.report = reader.report();
  return out;
}

TEST_CASE("strings outside the table are taken as empty") {
  const Repaired r = Repair(Tables().Bytes(5, Function(3, 1000)).Number(7, uint64_t(-1)));
  CHECK(r.report.strings_replaced == 3);
  CHECK(r.profile.symbols.strings[r.profile.symbols.functions.name[3]].empty());
}

TEST_CASE("a label whose string is outside stays a string") {
  const Repaired r = Repair(Tables().Bytes(2, Sample({1}, {1, 1}, {TextLabel(kKey, 1000)})));
  CHECK(r.profile.symbols.attributes.kind[0] == AttributeKind::kString);
}

TEST_CASE("a first string that is not empty is taken as empty") {
  const Repaired r = Repair(Wire().Bytes(6, "x").Bytes(6, "y").Number(15, 1));
  CHECK(r.report.strings_replaced == 1);
  CHECK(r.profile.symbols.strings[r.profile.doc_url] == "y");
}

TEST_CASE("samples that do not fit are dropped, the others stay") {
  const Repaired r = Repair(Tables()
                                .Bytes(2, Sample({1, 99, 2}, {1, 1}))
                                .Bytes(2, Sample({1}, {1, 2, 3}))
                                .Bytes(2, Sample({2, 1}, {1}, {TextLabel(kKey, kValue)}))
                                .Bytes(2, Sample({0}, {1, 2}))
                                .Bytes(2, Sample({2, 1}, {8, 9})));
  CHECK(r.report.samples_dropped == 4);
  CHECK(r.report.repairs() == 4);
  CHECK(r.profile.samples.values == std::vector<int64_t>{8, 9});
  CHECK(r.profile.stacks.length(r.profile.samples.stack[0].value) == 2);
}

TEST_CASE("of rows with one id the first stays") {
  const Repaired r = Repair(Tables()
                                .Bytes(3, Mapping(1))
                                .Bytes(5, Function(1, kWork))
                                .Bytes(5, Function(0, kWork))
                                .Bytes(4, Location(2, {Line(1, 1)}))
                                .Bytes(4, Location(3, {Line(77, 1), Line(1, 5), Line(0, 2)}))
                                .Bytes(2, Sample({3}, {1, 1})));
  CHECK(r.report.mappings_dropped == 1);
  CHECK(r.report.functions_dropped == 2);
  CHECK(r.report.locations_dropped == 1);
  CHECK(r.report.lines_dropped == 2);
  const Locations& l = r.profile.symbols.locations;
  REQUIRE(l.size() == 3);
  CHECK(l.lines.length(1) == 2);
  REQUIRE(l.lines.length(2) == 1);
  CHECK(l.lines.begin(2)->line == 5);
}

// A function as .NET agents write it, without an id.
Wire Nameless(uint64_t name) { return Wire().Number(2, name); }

Wire TypesAndStrings() { return Wire().Bytes(1, Type(kSamples, kCount)).Raw(Strings().bytes()); }

std::string FunctionOf(const Profile& p, size_t location) {
  const auto* line = p.symbols.locations.lines.begin(location);
  return std::string(p.symbols.strings[p.symbols.functions.name[line->function.value]]);
}

TEST_CASE("functions whose ids are all 0 are numbered by their order") {
  const Repaired r = Repair(TypesAndStrings()
                                .Bytes(4, Wire().Number(1, 1).Bytes(4, Line(2, 5)))
                                .Bytes(4, Wire().Number(1, 2).Bytes(4, Line(1, 6)))
                                .Bytes(5, Nameless(kMain))
                                .Bytes(5, Nameless(kWork))
                                .Bytes(2, Sample({1, 2}, {1})));
  CHECK(r.report.functions_numbered == 2);
  CHECK(r.report.repairs() == 2);
  CHECK(FunctionOf(r.profile, 0) == "work");
  CHECK(FunctionOf(r.profile, 1) == "main");
}

TEST_CASE("so are the lines, if they name no function either") {
  const Repaired r = Repair(TypesAndStrings()
                                .Bytes(4, Wire().Number(1, 1).Bytes(4, Wire().Number(2, 5)))
                                .Bytes(4, Wire().Number(1, 2).Bytes(4, Wire().Number(2, 6)))
                                .Bytes(5, Nameless(kMain))
                                .Bytes(5, Nameless(kWork))
                                .Bytes(2, Sample({1, 2}, {1})));
  CHECK(FunctionOf(r.profile, 0) == "main");
  CHECK(FunctionOf(r.profile, 1) == "work");
}

TEST_CASE("labels and stacks past their limits are cut and counted") {
  PprofReadOptions options;
  options.limits.labels_per_sample = 2;
  options.limits.stack_depth = 3;
  const std::string bytes =
      Tables()
          .Bytes(2, Sample({2, 1, 1, 1, 1}, {1, 1}, std::vector<Wire>(5, TextLabel(kKey, kValue))))
          .Bytes(2, Wire().Unpacked(1, {1, 2, 1, 2}).Packed(2, {1, 1}))
          .bytes();
  CHECK(absl::IsResourceExhausted(ReadPprof(bytes, options).status()));
  options.lenient = true;
  PprofReader reader(options);
  Profile p;
  REQUIRE(reader.Read(bytes, &p).ok());
  REQUIRE(p.Validate().ok());
  CHECK(reader.report().labels_cut == 3);
  CHECK(reader.report().frames_cut == 3);
  CHECK(reader.report().repairs() == 6);
  CHECK(p.symbols.attribute_sets.length(p.samples.attributes[0].value) == 2);
  // The leaf's side stays: it is where the time was spent.
  REQUIRE(p.stacks.length(p.samples.stack[0].value) == 3);
  CHECK(p.stacks.begin(p.samples.stack[0].value)[0] == LocationId{1});
}

TEST_CASE("of concatenated profiles the first is read") {
  const Wire first = SmallProfile(), second = SmallProfile();
  const Repaired r = Repair(Wire(first).Raw(second.bytes()));
  CHECK(r.report.concatenated_bytes == second.bytes().size());
  CHECK(DescribeProfile(r.profile) == DescribeProfile(*ReadPprof(first.bytes())));
}

TEST_CASE("bytes behind a compressed stream are counted") {
  const std::string packed = *WritePprof(*ReadPprof(SmallProfile().bytes()));
  const Repaired r = Repair(Wire().Raw(packed).Raw("junk!"));
  CHECK(r.report.trailing_bytes == 5);
}

TEST_CASE("what is in order needs no repairs") {
  PprofReadOptions options;
  options.lenient = true;
  PprofReader reader(options);
  Profile p;
  REQUIRE(reader.Read(SmallProfile().bytes(), &p).ok());
  CHECK(reader.report().repairs() == 0);
  CHECK(DescribeProfile(p) == DescribeProfile(*ReadPprof(SmallProfile().bytes())));
}

}  // namespace
}  // namespace dolerite::testing
