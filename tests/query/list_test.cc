// Lists of profiles, and single profiles, against what went in.
#include <tuple>

#include "query/every_question.h"
#include "support/profile_equal.h"

namespace dolerite::testing {
namespace {

// Whether a sample of the profile is selected.
bool AnySample(const Input& input, const NaiveChoice& choice) {
  for (size_t i = 0; i < input.profile.samples.size(); ++i) {
    if (!choice.sample(input.profile, i)) continue;
    Sums one;
    AddNaive(OnlySample(input.profile, i), "", FrameBy::kFunction, &one);
    Path path = one.begin()->first;
    choice.frames(&path);
    if (!choice.cuts || !path.empty()) return true;
  }
  return false;
}

std::vector<const Input*> NaiveList(const std::vector<Input>& inputs, const NaiveChoice& choice) {
  std::vector<const Input*> out;
  for (const Input& input : inputs) {
    if (!choice.profile(input)) continue;
    if (!choice.selection.selects_samples() || AnySample(input, choice)) out.push_back(&input);
  }
  std::sort(out.begin(), out.end(), [](const Input* a, const Input* b) {
    return std::tie(a->profile.time_nanos, a->series, *a->profile.id) <
           std::tie(b->profile.time_nanos, b->series, *b->profile.id);
  });
  return out;
}

ProfileTotals NaiveTotals(const Profile& p) {
  const size_t types = p.sample_types.size();
  std::vector<__int128> sums(types);
  for (size_t i = 0; i < p.samples.values.size(); ++i) sums[i % types] += p.samples.values[i];
  ProfileTotals totals;
  for (__int128 sum : sums) {
    if (sum != static_cast<int64_t>(sum)) return {};
    totals.push_back(static_cast<int64_t>(sum));
  }
  return totals;
}

void CheckList(const std::vector<ListedProfile>& got, const std::vector<const Input*>& expected) {
  REQUIRE(got.size() == expected.size());
  for (size_t i = 0; i < got.size(); ++i) {
    const Profile& profile = expected[i]->profile;
    CHECK(got[i].time_nanos == profile.time_nanos);
    CHECK(got[i].duration_nanos == profile.duration_nanos);
    CHECK(got[i].series == expected[i]->series);
    CHECK(got[i].id == *profile.id);
    CHECK(got[i].samples == profile.samples.size());
    CHECK(got[i].totals == NaiveTotals(profile));
    CHECK(got[i].type->sample_types.size() == profile.sample_types.size());
  }
}

TEST_CASE("lists of generated profiles are those of a plain loop") {
  for (uint64_t seed = 0; seed < 8; ++seed) {
    INFO("seed " << seed);
    GenerateOptions options;
    options.everything = seed % 2 == 0;
    options.extreme = seed == 7;
    options.samples = 12;
    std::vector<Input> inputs = GeneratedWithIds(seed, 12, options, seed % 3 == 0);
    // Some at one time, so that series and ids have to tell.
    for (size_t i = 0; i < inputs.size(); i += 2) {
      inputs[i].profile.time_nanos = inputs[0].profile.time_nanos;
      inputs[i].profile.samples.timestamps = {};
      inputs[i].profile.samples.shape.clear();
      inputs[i].profile.samples.timestamp_values.clear();
    }
    const std::vector<std::string> blocks = {
        Build({inputs.begin(), inputs.begin() + 7}, {.profiles_per_group = 4}),
        Build({inputs.begin() + 7, inputs.end()})};
    for (const NaiveChoice& choice : NaiveChoices(inputs, seed)) {
      const std::vector<const Input*> expected = NaiveList(inputs, choice);
      const ListQuestion question{choice.selection};
      CheckList(AskFor(blocks, question), expected);
      CheckList(AskInParts(inputs, question, seed), expected);
      const size_t few = std::min<size_t>(3, expected.size());
      if (few > 0) {
        CheckList(AskFor(blocks, question, {}, {few}), {expected.begin(), expected.begin() + few});
      }
    }
  }
}

TEST_CASE("a listed profile is found in its block") {
  const std::vector<Input> inputs = GeneratedWithIds(3, 14, {}, false);
  Stored stored;
  stored.Put(Build({inputs.begin(), inputs.begin() + 9}));
  stored.Put(Build({inputs.begin() + 9, inputs.end()}));
  absl::StatusOr<ListQuery> query = Added(ListQuestion(), stored.blocks());
  REQUIRE(query.ok());
  const auto listed = std::move(*query).Finish();
  REQUIRE(listed.ok());
  REQUIRE(listed->size() == inputs.size());
  for (const ListedProfile& p : *listed) {
    const BlockReader& block = *stored.readers[*p.block == "block-0" ? 0 : 1];
    const absl::StatusOr<Profile> profile = block.ReadProfile(p.index);
    REQUIRE(profile.ok());
    CHECK(profile->id == p.id);
  }
}

TEST_CASE("a profile by its id is what went in") {
  const std::vector<Input> inputs = GeneratedWithIds(3, 14, {}, false);
  const Stored stored = [&] {
    Stored out;
    for (size_t i = 0; i < 14; i += 5) {
      out.Put(Build({inputs.begin() + static_cast<ptrdiff_t>(i),
                     inputs.begin() + static_cast<ptrdiff_t>(std::min<size_t>(i + 5, 14))}));
    }
    return out;
  }();
  for (const Input& input : inputs) {
    const absl::StatusOr<Profile> profile = GetProfile(stored.blocks(), *input.profile.id);
    INFO(profile.status());
    REQUIRE(profile.ok());
    CHECK(DescribeStored(*profile) == DescribeStored(input.profile));
  }
  CHECK(absl::IsNotFound(GetProfile(stored.blocks(), ProfileId{}).status()));
  CHECK(absl::IsNotFound(GetProfile({}, *inputs[0].profile.id).status()));
}

TEST_CASE("a list of many small profiles is answered under default options") {
  constexpr size_t kProfiles = 20'000;
  Profile one = Generated(1, 1)[0].profile;
  one.id.reset();
  BlockBuilder builder = *BlockBuilder::Make({});
  for (size_t i = 0; i < kProfiles; ++i) {
    one.time_nanos = static_cast<int64_t>(kProfiles - i);
    REQUIRE(builder.Add({{"service_name", "s"}}, OnlySample(one, 0)).ok());
  }
  const absl::StatusOr<std::string> block = std::move(builder).Finish();
  REQUIRE(block.ok());
  const std::vector<ListedProfile> listed = AskFor({*block}, ListQuestion());
  REQUIRE(listed.size() == kProfiles);
  size_t wrong = 0;
  for (size_t i = 0; i < kProfiles; ++i) {
    wrong += listed[i].time_nanos != static_cast<int64_t>(i + 1) || listed[i].samples != 1;
  }
  CHECK(wrong == 0);
}

TEST_CASE("a list without a look at samples reads profile tables alone") {
  QueryCost cost;
  AskFor({Build(Generated(3, 20))}, ListQuestion(), {}, {}, &cost);
  CHECK(cost.rows == 0);
  CHECK(cost.section_bytes.size() == 1);
}

}  // namespace
}  // namespace dolerite::testing
