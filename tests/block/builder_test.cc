// The builder's account of memory, its sinks and its bounds.
#include "block/block_support.h"
#include "dolerite/stores.h"

namespace dolerite::testing {
namespace {

TEST_CASE("memory grows with what is held") {
  BlockBuilder builder = *BlockBuilder::Make();
  size_t last = builder.memory_bytes();
  for (const Input& input : Generated(1, 20)) {
    REQUIRE(builder.Add(input.series, input.profile).ok());
    CHECK(builder.memory_bytes() > last);
    last = builder.memory_bytes();
  }
  CHECK(builder.profiles() == 20);

  constexpr size_t kLarge = 3 << 20;
  const auto grows_by_large = [&](const LabelSet& series, const Profile& profile) {
    REQUIRE(builder.Add(series, profile).ok());
    const size_t before = last;
    last = builder.memory_bytes();
    return last >= before + kLarge;
  };
  Profile profile;
  SECTION("payload") { profile.payload.assign(kLarge, 'p'); }
  SECTION("unknown fields") { profile.unknown_fields.assign(kLarge, 'p'); }
  SECTION("comment") { profile.comments = {profile.symbols.strings.Add(std::string(kLarge, 'c'))}; }
  SECTION("samples") {
    profile.sample_types = {{}};
    const size_t samples = kLarge / 16;
    profile.samples.stack.resize(samples), profile.samples.attributes.resize(samples);
    profile.samples.values.resize(samples);
  }
  SECTION("timestamps") {
    profile.sample_types = {{}};
    profile.samples.stack.resize(1), profile.samples.attributes.resize(1);
    profile.samples.values.resize(1);
    profile.samples.shape = {SampleShape::kEvents};
    profile.samples.timestamps.items.resize(kLarge / 8);
    profile.samples.timestamps.Close();
  }
  CHECK(grows_by_large({{"service_name", "service0"}}, profile));
}

TEST_CASE("a sink gets the bytes that a string does, in order") {
  const std::vector<Input> inputs = Generated(2, 8);
  const std::string expected = Build(inputs);
  BlockBuilder builder = *BlockBuilder::Make();
  for (const Input& input : inputs) REQUIRE(builder.Add(input.series, input.profile).ok());
  std::string bytes;
  size_t pieces = 0;
  const absl::Status status = std::move(builder).Finish([&](std::string_view piece) {
    bytes += piece;
    ++pieces;
    return absl::OkStatus();
  });
  CHECK(status.ok());
  CHECK(bytes == expected);
  CHECK(pieces > 3);
}

TEST_CASE("a sink that fails ends the writing with its status") {
  for (int fail_at : {0, 1, 5}) {
    BlockBuilder builder = *BlockBuilder::Make();
    for (const Input& input : Generated(2, 8)) {
      REQUIRE(builder.Add(input.series, input.profile).ok());
    }
    int calls = 0;
    const absl::Status status = std::move(builder).Finish([&](std::string_view) {
      return calls++ == fail_at ? absl::UnavailableError("disk gone") : absl::OkStatus();
    });
    CHECK(status == absl::UnavailableError("disk gone"));
    CHECK(calls == fail_at + 1);
  }
}

TEST_CASE("a sink can bound a block") {
  const std::vector<Input> inputs = Generated(2, 8);
  const size_t size = Build(inputs).size();
  for (uint64_t most : {uint64_t{0}, uint64_t{7}, uint64_t{size - 1}, uint64_t{size}}) {
    BlockBuilder builder = *BlockBuilder::Make();
    for (const Input& input : inputs) REQUIRE(builder.Add(input.series, input.profile).ok());
    uint64_t written = 0;
    const absl::Status status = std::move(builder).Finish([&](std::string_view piece) {
      if (written + piece.size() > most) return absl::ResourceExhaustedError("too large");
      written += piece.size();
      return absl::OkStatus();
    });
    CHECK(status == (most < size ? absl::ResourceExhaustedError("too large") : absl::OkStatus()));
    CHECK((written == size) == (most == size));
  }
}

TEST_CASE("a summary tells datasets by name, with their counts and times") {
  std::vector<Input> inputs = Generated(8, 30);
  const std::string bytes = Build(inputs);
  const BlockReader block = OpenBytes(bytes);
  const BlockSummary& summary = block.summary();
  REQUIRE(summary.datasets.size() == 2);
  CHECK(summary.datasets[0].name == "service0");
  CHECK(summary.datasets[1].name == "service1");
  for (const DatasetSummary& dataset : summary.datasets) {
    uint64_t profiles = 0, samples = 0;
    int64_t first = INT64_MAX, last = INT64_MIN;
    for (const Input& input : inputs) {
      if (input.series.Get("service_name") != dataset.name) continue;
      ++profiles, samples += input.profile.samples.size();
      first = std::min(first, input.profile.time_nanos);
      last = std::max(last, input.profile.time_nanos);
    }
    CHECK(dataset.profiles == profiles);
    CHECK(dataset.samples == samples);
    CHECK(dataset.min_time_nanos == first);
    CHECK(dataset.max_time_nanos == last);
  }
  const auto usage = block.Usage();
  REQUIRE(usage.ok());
  uint64_t stored = 0;
  for (const ColumnUsage& column : *usage) stored += column.stored;
  CHECK(stored <= bytes.size());
  CHECK(stored > bytes.size() / 3);
}

}  // namespace
}  // namespace dolerite::testing
