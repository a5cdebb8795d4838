// Profiles for Go's PGO: the calls that Go reads keep their weights, and Go takes the files.
#include "dolerite/pgo.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "dolerite/pprof.h"
#include "support/corpus.h"
#include "support/generate.h"
#include "support/go_tool.h"

namespace dolerite::testing {
namespace {

std::string StringOf(const Profile& p, StringId id) { return std::string(p.symbols.strings[id]); }

// A frame as Go's graph has it.
using Place = std::tuple<std::string, uint64_t, int64_t, int64_t>;  // name, address, line, start

std::vector<Place> RootFirst(const Profile& p, size_t stack, size_t frames) {
  std::vector<Place> places;
  const size_t length = p.stacks.length(stack);
  for (size_t i = frames == 0 ? length : std::min(frames, length); i-- > 0;) {
    const uint32_t l = p.stacks.begin(stack)[i].value;
    const Lists<Line>& lines = p.symbols.locations.lines;
    const uint64_t address = p.symbols.locations.address[l];
    if (lines.length(l) == 0) places.emplace_back("", address, 0, 0);
    for (const Line* line = lines.end(l); line != lines.begin(l);) {
      --line;
      const Functions& f = p.symbols.functions;
      places.emplace_back(StringOf(p, f.name[line->function.value]), address, line->line,
                          f.start_line[line->function.value]);
    }
  }
  return places;
}

// Weights of calls as cmd/internal/pgo sums them: by caller, distance from its start, and callee;
// a sample counts once for a pair of places. Of each stack so many frames from the leaf.
using Calls = std::map<std::tuple<std::string, int64_t, std::string>, __int128>;

Calls CallsOf(const Profile& p, size_t type, size_t frames) {
  Calls calls;
  for (size_t s = 0; s < p.samples.size(); ++s) {
    const int64_t value = p.samples.values[s * p.sample_types.size() + type];
    if (value == 0) continue;
    const std::vector<Place> stack = RootFirst(p, p.samples.stack[s].value, frames);
    std::set<std::pair<Place, Place>> seen;
    for (size_t i = 1; i < stack.size(); ++i) {
      const auto& [caller, address, line, start] = stack[i - 1];
      if (stack[i - 1] == stack[i] || !seen.emplace(stack[i - 1], stack[i]).second) continue;
      calls[{caller, line - start, std::get<0>(stack[i])}] += value;
    }
  }
  std::erase_if(calls, [](const auto& call) { return call.second == 0; });
  return calls;
}

size_t TypeRow(const Profile& p, const std::string& type, const std::string& unit) {
  for (size_t i = 0; i < p.sample_types.size(); ++i) {
    if (StringOf(p, p.sample_types[i].type) == type &&
        StringOf(p, p.sample_types[i].unit) == unit) {
      return i;
    }
  }
  return SIZE_MAX;
}

std::string Bytes(const Profile& profile) {
  absl::StatusOr<std::string> bytes = WritePprof(profile);
  REQUIRE(bytes.ok());
  return *std::move(bytes);
}

Profile Pgo(const Profile& profile, const GoPgoOptions& options = {}) {
  const absl::StatusOr<Profile> pgo = GoPgoProfile(profile, options);
  INFO(pgo.status().ToString());
  REQUIRE(pgo.ok());
  REQUIRE(pgo->Validate().ok());
  return *pgo;
}

void CheckCalls(const Profile& profile, const GoPgoOptions& options) {
  const Profile pgo = Pgo(profile, options);
  REQUIRE(!pgo.sample_types.empty());
  for (size_t t = 0; t < pgo.sample_types.size(); ++t) {
    const std::string type = StringOf(pgo, pgo.sample_types[t].type);
    const std::string unit = StringOf(pgo, pgo.sample_types[t].unit);
    const size_t from = TypeRow(profile, type, unit);
    REQUIRE(from != SIZE_MAX);
    CHECK(CallsOf(pgo, t, 0) == CallsOf(profile, from, options.keep_frames));
    if (options.keep_frames != 1) CHECK(CallsOf(pgo, t, 2) == CallsOf(profile, from, 2));
    __int128 before = 0, after = 0;
    for (size_t i = from; i < profile.samples.values.size(); i += profile.sample_types.size()) {
      before += profile.samples.values[i];
    }
    for (size_t i = t; i < pgo.samples.values.size(); i += pgo.sample_types.size()) {
      after += pgo.samples.values[i];
    }
    CHECK(before == after);
  }
  const std::set<StackId> stacks(pgo.samples.stack.begin(), pgo.samples.stack.end());
  CHECK(stacks.size() == pgo.samples.size());
  CHECK(pgo.period == profile.period);
  CHECK(pgo.time_nanos == profile.time_nanos);
  CHECK(pgo.duration_nanos == profile.duration_nanos);
  CHECK(Bytes(Pgo(pgo, options)) == Bytes(pgo));
}

// Of all real profiles those that Go's PGO reads.
std::map<std::string, Profile> CpuProfiles() {
  std::vector<std::string> files = ListCorpus("pprof");
  for (const char* version : {"v1.4.0", "v1.5.0", "v1.6.0"}) {
    size_t taken = 0;
    for (const std::string& file : ListCorpus(std::string("series/checkout/") + version)) {
      if (file.find("cpu") != std::string::npos && taken++ < 3) files.push_back(file);
    }
  }
  std::map<std::string, Profile> profiles;
  for (const std::string& file : files) {
    absl::StatusOr<Profile> profile = ReadPprof(ReadCorpusFile(file));
    if (!profile.ok()) continue;
    const bool cpu = TypeRow(*profile, "samples", "count") != SIZE_MAX ||
                     TypeRow(*profile, "cpu", "nanoseconds") != SIZE_MAX;
    const std::vector<int64_t>& starts = profile->symbols.functions.start_line;
    const bool placed = std::any_of(starts.begin(), starts.end(), [](int64_t l) { return l != 0; });
    if (cpu && placed) profiles.emplace(file, *std::move(profile));
  }
  return profiles;
}

// A profile by hand.
struct Builder {
  Profile p;

