// Profiles that share their tables say what each says alone.
#include "dolerite/view_profiles.h"

#include <algorithm>
#include <numeric>

#include "block/block_support.h"

namespace dolerite::testing {
namespace {

std::vector<size_t> EveryIndex(const BlockReader& block) {
  std::vector<size_t> indices(block.ListProfiles()->profiles.size());
  std::iota(indices.begin(), indices.end(), size_t{0});
  return indices;
}

// All kinds of samples; pods map files at addresses of their own.
std::string OfPods(uint64_t seed, size_t profiles, const BlockOptions& options = {}) {
  std::vector<Input> inputs = Generated(seed, profiles);
  for (size_t i = 0; i < inputs.size(); ++i) {
    inputs[i].series = {{"service_name", i % 3 == 0 ? "a" : "b"}, {"pod", std::to_string(i % 2)}};
  }
  return Build(inputs, options);
}

// Profiles of one pod with `stacks` stacks of `depth` frames each, which differ in their leaf.
// Profiles that follow each other differ in `fresh` stacks.
std::string Deep(size_t profiles, uint32_t stacks, uint32_t depth, uint32_t fresh) {
  std::vector<Input> inputs(profiles);
  for (uint32_t i = 0; i < profiles; ++i) {
    Profile& p = inputs[i].profile;
    p.time_nanos = i * kSecond;
    p.sample_types = {{p.symbols.strings.Add("cpu"), p.symbols.strings.Add("nanoseconds")}};
    std::vector<LocationId> callers;
    for (uint32_t frame = 1; frame < depth; ++frame) {
      callers.push_back(p.symbols.AddLocation({}, frame));
    }
    for (uint32_t s = i * fresh; s < i * fresh + stacks; ++s) {
      p.stacks.items.push_back(p.symbols.AddLocation({}, depth + s));
      p.stacks.items.insert(p.stacks.items.end(), callers.begin(), callers.end());
      p.stacks.Close();
      p.samples.stack.push_back({s - i * fresh + 1});
      p.samples.attributes.push_back({});
      p.samples.values.push_back(s + 1);
    }
    REQUIRE(p.Validate().ok());
  }
  return Build(inputs);
}

TEST_CASE("a view gives each profile as it is read alone, in the order of a pass") {
  for (uint64_t seed = 0; seed < 6; ++seed) {
    const std::string bytes = OfPods(seed, 24, {.samples_per_chunk = seed % 2 == 0 ? 50u : 5000u});
    const BlockReader block = OpenBytes(bytes);
    std::vector<size_t> order, viewed;
    const auto note = [&](size_t index, const Profile&) {
      order.push_back(index);
      return absl::OkStatus();
    };
    REQUIRE(block.ReadProfiles(EveryIndex(block), note).ok());
    const auto compare = [&](size_t index, const Profile& profile) {
      viewed.push_back(index);
      const auto alone = block.ReadProfile(index);
      REQUIRE(alone.ok());
      REQUIRE(profile.Validate().ok());
      CHECK((DescribeStored(profile) == DescribeStored(*alone)));
      return absl::OkStatus();
    };
    REQUIRE(ViewProfiles(block, EveryIndex(block), compare).ok());
    CHECK(viewed == order);
    // Some of them: what a profile shares depends on which came before.
    std::vector<size_t> some;
    for (size_t i = seed % 3; i < order.size(); i += 3) some.push_back(i);
    REQUIRE(ViewProfiles(block, some, compare).ok());
    CHECK(viewed.size() == order.size() + some.size());
  }
}

TEST_CASE("profiles that follow each other share rows") {
  const std::string bytes = Deep(8, 10, 5, 1);
  const BlockReader block = OpenBytes(bytes);
  size_t stacks = 11;  // with the empty one
  REQUIRE(ViewProfiles(block, EveryIndex(block), [&](size_t, const Profile& profile) {
            CHECK(profile.stacks.size() == stacks++);
            CHECK(profile.samples.size() == 10);
            return absl::OkStatus();
          }).ok());
  CHECK(stacks == 11 + 8);
}

// Two pods of one program: the same file at two addresses, the same stack in each profile.
TEST_CASE("processes that map the same files elsewhere share rows, and each has its addresses") {
  std::vector<Input> inputs(6);
  for (size_t i = 0; i < inputs.size(); ++i) {
    Profile& p = inputs[i].profile;
    Symbols& s = p.symbols;
    p.time_nanos = static_cast<int64_t>(i) * kSecond;
    p.sample_types = {{s.strings.Add("cpu"), s.strings.Add("nanoseconds")}};
    const uint64_t start = i % 2 == 0 ? 0x1000 : 0x7000;
    const MappingId file = s.AddMapping(start, start + 0x800, 0, s.strings.Add("/bin/a"),
                                        s.strings.Add("build"), 0, {});
    p.stacks.items = {s.AddLocation(file, start + 0x10), s.AddLocation({}, 0x42)};
    p.stacks.Close();
    p.samples.stack = {{1}}, p.samples.attributes = {{}}, p.samples.values = {int64_t(i) + 1};
    REQUIRE(p.Validate().ok());
    inputs[i].series = {{"service_name", "a"}, {"pod", std::to_string(i % 2)}};
  }
  const std::string bytes = Build(inputs);
  const BlockReader block = OpenBytes(bytes);
  size_t at_7000 = 0;
  REQUIRE(ViewProfiles(block, EveryIndex(block), [&](size_t index, const Profile& profile) {
            REQUIRE(profile.Validate().ok());
            CHECK((DescribeStored(profile) == DescribeStored(*block.ReadProfile(index))));
            CHECK(profile.stacks.size() == 2);  // with the empty one
            at_7000 += profile.symbols.mappings.start.back() == 0x7000;
            return absl::OkStatus();
          }).ok());
  CHECK(at_7000 == 3);
}

TEST_CASE("shared stacks are no more than a million locations and those of one profile") {
  const size_t own = 300 * 120;
  const std::string bytes = Deep(40, 300, 120, 300);
  const BlockReader block = OpenBytes(bytes);
  size_t most = 0, begun_anew = 0, before = 0;
  REQUIRE(ViewProfiles(block, EveryIndex(block), [&](size_t, const Profile& profile) {
            const size_t now = profile.stacks.items.size();
            most = std::max(most, now);
            begun_anew += now < before;
            before = now;
            return absl::OkStatus();
          }).ok());
  CHECK(most > (size_t{1} << 20) - own);
  CHECK(most <= (size_t{1} << 20) + own);
  CHECK(begun_anew == 1);
}

TEST_CASE("a view ends with the visitor's error, and refuses profiles that are not there") {
  const std::string bytes = OfPods(3, 12);
  const BlockReader block = OpenBytes(bytes);
  size_t viewed = 0;
  const auto third = [&](size_t, const Profile&) {
    return ++viewed == 3 ? absl::AbortedError("enough") : absl::OkStatus();
  };
  CHECK(ViewProfiles(block, EveryIndex(block), third) == absl::AbortedError("enough"));
  CHECK(viewed == 3);
  CHECK(absl::IsOutOfRange(ViewProfiles(block, std::vector<size_t>{0, 12}, third)));
  CHECK(viewed == 3);
}

}  // namespace
}  // namespace dolerite::testing
