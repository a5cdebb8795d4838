// What goes into a block comes out of it.
#include "block/block_support.h"
#include "support/profile_equal.h"
#include "support/share.h"

namespace dolerite::testing {
namespace {

void CheckRoundTrip(const std::vector<Input>& inputs, const BlockOptions& options = {}) {
  const std::string bytes = Build(inputs, options);
  const BlockReader block = OpenBytes(bytes);
  const bool same = Describe(block) == Describe(inputs);
  CHECK(same);
  const std::vector<Damage> damage = block.Verify().value();
  INFO((damage.empty() ? "" : damage[0].place + ": " + std::string(damage[0].status.message())));
  CHECK(damage.empty());
  CHECK(block.summary().bytes == bytes.size());
}

TEST_CASE("descriptions do not depend on the order of tables") {
  for (uint64_t seed = 0; seed < 50; ++seed) {
    const Profile profile = GenerateProfile(seed);
    REQUIRE(profile.Validate().ok());
    const Profile shuffled = ShuffleTables(profile, seed);
    REQUIRE(shuffled.Validate().ok());
    CHECK(DescribeStored(shuffled) == DescribeStored(profile));
    CHECK(DescribeStored(GenerateProfile(seed + 1000)) != DescribeStored(profile));
  }
}

TEST_CASE("generated profiles come back, one a block") {
  for (uint64_t seed = 0; seed < 150; ++seed) {
    INFO("seed " << seed);
    GenerateOptions options;
    options.samples = seed % 7 * 9;
    options.sample_types = 1 + seed % 4;
    options.symbols = seed % 5 != 0;
    options.extreme = seed % 3 == 0;
    CheckRoundTrip(Generated(seed, 1, options));
  }
}

TEST_CASE("generated profiles come back, many a block") {
  for (uint64_t seed = 0; seed < ShareOf(24, 6); ++seed) {
    INFO("seed " << seed);
    GenerateOptions options;
    options.samples = 20;
    options.sample_types = 1 + seed % 2;
    options.everything = seed % 3 != 0;
    options.extreme = seed % 4 == 0;
    options.negative = seed % 2 == 0;
    BlockOptions layout;
    layout.profiles_per_group = seed % 5;
    layout.samples_per_chunk = seed % 2 ? 50 : 65'536;
    layout.dataset_label = seed % 7 == 0 ? "none" : "service_name";
    CheckRoundTrip(Generated(seed, 30, options), layout);
  }
}

TEST_CASE("borders come back") {
  Profile profile;
  const LabelSet series;
  SECTION("nothing at all") {}
  SECTION("a type and no samples") {
    profile.sample_types = {{profile.symbols.strings.Add("cpu"), {}}};
  }
  SECTION("the empty stack") {
    profile.sample_types = {{}};
    profile.samples.stack = {{}, {}};
    profile.samples.attributes = {{}, {}};
    profile.samples.values = {INT64_MIN, INT64_MAX};
  }
  SECTION("extreme header") {
    profile.time_nanos = INT64_MIN, profile.duration_nanos = INT64_MIN;
    profile.period = INT64_MIN, profile.dropped_attributes = UINT64_MAX;
    profile.id.emplace().fill(0);
  }
  SECTION("latest time") {
    profile.time_nanos = INT64_MAX, profile.duration_nanos = INT64_MAX;
    profile.id.emplace().fill(255);
  }
  SECTION("mapping at the ends of the address space") {
    profile.symbols.AddMapping(UINT64_MAX, 0, UINT64_MAX, {}, {}, 255);
    profile.symbols.AddLocation({1}, 0);
    profile.symbols.AddLocation({1}, UINT64_MAX, true);
    profile.symbols.AddLocation({0}, UINT64_MAX);
    profile.symbols.locations.lines.items.push_back({{0}, INT64_MIN, INT64_MAX});
    profile.symbols.AddLocation({0}, 0);
    profile.stacks.items = {{0}, {1}, {2}, {3}, {3}};
    profile.stacks.Close();
    profile.sample_types = {{}};
    profile.samples.stack = {{1}}, profile.samples.attributes = {{}}, profile.samples.values = {-1};
  }
  SECTION("strings of any bytes") {
    std::string all;
    for (int i = 0; i < 256; ++i) all.push_back(static_cast<char>(i));
    profile.comments = {profile.symbols.strings.Add(all), profile.symbols.strings.Add(""),
                        profile.symbols.strings.Add(std::string(1 << 17, '\xff'))};
  }
  SECTION("several mappings that differ by start alone") {
    for (uint64_t start : {9000, 1000, 5000, 3000}) {
      profile.symbols.AddMapping(start, start + 100, 0, {}, {});
      const uint32_t row = static_cast<uint32_t>(profile.symbols.mappings.size() - 1);
      profile.symbols.AddLocation({row}, start + 7);
      profile.stacks.items.push_back({row - 1});
      profile.stacks.Close();
      profile.samples.stack.push_back({row});
      profile.samples.attributes.push_back({});
      profile.samples.values.push_back(row);
    }
    profile.sample_types = {{}};
  }
  CheckRoundTrip({{series, profile}});
  CheckRoundTrip({{series, profile}, {{{"service_name", "other"}}, profile}});
}

TEST_CASE("a block without profiles is a block") {
  const std::string bytes = Build({});
  const BlockReader block = OpenBytes(bytes);
  CHECK(block.ListProfiles()->profiles.empty());
  CHECK(absl::IsOutOfRange(block.ReadProfile(0).status()));
  CHECK(block.Verify()->empty());
  CHECK(block.Dump().ok());
  CHECK(block.Usage().ok());
}

TEST_CASE("samples without a sample type are refused, and the builder stays") {
  Profile profile;
  profile.samples.stack = {{}}, profile.samples.attributes = {{}};
  BlockBuilder builder = *BlockBuilder::Make();
  REQUIRE(builder.Add({}, GenerateProfile(1)).ok());
  const size_t memory = builder.memory_bytes();
  CHECK(absl::IsInvalidArgument(builder.Add({}, profile)));
  profile.samples.attributes = {{7}};
  CHECK(absl::IsInvalidArgument(builder.Add({}, profile)));
  CHECK(builder.profiles() == 1);
  CHECK(builder.memory_bytes() == memory);
  CHECK(*std::move(builder).Finish() == Build({{{}, GenerateProfile(1)}}));
}

TEST_CASE("every profile of the corpus comes back") {
  if (!CorpusPresent()) return;
  PprofReader reader;
  std::vector<Input> all, mixed;
  for (const std::string& name : ListCorpus("pprof")) {
    INFO(name);
    const std::string bytes = ReadCorpusFile(name);
    Input& input = all.emplace_back();
    input.series = {{"service_name", name}};
    REQUIRE(reader.Read(bytes, &input.profile).ok());
    if (bytes.size() < 100'000) mixed.push_back(input);
  }
  CheckRoundTrip(all, {.zstd_level = 1});
  // All kinds of programs in one dataset, with tables in common.
  CheckRoundTrip(mixed, {.dataset_label = "none", .zstd_level = 1});
}

TEST_CASE("series of the corpus come back") {
  if (!CorpusPresent()) return;
  for (const std::string service : {"checkout", "parca-public"}) {
    CheckRoundTrip(ReadSeries(service));
    CheckRoundTrip(ReadSeries(service, 5), {.profiles_per_group = 1});
  }
}

}  // namespace
}  // namespace dolerite::testing
