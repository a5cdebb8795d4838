// Each limit: what it allows passes, one more does not.
#include <catch2/catch.hpp>
#include <functional>

#include "dolerite/pprof.h"
#include "formats/pprof_bytes.h"

namespace dolerite::testing {
namespace {

absl::Status ReadWith(const ReadLimits& limits, const std::string& bytes) {
  PprofReadOptions options;
  options.limits = limits;
  return ReadPprof(bytes, options).status();
}

struct Case {
  const char* name;
  size_t ReadLimits::*limit;
  // A profile that holds n of the thing.
  std::function<std::string(size_t n)> make;
};

// Tables() has 2 of some things: these add the rest.
std::string Repeat(size_t n, const std::function<void(Wire*, size_t)>& add) {
  Wire w = Tables();
  for (size_t i = 2; i < n; ++i) add(&w, i);
  return w.bytes();
}

std::string WithSample(const Wire& sample) { return Tables().Bytes(2, sample).bytes(); }

const Case kCases[] = {
    {"sample_types", &ReadLimits::sample_types,
     [](size_t n) { return Repeat(n, [](Wire* w, size_t) { w->Bytes(1, Type(kCpu, kCount)); }); }},
    {"locations", &ReadLimits::locations,
     [](size_t n) {
       return Repeat(n, [](Wire* w, size_t i) { w->Bytes(4, Location(i + 1, {})); });
     }},
    {"functions", &ReadLimits::functions,
     [](size_t n) {
       return Repeat(n, [](Wire* w, size_t i) { w->Bytes(5, Function(i + 1, kMain)); });
     }},
    {"mappings", &ReadLimits::mappings,
     [](size_t n) { return Repeat(n + 1, [](Wire* w, size_t i) { w->Bytes(3, Mapping(i)); }); }},
    {"samples", &ReadLimits::samples,
     [](size_t n) {
       return Repeat(n + 2, [](Wire* w, size_t) { w->Bytes(2, Sample({1}, {1, 1})); });
     }},
    {"strings", &ReadLimits::strings,
     [](size_t n) { return Repeat(n + 2 - kTexts, [](Wire* w, size_t) { w->Bytes(6, "x"); }); }},
    {"string_bytes", &ReadLimits::string_bytes,
     [](size_t n) { return Tables().Bytes(6, std::string(n, 'x')).bytes(); }},
    {"stack_depth", &ReadLimits::stack_depth,
     [](size_t n) {
       return WithSample(Sample(std::vector<uint64_t>(n, 2), {1, 1}));
     }},
    {"stack_depth", &ReadLimits::stack_depth,
     [](size_t n) {
       return WithSample(Sample(std::vector<uint64_t>(n - 1, 1), {1, 1}).Number(1, 2));
     }},
    {"stack_entries", &ReadLimits::stack_entries,
     [](size_t n) {
       return Tables()
           .Bytes(2, Sample(std::vector<uint64_t>(n - 4, 1), {1, 1}))
           .Bytes(2, Sample({1, 2, 1, 2}, {1, 1}))
           .bytes();
     }},
    {"lines_per_location", &ReadLimits::lines_per_location,
     [](size_t n) {
       return Tables().Bytes(4, Location(3, std::vector<Wire>(n, Line(1, 1)))).bytes();
     }},
    {"labels_per_sample", &ReadLimits::labels_per_sample,
     [](size_t n) {
       return WithSample(Sample({1}, {1, 1}, std::vector<Wire>(n, TextLabel(kKey, kValue))));
     }},
    {"comments", &ReadLimits::comments,
     [](size_t n) { return Tables().Packed(13, std::vector<uint64_t>(n, kMain)).bytes(); }},
    {"comments", &ReadLimits::comments,
     [](size_t n) { return Tables().Unpacked(13, std::vector<uint64_t>(n, kMain)).bytes(); }},
    {"profile_bytes", &ReadLimits::profile_bytes,
     [](size_t n) {
       const size_t rest = n - Tables().bytes().size() - 3;  // a tag, a length of 2 bytes
       return Tables().Bytes(6, std::string(rest, 'x')).bytes();
     }},
};

TEST_CASE("limits of pprof files") {
  constexpr size_t kLimit = 1000;
  for (const Case& c : kCases) {
    ReadLimits limits;
    limits.*c.limit = kLimit;
    for (size_t n : {kLimit - 1, kLimit, kLimit + 1}) {
      const absl::Status status = ReadWith(limits, c.make(n));
      INFO(c.name << ", " << n << ": " << status);
      CHECK(status.ok() == (n <= kLimit));
      if (status.ok()) continue;
      CHECK(absl::IsResourceExhausted(status));
      CHECK(std::string(status.message()).find(c.name) != std::string::npos);
    }
  }
}

TEST_CASE("ids of several bytes count once each towards the depth") {
  constexpr uint64_t kLongId = 300;  // two bytes
  constexpr size_t kDepth = 100;
  ReadLimits limits;
  limits.stack_depth = kDepth;
  for (size_t depth : {kDepth - 1, kDepth, kDepth + 1}) {
    INFO(depth);
    const std::string packed = Tables()
                                   .Bytes(4, Location(kLongId, {Line(1, 1)}))
                                   .Bytes(2, Sample(std::vector<uint64_t>(depth, kLongId), {1, 1}))
                                   .bytes();
    const absl::Status status = ReadWith(limits, packed);
    CHECK(status.ok() == (depth <= kDepth));
    CHECK((status.ok() || absl::IsResourceExhausted(status)));
  }
}

TEST_CASE("a string of the longest length that is allowed is kept") {
  PprofReadOptions options;
  options.limits.string_bytes = 100;
  const std::string longest(100, 'x');
  const absl::StatusOr<Profile> p = ReadPprof(Tables().Bytes(6, longest).bytes(), options);
  REQUIRE(p.ok());
  CHECK(p->symbols.strings[StringId{kTexts}] == longest);
}

TEST_CASE("unknown fields past the limit are skipped and counted") {
  PprofReadOptions options;
  options.limits.unknown_field_bytes = 8;
  PprofReader reader(options);
  Profile p;
  REQUIRE(reader.Read(Tables().Number(100, 1).Number(100, 2).Number(101, 300).bytes(), &p).ok());
  CHECK(p.unknown_fields == Wire().Number(100, 1).Number(100, 2).bytes());
  CHECK(reader.report().unknown_fields == 1);
}

TEST_CASE("runs of values that no sample type asks for take no memory") {
  const std::string bytes = WithSample(Sample({1}, std::vector<uint64_t>(100000, 1)));
  CHECK(absl::IsInvalidArgument(ReadWith({}, bytes)));
}

}  // namespace
}  // namespace dolerite::testing
