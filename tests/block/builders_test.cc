// Builders that are merged, and builders that are used again.
#include "block/block_support.h"
#include "block/bounded_builder.h"

namespace dolerite::testing {
namespace {

// Deals the inputs out to some builders and merges these in a random order.
std::string BuildInParts(const std::vector<Input>& inputs, size_t parts, uint64_t seed,
                         const BlockOptions& options = {}) {
  Random random(seed);
  std::vector<BlockBuilder> builders;
  for (size_t i = 0; i < parts; ++i) builders.push_back(*BlockBuilder::Make(options));
  for (const Input& input : inputs) {
    REQUIRE(builders[random.Below(parts)].Add(input.series, input.profile).ok());
  }
  while (builders.size() > 1) {
    const size_t from = random.Below(builders.size());
    BlockBuilder merged = std::move(builders[from]);
    builders.erase(builders.begin() + static_cast<ptrdiff_t>(from));
    BlockBuilder& to = builders[random.Below(builders.size())];
    const size_t profiles = to.profiles() + merged.profiles();
    const absl::Status status = to.Merge(std::move(merged));
    INFO(status);
    REQUIRE(status.ok());
    CHECK(to.profiles() == profiles);
    CHECK(merged.profiles() == 0);
    CHECK(merged.memory_bytes() == 0);
    CHECK(absl::IsFailedPrecondition(merged.Add({}, Profile())));
  }
  const absl::StatusOr<std::string> block = std::move(builders[0]).Finish();
  INFO(block.status());
  REQUIRE(block.ok());
  return *block;
}

TEST_CASE("merged builders make the block of one that took all") {
  for (uint64_t seed = 0; seed < 24; ++seed) {
    INFO("seed " << seed);
    GenerateOptions generate;
    generate.extreme = seed % 4 == 0;
    std::vector<Input> inputs = Generated(seed, 14, generate);
    inputs.push_back(inputs[seed % 14]);  // stored once, whoever brings it
    const BlockOptions options{.profiles_per_group = static_cast<uint32_t>(seed % 3),
                               .samples_per_chunk = seed % 2 ? 60u : 65'536u};
    const bool same = BuildInParts(inputs, 1 + seed % 5, seed, options) == Build(inputs, options);
    CHECK(same);
  }
}

TEST_CASE("merged builders of a real series make the block of one") {
  if (!CorpusPresent()) return;
  const std::vector<Input> inputs = ReadSeries("checkout", 8);
  const std::string block = Build(inputs);
  for (const size_t parts : {2, 7}) {
    const bool same = BuildInParts(inputs, parts, parts) == block;
    CHECK(same);
  }
}

TEST_CASE("memory of merged builders is counted") {
  const std::vector<Input> inputs = Generated(3, 20);
  BlockBuilder a = *BlockBuilder::Make(), b = *BlockBuilder::Make();
  for (size_t i = 0; i < inputs.size(); ++i) {
    REQUIRE((i % 2 ? a : b).Add(inputs[i].series, inputs[i].profile).ok());
  }
  const size_t before = a.memory_bytes();
  REQUIRE(a.Merge(std::move(b)).ok());
  CHECK(a.memory_bytes() > before);
  // What is there once more adds rows, and nothing to the tables.
  REQUIRE(a.Merge(*BlockBuilder::Make()).ok());
  CHECK(a.profiles() == 20);
}

// Refuses the merge with `code`, and leaves both as they were.
void CheckRefused(BlockBuilder* a, BlockBuilder* b, absl::StatusCode code, const std::string& why) {
  const size_t memory = a->memory_bytes() + b->memory_bytes(), profiles = a->profiles();
  const absl::Status refused = a->Merge(std::move(*b));
  INFO(refused);
  CHECK(refused.code() == code);
  CHECK(std::string(refused.message()).find(why) != std::string::npos);
  CHECK(a->memory_bytes() + b->memory_bytes() == memory);
  CHECK(a->profiles() == profiles);
}

TEST_CASE("a merge that is refused changes neither builder") {
  const std::vector<Input> inputs = Generated(4, 12);
  const std::vector<Input> first(inputs.begin(), inputs.begin() + 6);
  const std::vector<Input> second(inputs.begin() + 6, inputs.end());
  const auto fill = [](const std::vector<Input>& with, BlockBuilder builder) {
    for (const Input& input : with) REQUIRE(builder.Add(input.series, input.profile).ok());
    return builder;
  };
  {
    BlockBuilder a = fill(first, *BlockBuilder::Make());
    BlockBuilder b = fill(second, *BlockBuilder::Make({.samples_per_chunk = 9}));
    CheckRefused(&a, &b, absl::StatusCode::kInvalidArgument, "different BlockOptions");
    CHECK(*std::move(a).Finish() == Build(first));
    CHECK(*std::move(b).Finish() == Build(second, {.samples_per_chunk = 9}));
  }
  {
    BlockBuilder a = fill(first, *BlockBuilder::Make());
    CheckRefused(&a, &a, absl::StatusCode::kInvalidArgument, "into itself");
    BlockBuilder b = *BlockBuilder::Make();
    REQUIRE(std::move(b).Finish().ok());
    CheckRefused(&a, &b, absl::StatusCode::kFailedPrecondition, "finished");
    CheckRefused(&b, &a, absl::StatusCode::kFailedPrecondition, "finished");
    CHECK(*std::move(a).Finish() == Build(first));
  }
}

TEST_CASE("two builders pass a bound together") {
  const auto fill = [](int begin, int end, FormatBounds bounds) {
    BlockBuilder builder = *BoundedBuilder::Make({}, bounds);
    for (int i = begin; i < end; ++i) {
      Profile p;
      p.time_nanos = i;
      REQUIRE(builder.Add({{"service_name", "s"}}, p).ok());
    }
    return builder;
  };
  const FormatBounds few{.profile_rows = 20};
  const auto block = [&](int begin, int end) { return *fill(begin, end, few).Finish(); };
  {
    BlockBuilder a = fill(0, 10, few), b = fill(10, 20, few);
    REQUIRE(a.Merge(std::move(b)).ok());
    CHECK(*std::move(a).Finish() == block(0, 20));
  }
  BlockBuilder a = fill(0, 10, few), b = fill(10, 21, few);
  CheckRefused(&a, &b, absl::StatusCode::kResourceExhausted, "profiles");
  CHECK(*std::move(a).Finish() == block(0, 10));
  CHECK(*std::move(b).Finish() == block(10, 21));
}

TEST_CASE("datasets that only one builder has count too: the footer has a bound") {
  const auto one = [](const char* service, uint64_t bytes) -> absl::StatusOr<BlockBuilder> {
    BlockBuilder builder = *BoundedBuilder::Make({}, {.footer_bytes = bytes});
    const absl::Status added = builder.Add({{"service_name", service}}, Profile());
    if (!added.ok()) return added;
    return builder;
  };
  uint64_t bytes = 100;
  while (!one("a", bytes).ok()) bytes += 20;
  BlockBuilder a = *one("a", bytes), b = *one("b", bytes);
  CheckRefused(&a, &b, absl::StatusCode::kResourceExhausted, "footer");
  BlockBuilder c = *one("c", 2 * bytes), d = *one("d", 2 * bytes);
  REQUIRE(c.Merge(std::move(d)).ok());
  CHECK(OpenBytes(*std::move(c).Finish()).summary().datasets.size() == 2);
}

TEST_CASE("a builder that is reset makes the bytes of a new one") {
  BlockBuilder builder = *BlockBuilder::Make();
  for (uint64_t seed = 0; seed < 12; ++seed) {
    INFO("seed " << seed);
    const std::vector<Input> inputs = Generated(seed % 5, 3 + 4 * (seed % 4));
    for (const Input& input : inputs) REQUIRE(builder.Add(input.series, input.profile).ok());
    CHECK(builder.profiles() == inputs.size());
    if (seed % 3 != 0) {
      const absl::StatusOr<std::string> block = std::move(builder).Finish();
      REQUIRE(block.ok());
      const bool same = *block == Build(inputs);
      CHECK(same);
      CHECK(absl::IsFailedPrecondition(builder.Add({}, Profile())));
    }
    builder.Reset(seed % 2 ? 0 : 64 << 20);
    CHECK(builder.profiles() == 0);
    CHECK(builder.memory_bytes() == 0);
  }
  CHECK(*std::move(builder).Finish() == Build({}));
}

TEST_CASE("a builder is reset after errors and merges") {
  const std::vector<Input> inputs = Generated(7, 8);
  BlockBuilder builder = *BlockBuilder::Make();
  for (const Input& input : inputs) REQUIRE(builder.Add(input.series, input.profile).ok());
  const absl::Status failed =
      std::move(builder).Finish([](std::string_view) { return absl::CancelledError("full"); });
  CHECK(absl::IsCancelled(failed));
  builder.Reset();
  for (const Input& input : inputs) REQUIRE(builder.Add(input.series, input.profile).ok());
  BlockBuilder other = *BlockBuilder::Make();
  REQUIRE(other.Merge(std::move(builder)).ok());
  CHECK(*std::move(other).Finish() == Build(inputs));
  builder.Reset(), other.Reset();
  REQUIRE(builder.Add(inputs[0].series, inputs[0].profile).ok());
  REQUIRE(other.Add(inputs[1].series, inputs[1].profile).ok());
  REQUIRE(builder.Merge(std::move(other)).ok());
  CHECK(*std::move(builder).Finish() == Build({inputs[0], inputs[1]}));
}

}  // namespace
}  // namespace dolerite::testing
