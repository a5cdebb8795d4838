// Merged profiles against plain sums, over splits and orders.
#include <set>

#include "query/naive.h"
#include "support/share.h"

namespace dolerite::testing {
namespace {

absl::StatusOr<Profile> Merged(const std::vector<std::string>& blocks, const Selection& selection) {
  ProfileQuery query({selection});
  for (const std::string& bytes : blocks) {
    const absl::Status status = query.Add(OpenBytes(bytes));
    if (!status.ok()) return status;
  }
  return std::move(query).Finish();
}

TEST_CASE("a merged profile has the sums of its parts, whatever names its frames") {
  for (uint64_t seed = 0; seed < ShareOf(20, 4); ++seed) {
    INFO("seed " << seed);
    GenerateOptions options;
    options.everything = seed % 2 == 0;
    const std::vector<Input> inputs = Generated(seed, 10, options);
    const absl::StatusOr<Profile> merged = Merged({Build(inputs)}, {});
    INFO(merged.status());
    REQUIRE(merged.ok());
    REQUIRE(merged->Validate().ok());
    for (FrameBy by : {FrameBy::kFunction, FrameBy::kLine, FrameBy::kAddress}) {
      for (const char* type : {"type0", "type1"}) {
        Sums expected, sums;
        for (const Input& input : inputs) AddNaive(input.profile, type, by, &expected);
        AddNaive(*merged, type, by, &sums);
        const bool same = FlamesOf(sums) == FlamesOf(expected);
        CHECK(same);
      }
    }
    int64_t time = INT64_MAX, duration = 0, period = 0;
    for (const Input& input : inputs) {
      time = std::min(time, input.profile.time_nanos);
      period = std::max(period, input.profile.period);
      duration += input.profile.duration_nanos;
    }
    CHECK(merged->time_nanos == time);
    CHECK(merged->duration_nanos == duration);
    CHECK(merged->period == period);
    CHECK(merged->samples.shape.empty());
    CHECK(merged->samples.link.empty());
  }
}

TEST_CASE("no two samples of a merged profile have equal stacks and labels") {
  const absl::StatusOr<Profile> merged = Merged({Build(Generated(1, 12))}, {});
  REQUIRE(merged.ok());
  std::set<std::pair<std::vector<LocationId>, AttributeSetId>> keys;
  const Lists<LocationId>& stacks = merged->stacks;
  const size_t types = merged->sample_types.size();
  for (size_t i = 0; i < merged->samples.size(); ++i) {
    const uint32_t stack = merged->samples.stack[i].value;
    const std::vector<LocationId> locations(stacks.begin(stack), stacks.end(stack));
    CHECK(keys.emplace(locations, merged->samples.attributes[i]).second);
    const auto begin = merged->samples.values.begin() + static_cast<ptrdiff_t>(i * types);
    CHECK(std::any_of(begin, begin + static_cast<ptrdiff_t>(types),
                      [](int64_t v) { return v != 0; }));
  }
}

TEST_CASE("any split and any order of merges gives the same profile") {
  for (uint64_t seed = 0; seed < 15; ++seed) {
    INFO("seed " << seed);
    const std::vector<Input> inputs = Generated(seed, 10);
    const std::string whole = DescribeStored(*Merged({Build(inputs)}, {}));
    Random random(seed);
    std::vector<std::vector<Input>> parts(1 + random.Below(4));
    for (const Input& input : inputs) parts[random.Below(parts.size())].push_back(input);
    std::vector<ProfileQuery> partials;
    std::vector<std::string> blocks;
    for (const auto& part : parts) {
      blocks.push_back(Build(part));
      REQUIRE(partials.emplace_back(ProfileQuestion()).Add(OpenBytes(blocks.back())).ok());
    }
    std::reverse(blocks.begin(), blocks.end());
    CHECK(DescribeStored(*Merged(blocks, {})) == whole);
    while (partials.size() > 1) {
      ProfileQuery taken = std::move(partials.back());
      partials.pop_back();
      REQUIRE(partials[random.Below(partials.size())].Merge(std::move(taken)).ok());
    }
    const absl::StatusOr<Profile> merged = std::move(partials[0]).Finish();
    REQUIRE(merged.ok());
    CHECK(DescribeStored(*merged) == whole);
    // A merged profile merges with nothing to itself: it is in its final form.
    const Profile again = *Merged({Build({{{}, *merged}})}, {});
    CHECK(DescribeStored(again) == whole);
  }
}

TEST_CASE("profiles that measure different things do not merge, and the partial stays") {
  GenerateOptions one, two;
  one.sample_types = 1, two.sample_types = 2;
  const std::string a = Build(Generated(1, 2, one)), b = Build(Generated(2, 2, two));
  ProfileQuery query({});
  REQUIRE(query.Add(OpenBytes(a)).ok());
  CHECK(absl::IsInvalidArgument(query.Add(OpenBytes(b))));
  ProfileQuery other({});
  REQUIRE(other.Add(OpenBytes(b)).ok());
  CHECK(absl::IsInvalidArgument(query.Merge(std::move(other))));
  CHECK(DescribeStored(*std::move(query).Finish()) == DescribeStored(*Merged({a}, {})));
}

TEST_CASE("a merged value that leaves 64 bits is an error, and the partial stays") {
  GenerateOptions options;
  options.everything = false;
  std::vector<Input> inputs = Generated(1, 1, options);
  for (int64_t& value : inputs[0].profile.samples.values) value = INT64_MAX / 1000 * 999;
  inputs[0].profile.samples.values[0] = 1;
  const std::string large = Build(inputs);
  std::vector<Input> few = inputs;
  few[0].profile.samples.stack.resize(1), few[0].profile.samples.attributes.resize(1);
  few[0].profile.samples.values.resize(2);
  const std::string small = Build(few);
  ProfileQuery query({});
  const absl::Status first = query.Add(OpenBytes(small));
  REQUIRE(first.ok());
  ProfileQuery twice({});
  REQUIRE(twice.Add(OpenBytes(small)).ok());
  absl::Status status = twice.Add(OpenBytes(large));
  if (status.ok()) status = std::move(twice).Finish().status();
  CHECK(absl::IsOutOfRange(status));
  CHECK(DescribeStored(*std::move(query).Finish()) == DescribeStored(*Merged({small}, {})));
}

TEST_CASE("nothing selected gives the empty profile") {
  const absl::StatusOr<Profile> merged =
      Merged({Build(Generated(1, 3))}, {.profile_type = "no such"});
  REQUIRE(merged.ok());
  CHECK(merged->samples.size() == 0);
  CHECK(merged->Validate().ok());
}

TEST_CASE("a sum of durations stays at the limit that it passes") {
  for (const int64_t limit : {INT64_MIN, INT64_MAX}) {
    std::vector<Input> inputs(2, Generated(1, 1)[0]);
    inputs[1].profile.time_nanos = ++inputs[0].profile.time_nanos + 1;
    inputs[1].profile.id.reset(), inputs[0].profile.id.reset();
    inputs[0].profile.duration_nanos = limit, inputs[1].profile.duration_nanos = limit / 2;
    const absl::StatusOr<Profile> merged = Merged({Build(inputs)}, {});
    REQUIRE(merged.ok());
    CHECK(merged->duration_nanos == limit);
  }
}

}  // namespace
}  // namespace dolerite::testing
