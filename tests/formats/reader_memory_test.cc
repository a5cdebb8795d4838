// Small files that are made to grow: what a reader takes is bounded by the size of the file.
#include <catch2/catch.hpp>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "dolerite/otlp.h"
#include "dolerite/pprof.h"
#include "formats/pprof_bytes.h"
#include "formats/wire/inflate.h"
#include "support/child_process.h"

namespace dolerite::testing {
namespace {

constexpr size_t kMostStored = size_t{1} << 20;
constexpr size_t kMostPeak = size_t{100} << 20;

// Bytes that no compressor makes smaller, so that the limit on the ratio does not decide.
std::string Noise() {
  std::mt19937_64 random(1);
  std::string bytes;
  for (int i = 0; i < 16'000; ++i) {
    const uint64_t word = random();
    bytes.append(reinterpret_cast<const char*>(&word), sizeof(word));
  }
  return bytes;
}

// How large families are made, decompressed.
size_t plain_bytes = 0;

// Repeats what add(i) gives.
std::string Grow(std::string bytes, const std::function<std::string(uint64_t i)>& add) {
  for (uint64_t i = 0; bytes.size() < plain_bytes; ++i) bytes += add(i);
  return bytes;
}

Wire NoisyTables() { return Tables().Bytes(99, Noise()); }

// Of distinct ids, which start with 3: Tables() has 1 and 2.
std::string OfEach(uint32_t field, const std::function<Wire(uint64_t id)>& make) {
  return Grow(NoisyTables().bytes(),
              [&](uint64_t i) { return Wire().Bytes(field, make(i + 3)).bytes(); });
}

struct Family {
  const char* name;
  std::function<std::string()> make;
};

Wire Chain(uint64_t id) {
  static const std::vector<Wire> lines(1000, Wire().Number(1, 1));
  Wire w;
  w.Number(1, id);
  for (const Wire& line : lines) w.Bytes(4, line);
  return w;
}

// So many different attributes for each sample.
Wire Labelled(uint64_t id) {
  Wire w;
  w.Packed(1, {1}).Packed(2, {1, 1});
  for (uint64_t i = 0; i < 100; ++i) w.Bytes(3, Wire().Number(1, kKey).Number(3, id * 100 + i));
  return w;
}

Wire Deep(uint64_t id) {
  std::vector<uint64_t> stack(4000, 1);
  for (size_t bit = 0; bit < 20; ++bit) stack[bit] = 1 + (id >> bit & 1);
  return Sample(stack, {1, 1});
}

const Family kPprof[] = {
    {"chains of inlined lines", [] { return OfEach(4, Chain); }},
    {"locations", [] { return OfEach(4, [](uint64_t id) { return Wire().Number(1, id); }); }},
    {"locations with ids in no order",
     [] { return OfEach(4, [](uint64_t id) { return Wire().Number(1, id * 3); }); }},
    {"functions", [] { return OfEach(5, [](uint64_t id) { return Wire().Number(1, id); }); }},
    {"mappings", [] { return OfEach(3, [](uint64_t id) { return Wire().Number(1, id); }); }},
    {"empty strings", [] { return OfEach(6, [](uint64_t) { return Wire(); }); }},
    {"samples", [] { return OfEach(2, [](uint64_t) {
                       return Sample({}, {1, 1});
                     }); }},
    {"labels", [] { return OfEach(2, Labelled); }},
    {"deep stacks", [] { return OfEach(2, Deep); }},
    {"sample types",
     [] {
       Wire tables = NoisyTables();
       for (int i = 2; i < 64; ++i) tables.Bytes(1, Type(kCpu, kCount));
       const std::string sample = Wire().Bytes(2, Sample({}, std::vector<uint64_t>(64, 1))).bytes();
       return Grow(tables.bytes(), [&](uint64_t) { return sample; });
     }},
    {"unknown fields",
     [] {
       return Grow(NoisyTables().bytes(), [](uint64_t) { return Wire().Number(99, 1).bytes(); });
     }},
};

// A message of a dictionary table. make(i) gives its entry i.
std::string Dictionary(uint32_t table, const std::function<Wire(uint64_t i)>& make) {
  Wire dictionary;
  for (std::string_view text : {"", "cpu"}) dictionary.Bytes(5, text);
  dictionary.Bytes(2, Wire()).Bytes(2, Wire().Number(2, 1)).Bytes(2, Wire().Number(2, 2));
  const std::string tables = Grow(
      dictionary.bytes(), [&](uint64_t i) { return Wire().Bytes(table, make(i + 1)).bytes(); });
  const Wire profile = Wire().Bytes(1, Wire().Number(1, 1)).Bytes(2, Wire().Packed(4, {1}));
  return Wire()
      .Bytes(99, Noise())
      .Bytes(2, tables)
      .Bytes(1, Wire().Bytes(2, Wire().Bytes(2, profile)))
      .bytes();
}

std::string OneProfile(const std::function<Wire(uint64_t i)>& sample) {
  const std::string profile = Grow(Wire().Bytes(1, Wire().Number(1, 1)).bytes(),
                                   [&](uint64_t i) { return Wire().Bytes(2, sample(i)).bytes(); });
  Wire dictionary;
  for (std::string_view text : {"", "cpu"}) dictionary.Bytes(5, text);
  return Wire()
      .Bytes(99, Noise())
      .Bytes(2, dictionary)
      .Bytes(1, Wire().Bytes(2, Wire().Bytes(2, profile)))
      .bytes();
}

const Family kOtlp[] = {
    {"attributes",
     [] {
       return Dictionary(
           6, [](uint64_t i) { return Wire().Number(1, 1).Bytes(2, Wire().Number(3, i)); });
     }},
    {"functions", [] { return Dictionary(3, [](uint64_t i) { return Wire().Number(4, i); }); }},
    {"locations", [] { return Dictionary(2, [](uint64_t i) { return Wire().Number(2, i); }); }},
    {"lines",
     [] {
       return Dictionary(2, [](uint64_t i) {
         Wire w = Wire().Number(2, i);
         for (int line = 0; line < 1000; ++line) w.Bytes(3, Wire());
         return w;
       });
     }},
    {"stacks",
     [] {
       return Dictionary(7, [](uint64_t i) {
         std::vector<uint64_t> stack(4000, 1);
         for (size_t bit = 0; bit < 20; ++bit) stack[bit] = 1 + (i >> bit & 1);
         return Wire().Packed(1, stack);
       });
     }},
    {"empty strings", [] { return Dictionary(5, [](uint64_t) { return Wire(); }); }},
    {"samples", [] { return OneProfile([](uint64_t) { return Wire().Packed(4, {1}); }); }},
    {"timed values",
     [] {
       return OneProfile([](uint64_t) {
         return Wire().Packed(4, std::vector<uint64_t>(100, 1)).Bytes(5, std::string(800, 1));
       });
     }},
    {"profiles that share a dictionary",
     [] {
       Wire dictionary;
       for (std::string_view text : {"", "cpu"}) dictionary.Bytes(5, text);
       dictionary.Bytes(2, Wire()).Bytes(2, Wire().Number(2, 1)).Bytes(7, Wire());
       dictionary.Bytes(7, Wire().Packed(1, std::vector<uint64_t>(8000, 1)));
       const Wire profile =
           Wire().Bytes(1, Wire().Number(1, 1)).Bytes(2, Wire().Number(1, 1).Packed(4, {1}));
       const std::string scope = Wire().Bytes(2, Wire().Bytes(2, profile)).bytes();
       return Grow(Wire().Bytes(99, Noise()).Bytes(2, dictionary).bytes(),
                   [&](uint64_t) { return Wire().Bytes(1, Wire().Raw(scope)).bytes(); });
     }},
    {"JSON timestamps",
     [] {
       return Grow(
                  "{\"resourceProfiles\":[{\"scopeProfiles\":[{\"profiles\":[{\"samples\":[{"
                  "\"timestampsUnixNano\":[0",
                  [](uint64_t) { return ",0"; }) +
              "]}]}]}]}]}";
     }},
    {"JSON messages",
     [] {
       return Grow("{\"noise\":\"" + absl::BytesToHexString(Noise()) +
                       "\",\"dictionary\":{\"stackTable\":[{}",
                   [](uint64_t) { return ",{}"; }) +
              "]}}";
     }},
};

enum Outcome { kOk, kLimit, kOther };

void CheckFamily(const Family& family, const std::function<absl::Status(std::string_view)>& read) {
  INFO(family.name);
  plain_bytes = size_t{12} << 20;
  std::string stored = *Gzip(family.make(), 6);
  while (stored.size() >= kMostStored) {
    plain_bytes /= 2;
    stored = *Gzip(family.make(), 6);
  }
  const auto report = RunInChild([&] {
    const absl::Status status = read(stored);
    return status.ok() ? kOk : absl::IsResourceExhausted(status) ? kLimit : kOther;
  });
  if (!report.has_value()) return;
  INFO(report->how << ", " << report->cpu_seconds << " s, " << stored.size() << " stored");
  CHECK(report->returned);
  CHECK(report->result != kOther);
  CHECK(report->peak_bytes < kMostPeak);
}

TEST_CASE("small pprof files stay small") {
  for (const Family& family : kPprof) {
    CheckFamily(family, [](std::string_view bytes) { return ReadPprof(bytes).status(); });
  }
}

TEST_CASE("small OTLP files stay small") {
  for (const Family& family : kOtlp) {
    CheckFamily(family, [](std::string_view bytes) { return ReadOtlp(bytes).status(); });
  }
}

TEST_CASE("the bound on memory grows with the file, and with the caller's limits") {
  // Ten lines for each of ten thousand locations.
  Wire w = Tables();
  for (uint64_t id = 3; id < 10'000; ++id) {
    w.Bytes(4, Location(id, std::vector<Wire>(10, Line(1, id))));
  }
  PprofReadOptions options;
  options.limits.memory_bytes = 1 << 20;
  options.limits.memory_per_byte = 1;
  const absl::Status refused = ReadPprof(w.bytes(), options).status();
  CHECK(absl::IsResourceExhausted(refused));
  CHECK(std::string(refused.message()).find("memory_bytes") != std::string::npos);
  options.limits.memory_per_byte = 64;
  CHECK(ReadPprof(w.bytes(), options).ok());
  options.limits.memory_per_byte = 1;
  options.limits.memory_bytes = 64 << 20;
  CHECK(ReadPprof(w.bytes(), options).ok());
}

}  // namespace
}  // namespace dolerite::testing