  Builder() { p.sample_types = {{String("samples"), String("count")}}; }
  StringId String(const std::string& text) { return p.symbols.strings.Add(text); }
  // Innermost line first.
  LocationId Location(uint64_t address, const std::vector<std::pair<FunctionId, int64_t>>& lines) {
    for (const auto& [f, line] : lines) p.symbols.locations.lines.items.push_back({f, line, 7});
    return p.symbols.AddLocation({}, address);
  }
  FunctionId Function(const std::string& name, int64_t start) {
    return p.symbols.AddFunction(String(name), {}, String(name + ".go"), start);
  }
  void Sample(const std::vector<LocationId>& leaf_first, int64_t value) {
    p.stacks.items.insert(p.stacks.items.end(), leaf_first.begin(), leaf_first.end());
    p.stacks.Close();
    p.samples.stack.push_back({static_cast<uint32_t>(p.stacks.size() - 1)});
    p.samples.attributes.push_back({});
    p.samples.values.push_back(value);
  }
};

TEST_CASE("samples in one callee sum up, calls from two lines stay two") {
  Builder b;
  const FunctionId f = b.Function("f", 10), g = b.Function("g", 20);
  const LocationId call = b.Location(0x100, {{f, 12}}), other_call = b.Location(0x110, {{f, 13}});
  b.Sample({b.Location(0x200, {{g, 21}}), call}, 1);
  b.Sample({b.Location(0x204, {{g, 22}}), call}, 2);
  b.Sample({b.Location(0x208, {{g, 23}}), other_call}, 4);
  const Profile pgo = Pgo(b.p);
  CHECK(pgo.samples.values == std::vector<int64_t>{3, 4});
  CHECK(CallsOf(pgo, 0, 0) == Calls{{{"f", 2, "g"}, 3}, {{"f", 3, "g"}, 4}});
  CHECK(Pgo(b.p, {.aggregate_callees = false}).samples.size() == 3);
}

TEST_CASE("the call sites of a leaf's inlined calls stay") {
  Builder b;
  const FunctionId f = b.Function("f", 10), g = b.Function("g", 20), h = b.Function("h", 30);
  const LocationId root = b.Location(0x100, {{f, 12}});
  b.Sample({b.Location(0x200, {{h, 31}, {g, 25}}), root}, 1);
  b.Sample({b.Location(0x204, {{h, 32}, {g, 25}}), root}, 2);
  b.Sample({b.Location(0x208, {{h, 32}, {g, 26}}), root}, 4);
  const Profile pgo = Pgo(b.p);
  CHECK(pgo.samples.values == std::vector<int64_t>{3, 4});
  CHECK(CallsOf(pgo, 0, 0) == Calls{{{"f", 2, "g"}, 7}, {{"g", 5, "h"}, 3}, {{"g", 6, "h"}, 4}});
}

TEST_CASE("frames far from the leaf go, and stacks that differed in these alone are one") {
  Builder b;
  const FunctionId f = b.Function("f", 10), g = b.Function("g", 20);
  const LocationId leaf = b.Location(0x200, {{g, 21}}), call = b.Location(0x100, {{f, 12}});
  for (int64_t i = 0; i < 3; ++i) {
    const FunctionId far = b.Function("far" + std::to_string(i), 1);
    b.Sample({leaf, call, b.Location(0x1000 + i, {{far, i + 1}})}, 1);
  }
  CHECK(Pgo(b.p, {.keep_frames = 2}).samples.values == std::vector<int64_t>{3});
  CHECK(Pgo(b.p, {.keep_frames = 3}).samples.size() == 3);
  CHECK(Pgo(b.p, {.keep_frames = 0}).samples.size() == 3);
  CHECK(Pgo(b.p, {.keep_frames = 2}).symbols.functions.size() == 3);  // with the null row
}

TEST_CASE("a recursive leaf whose place is in its stack twice stays as it is") {
  Builder b;
  const FunctionId f = b.Function("f", 10);
  const LocationId at = b.Location(0x100, {{f, 12}}), other = b.Location(0x110, {{f, 15}});
  b.Sample({at, at, other}, 1);
  b.Sample({other, at, at}, 2);
  for (size_t frames : {0, 2, 3}) CheckCalls(b.p, {.keep_frames = frames});
}

TEST_CASE("stacks that add up to nothing leave nothing") {
  Builder b;
  const LocationId a = b.Location(0x100, {{b.Function("a", 1), 2}});
  const LocationId c = b.Location(0x200, {{b.Function("c", 3), 4}});
  b.Sample({a}, 5), b.Sample({c}, 3), b.Sample({c}, -3);
  const Profile pgo = Pgo(b.p);
  CHECK(pgo.samples.values == std::vector<int64_t>{5});
  CHECK(pgo.symbols.functions.size() == 2);
  CHECK(pgo.symbols.locations.size() == 1);
}

TEST_CASE("profiles that Go's PGO can't use are refused") {
  Builder b;
  const LocationId at = b.Location(0x100, {{b.Function("f", 1), 2}});
  b.Sample({at}, 1);
  REQUIRE(GoPgoProfile(b.p).ok());

  Profile heap = b.p;
  heap.sample_types = {{heap.symbols.strings.Add("alloc_objects"), heap.sample_types[0].unit}};
  const absl::Status no_type = GoPgoProfile(heap).status();
  CHECK(no_type.code() == absl::StatusCode::kInvalidArgument);
  CHECK(no_type.message().find("alloc_objects/count") != absl::string_view::npos);

  Profile unplaced = b.p;
  unplaced.symbols.functions.start_line.back() = 0;
  const absl::Status no_start = GoPgoProfile(unplaced).status();
  CHECK(no_start.code() == absl::StatusCode::kInvalidArgument);
  CHECK(no_start.message().find("start line") != absl::string_view::npos);
  unplaced.samples = {};
  CHECK(GoPgoProfile(unplaced).ok());

  Profile broken = b.p;
  broken.samples.values.pop_back();
  CHECK(GoPgoProfile(broken).status().code() == absl::StatusCode::kInvalidArgument);
  CHECK(GoPgoProfile(Profile()).status().code() == absl::StatusCode::kInvalidArgument);

  b.Sample({at}, INT64_MAX);
  CHECK(GoPgoProfile(b.p).status().code() == absl::StatusCode::kOutOfRange);
  b.Sample({at}, -1);
  CHECK(Pgo(b.p).samples.values == std::vector<int64_t>{INT64_MAX});
}

// Generated profiles say everything a profile can; here one of their types is Go's.
Profile GeneratedCpu(uint64_t seed) {
  Profile profile = GenerateProfile(seed, {.samples = 60, .names = 5});
  if (profile.sample_types.empty()) return profile;
  StringTable& strings = profile.symbols.strings;
  profile.sample_types[seed % profile.sample_types.size()] = {strings.Add("cpu"),
                                                              strings.Add("nanoseconds")};
  return profile;
}

TEST_CASE("generated profiles: same sums, no labels, whatever the order") {
  size_t checked = 0;
  for (uint64_t seed = 0; seed < 40; ++seed) {
    INFO(seed);
    const Profile profile = GeneratedCpu(seed);
    for (size_t frames : {0, 1, 2, 5}) {
      const GoPgoOptions options = {.keep_frames = frames, .aggregate_callees = seed % 4 != 0};
      const absl::StatusOr<Profile> pgo = GoPgoProfile(profile, options);
      if (!pgo.ok()) continue;
      CheckCalls(profile, options);
      CHECK(pgo->symbols.attributes.size() == 0);
      CHECK(pgo->symbols.attribute_sets.size() == 1);
      CHECK(Bytes(Pgo(ShuffleTables(profile, seed), options)) == Bytes(*pgo));
      ++checked;
    }
  }
  CHECK(checked > 100);
}

TEST_CASE("real profiles: the same calls with the same weights, in a smaller file") {
  if (!CorpusPresent()) return;
  const std::map<std::string, Profile> profiles = CpuProfiles();
  CHECK(profiles.size() > 9);
  for (const auto& [file, profile] : profiles) {
    INFO(file);
    for (size_t frames : {0, 1, 2, 5}) {
      CheckCalls(profile, {.keep_frames = frames});
      CheckCalls(profile, {.keep_frames = frames, .aggregate_callees = false});
    }
    CHECK(Pgo(profile).samples.size() <= profile.samples.size());
    CHECK(Bytes(Pgo(profile)).size() < Bytes(profile).size());
  }
}

TEST_CASE("real profiles: Go reads the same calls out of both forms") {
  const GoSandbox sandbox;
  Builder b;
  b.Sample({b.Location(0x100, {{b.Function("f", 1), 2}})}, 1);
  sandbox.Write("probe", Bytes(b.p));
  std::string output;
  if (sandbox.Run("go tool preprofile -i probe -o calls", &output) != 0) {
    WARN("skipped: there is no `go tool preprofile` (Go 1.23 and later): " << output);
    return;
  }
  if (!CorpusPresent()) return;
  for (const auto& [file, profile] : CpuProfiles()) {
    INFO(file);
    sandbox.Write("whole", Bytes(profile));
    sandbox.Write("pgo", Bytes(Pgo(profile)));
    std::string calls[2];
    for (const char* form : {"whole", "pgo"}) {
      REQUIRE(sandbox.Run(std::string("go tool preprofile -i ") + form + " -o calls", &output) ==
              0);
      REQUIRE(sandbox.Run("cat calls", &calls[form[0] == 'p']) == 0);
    }
    CHECK(calls[0].size() > 100);
    CHECK(calls[0] == calls[1]);
  }
}

constexpr const char* kGoSource = R"(package hot

func square(x int) int {
	if x < 0 {
		panic("below 0")
	}
	return x * x
}

func Sum(n int) int {
	sum := 0
	for i := 0; i < n; i++ {
		sum += square(i)
	}
	return sum
}
)";

TEST_CASE("go build takes the profile and finds its hot call") {
  const GoSandbox sandbox;
  sandbox.Write("go.mod", "module example.com/hot\n\ngo 1.21\n");
  sandbox.Write("hot.go", kGoSource);
  sandbox.Write("empty.pgo", "");
  std::string output;
  if (sandbox.Run("go build -pgo=empty.pgo .", &output) != 0) {
    WARN("skipped: there is no `go build -pgo` (Go 1.21 and later): " << output);
    return;
  }
  Builder b;
  const FunctionId sum = b.Function("example.com/hot.Sum", 10);
  const FunctionId square = b.Function("example.com/hot.square", 3);
  const LocationId call = b.Location(0x100, {{sum, 13}});
  for (int64_t line = 4; line < 8; ++line) {
    b.Sample({b.Location(0x200 + static_cast<uint64_t>(line), {{square, line}}), call}, 1000);
  }
  sandbox.Write("hot.pgo", Bytes(Pgo(b.p)));
  const std::string build = "go build -gcflags=-d=pgodebug=1 -pgo=hot.pgo .";
  CHECK(sandbox.Run(build, &output) == 0);
  INFO(output);
  CHECK(output.find("hot-callsite") != std::string::npos);
  CHECK(output.find("example.com/hot.square") != std::string::npos);

  if (!CorpusPresent()) return;
  for (const auto& [file, profile] : CpuProfiles()) {
    INFO(file);
    sandbox.Write("real.pgo", Bytes(Pgo(profile)));
    CHECK(sandbox.Run("go build -pgo=real.pgo .", &output) == 0);
    INFO(output);
  }
}

}  // namespace
}  // namespace dolerite::testing
