// A merged block has the bytes of a block that is built of the same profiles.
#include "block/block_merger.h"

#include "block/merge_support.h"

namespace dolerite::testing {
namespace {

// Deals inputs out to blocks at random, some of them twice.
std::vector<std::string> Split(const std::vector<Input>& inputs, size_t blocks, Random* random,
                               const BlockOptions& options = {}) {
  std::vector<std::vector<Input>> parts(blocks);
  for (const Input& input : inputs) {
    parts[random->Below(blocks)].push_back(input);
    if (random->Below(8) == 0) parts[random->Below(blocks)].push_back(input);
  }
  std::vector<std::string> out;
  for (const std::vector<Input>& part : parts) out.push_back(Build(part, options));
  return out;
}

void CheckMerges(const std::vector<Input>& inputs, const BlockOptions& options, Random* random) {
  const std::string built = Build(inputs, options);
  for (const size_t blocks : {size_t{1}, size_t{2}, size_t{7}}) {
    const auto merged = Merge(Split(inputs, blocks, random, options), options);
    INFO(blocks << " blocks: " << merged.status());
    REQUIRE(merged.ok());
    CHECK((*merged == built));
  }
}

TEST_CASE("merging blocks: the same bytes as built, profiles with every feature") {
  for (uint64_t seed = 0; seed < 12; ++seed) {
    INFO("seed " << seed);
    Random random(seed);
    BlockOptions options;
    options.samples_per_chunk = 1 + random.Below(40);
    options.profiles_per_group = random.Below(4);
    options.stripe_bytes = 4'096 << random.Below(6);
    options.unscale_go_heap = random.Below(2) == 0;
    CheckMerges(Generated(seed, 20), options, &random);
  }
}

TEST_CASE("merging blocks: the same bytes as built, series of the corpus") {
  Random random(1);
  for (const char* service : {"checkout", "prometheus"}) {
    const std::vector<Input> inputs = ReadSeries(service, 9);
    CheckMerges(inputs, {}, &random);
  }
}

TEST_CASE("merging blocks: the options of the inputs do not matter") {
  Random random(3);
  const std::vector<Input> inputs = Generated(50, 20);
  BlockOptions other;
  other.samples_per_chunk = 10, other.profiles_per_group = 1, other.zstd_level = 1;
  other.type_labels = {};
  const auto merged = Merge(Split(inputs, 3, &random, other));
  REQUIRE(merged.ok());
  CHECK((*merged == Build(inputs)));
}

TEST_CASE("merging blocks: profiles that several have count once") {
  const std::vector<Input> inputs = Generated(5, 10);
  MergeCounts counts;
  const auto merged = Merge({Build(inputs), Build(inputs), Build(inputs)}, {}, 1 << 30, &counts);
  REQUIRE(merged.ok());
  CHECK((*merged == Build(inputs)));
  CHECK(counts.profiles == 10);
  CHECK(counts.duplicates == 20);
}

// Tables keep nothing that only profiles had that were left out.
TEST_CASE("merging blocks: some profiles left out give the bytes of the others") {
  for (uint64_t seed = 0; seed < 8; ++seed) {
    INFO("seed " << seed);
    Random random(seed);
    const std::vector<Input> inputs = Generated(200 + seed, 20);
    const auto is_taken = [&](int64_t time) {
      return (time ^ static_cast<int64_t>(seed)) % 3 != 0;
    };
    std::vector<Input> kept;
    for (const Input& input : inputs) {
      if (is_taken(input.profile.time_nanos)) kept.push_back(input);
    }
    REQUIRE(kept.size() < inputs.size());
    const auto merged =
        Merge(Split(inputs, 3, &random), {}, 1 << 30, nullptr, [&](const ProfileTable& table) {
          std::vector<char> taken;
          for (const ProfileRow& row : table.profiles) {
            taken.push_back(is_taken(row.time_nanos));
          }
          return taken;
        });
    INFO(merged.status());
    REQUIRE(merged.ok());
    CHECK((*merged == Build(kept)));
  }
}

TEST_CASE("merging blocks: what does not fit into the budget is refused by its size") {
  const std::vector<std::string> blocks = {Build(Generated(1, 10)), Build(Generated(2, 10))};
  for (size_t budget = 1'000; budget < 1'000'000; budget *= 2) {
    const auto merged = Merge(blocks, {}, budget);
    if (merged.ok()) continue;
    CHECK(absl::IsResourceExhausted(merged.status()));
  }
  CHECK_FALSE(Merge(blocks, {}, 10'000).ok());
}

TEST_CASE("merging blocks: nothing gives an empty block") {
  CHECK((*Merge({}) == Build({})));
  CHECK((*Merge({Build({}), Build({})}) == Build({})));
}

}  // namespace
}  // namespace dolerite::testing
