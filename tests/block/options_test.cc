// Every layout gives the same answers.
#include "block/block_support.h"
#include "dolerite/query.h"
#include "support/share.h"

namespace dolerite::testing {
namespace {

std::vector<BlockOptions> Layouts() {
  std::vector<BlockOptions> all(1);
  for (uint32_t profiles : {1, 3, 1000}) all.push_back({.profiles_per_group = profiles});
  for (uint32_t samples : {1, 100}) all.push_back({.samples_per_chunk = samples});
  for (uint32_t samples : {1, 90}) all.push_back({.samples_per_group = samples});
  for (int64_t window : {int64_t{1}, int64_t{60'000'000'000}, INT64_MAX}) {
    all.push_back({.group_window_nanos = window});
  }
  for (int level : {0, 1, 19}) all.push_back({.zstd_level = level});
  all.push_back({.smallest = true});
  all.push_back({.zstd_level = 1, .try_encodings = false});
  all.push_back({.samples_per_chunk = 1, .stripe_bytes = 4'096});
  all.push_back({.unscale_go_heap = false});
  all.push_back(
      {.profiles_per_group = 2, .samples_per_chunk = 30, .zstd_level = 0, .smallest = true});
  return all;
}

// What a block answers, but for what depends on the layout.
std::vector<std::string> Answers(const BlockReader& block, const std::string& type) {
  std::vector<std::string> out;
  const auto listing = block.ListProfiles();
  REQUIRE(listing.ok());
  for (const ProfileSummary& p : listing->profiles) {
    std::string& line = out.emplace_back(p.series->ToString() + p.type->name);
    line += std::string(p.id.begin(), p.id.end()) + std::to_string(p.samples);
    for (int64_t total : p.totals) line += " " + std::to_string(total);
  }
  for (const ProfileType::Value& value : listing->profiles[0].type->sample_types) {
    TreeQuery query({.selection = {.profile_type = type, .sample_type = value.type}});
    const absl::Status status = query.Add(block);
    INFO(status);
    REQUIRE(status.ok());
    const absl::StatusOr<Tree> tree = std::move(query).Finish();
    REQUIRE(tree.ok());
    for (size_t i = 0; i < tree->size(); ++i) {
      out.push_back(std::string(tree->names[tree->name[i]]) + " " +
                    std::to_string(tree->parent[i]) + " " +
                    std::to_string(tree->columns[0].self[i]) + " " +
                    std::to_string(tree->columns[0].total[i]));
    }
  }
  ProfileQuery merged({.selection = {.profile_type = type}});
  REQUIRE(merged.Add(block).ok());
  out.push_back(DescribeStored(*std::move(merged).Finish()));
  return out;
}

void CheckLayouts(const std::vector<Input>& inputs, const std::string& type) {
  std::vector<std::string> expected;
  for (const BlockOptions& options : Layouts()) {
    INFO("profiles/group " << options.profiles_per_group << ", samples/chunk "
                           << options.samples_per_chunk << ", samples/group "
                           << options.samples_per_group << ", window " << options.group_window_nanos
                           << ", level " << options.zstd_level);
    const std::string bytes = Build(inputs, options);
    const BlockReader block = OpenBytes(bytes);
    CHECK(block.Verify()->empty());
    const std::vector<std::string> answers = Answers(block, type);
    if (expected.empty()) expected = answers;
    const bool same = answers == expected;
    CHECK(same);
    const bool came_back = Describe(block) == Describe(inputs);
    CHECK(came_back);
  }
}

TEST_CASE("options that make no sense are refused by name") {
  const std::pair<BlockOptions, const char*> bad[] = {
      {{.group_window_nanos = 0}, "group_window_nanos"},
      {{.group_window_nanos = INT64_MIN}, "group_window_nanos"},
      {{.samples_per_group = 0}, "samples_per_group"},
      {{.samples_per_chunk = 0}, "samples_per_chunk"},
      {{.stripe_bytes = 4'095}, "stripe_bytes"},
      {{.zstd_level = -1}, "zstd_level"},
      {{.zstd_level = 20}, "zstd_level"},
      {{.smallest = true, .try_encodings = false}, "try_encodings"},
      {{.link_filter_bits = 33}, "link_filter_bits"},
  };
  for (const auto& [options, field] : bad) {
    const absl::Status status = BlockBuilder::Make(options).status();
    INFO(status);
    CHECK(absl::IsInvalidArgument(status));
    CHECK(std::string(status.message()).find(field) != std::string::npos);
  }
  CHECK(BlockBuilder::Make({.zstd_level = 19, .link_filter_bits = 32}).ok());
}

TEST_CASE("options change no answer: generated profiles") {
  for (uint64_t seed = 0; seed < ShareOf(4); ++seed) {
    INFO("seed " << seed);
    GenerateOptions options;
    options.everything = seed % 2 == 0;
    CheckLayouts(Generated(seed, 15, options), "cpu");
  }
}

TEST_CASE("options change no answer: a real heap series") {
  if (!CorpusPresent()) return;
  std::vector<Input> inputs = ReadSeries("checkout/v1.5.0/d", 1);
  std::erase_if(inputs, [](const Input& i) { return i.series.Get("kind") != "heap"; });
  REQUIRE(inputs.size() > 4);
  inputs.resize(5);
  // One value that is no scaled count: the whole chunk is then stored as it is.
  Input odd = inputs[2];
  odd.profile.samples.values[1] += 1;
  inputs.resize(3);
  CheckLayouts(inputs, "heap");
  inputs[1] = odd;
  CheckLayouts(inputs, "heap");
}

TEST_CASE("blocks without trials of encodings are at most a twentieth larger") {
  if (!CorpusPresent()) return;
  for (const char* kind : {"cpu", "heap"}) {
    INFO(kind);
    std::vector<Input> inputs = ReadSeries("checkout/v1.5.0/d", 1);
    std::erase_if(inputs, [&](const Input& i) { return i.series.Get("kind") != kind; });
    const size_t tried = Build(inputs).size();
    const size_t untried = Build(inputs, {.try_encodings = false}).size();
    CHECK(untried * 20 <= tried * 21);
  }
}

TEST_CASE("sums that leave 64 bits are not told as totals") {
  GenerateOptions options;
  options.extreme = true;
  options.everything = false;
  for (uint64_t seed = 0; seed < 20; ++seed) {
    const std::vector<Input> inputs = Generated(seed, 1, options);
    const Profile& p = inputs[0].profile;
    const std::string bytes = Build(inputs);
    const auto listing = OpenBytes(bytes).ListProfiles();
    ProfileTotals expected;
    bool fits = true;
    for (size_t v = 0; v < 2; ++v) {
      __int128 total = 0;
      for (size_t i = v; i < p.samples.values.size(); i += 2) total += p.samples.values[i];
      fits = fits && total == static_cast<int64_t>(total);
      expected.push_back(static_cast<int64_t>(total));
    }
    if (!fits) expected.clear();
    CHECK(listing->profiles[0].totals == expected);
  }
}

}  // namespace
}  // namespace dolerite::testing
