// The same set of profiles gives the same bytes.
#include "block/block_support.h"

namespace dolerite::testing {
namespace {

std::vector<Input> Shuffled(std::vector<Input> inputs, uint64_t seed) {
  Random random(seed);
  for (size_t i = inputs.size(); i > 1; --i) std::swap(inputs[i - 1], inputs[random.Below(i)]);
  for (Input& input : inputs) input.profile = ShuffleTables(input.profile, random());
  return inputs;
}

TEST_CASE("bytes do not depend on the order of profiles, tables or samples") {
  for (uint64_t seed = 0; seed < 30; ++seed) {
    INFO("seed " << seed);
    GenerateOptions options;
    options.extreme = seed % 4 == 0;
    const std::vector<Input> inputs = Generated(seed, 12, options);
    const BlockOptions layout{.profiles_per_group = static_cast<uint32_t>(seed % 3),
                              .samples_per_chunk = seed % 2 ? 60u : 65'536u};
    const std::string bytes = Build(inputs, layout);
    for (uint64_t other = 0; other < 3; ++other) {
      const bool same = Build(Shuffled(inputs, seed * 10 + other), layout) == bytes;
      CHECK(same);
    }
  }
}

TEST_CASE("bytes of a real series do not depend on order") {
  if (!CorpusPresent()) return;
  const std::vector<Input> inputs = ReadSeries("checkout", 6);
  const std::string bytes = Build(inputs);
  const bool same = Build(Shuffled(inputs, 1)) == bytes;
  CHECK(same);
  CHECK(OpenBytes(bytes).summary().id == OpenBytes(Build(Shuffled(inputs, 2))).summary().id);
}

TEST_CASE("the same profile twice is stored once, others stay") {
  const std::vector<Input> inputs = Generated(5, 4);
  std::vector<Input> twice = inputs;
  for (uint64_t i = 0; i < inputs.size(); ++i) {
    twice.push_back({inputs[i].series, ShuffleTables(inputs[i].profile, i)});
  }
  CHECK(Build(twice) == Build(inputs));

  SECTION("equal labels and time, another value") {
    Input other = inputs[0];
    other.profile.samples.values[0] += 1;
    CHECK(OpenBytes(Build({inputs[0], other})).ListProfiles()->profiles.size() == 2);
  }
  SECTION("equal labels, time and id, another value") {
    Input one = inputs[0];
    one.profile.id.emplace().fill(7);
    Input other = one;
    other.profile.samples.values[0] += 1;
    CHECK(OpenBytes(Build({one, other})).ListProfiles()->profiles.size() == 2);
    CHECK(Build({one, other}) == Build({other, one}));
  }
  SECTION("another payload") {
    Input other = inputs[0];
    other.profile.payload += "x";
    CHECK(OpenBytes(Build({inputs[0], other})).ListProfiles()->profiles.size() == 2);
  }
  SECTION("another comment") {
    Input other = inputs[0];
    other.profile.comments.push_back({1});
    CHECK(OpenBytes(Build({inputs[0], other})).ListProfiles()->profiles.size() == 2);
  }
  SECTION("other addresses") {
    Input one = inputs[0];
    one.profile.symbols.AddMapping(100, 200, 0, {1}, {2});
    Input other = one;
    other.profile.symbols.mappings.start.back() += 8;
    other.profile.symbols.mappings.limit.back() += 8;
    CHECK(OpenBytes(Build({one, other})).ListProfiles()->profiles.size() == 2);
  }
}

TEST_CASE("a derived id is the profile's own, in any company") {
  Input input = Generated(9, 1)[0];
  input.profile.id.reset();
  const std::string alone = Build({input});
  const ProfileId id = OpenBytes(alone).ListProfiles()->profiles[0].id;
  CHECK(id != ProfileId{});
  std::vector<Input> many = Generated(100, 20);
  many.push_back({input.series, ShuffleTables(input.profile, 3)});
  const std::string bytes = Build(many, {.profiles_per_group = 3});
  const auto listing = OpenBytes(bytes).ListProfiles();
  const auto is_it = [&](const ProfileSummary& s) { return s.id == id; };
  CHECK(std::count_if(listing->profiles.begin(), listing->profiles.end(), is_it) == 1);
}

}  // namespace
}  // namespace dolerite::testing
