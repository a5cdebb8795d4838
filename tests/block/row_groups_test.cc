// Where row groups and chunks end.
#include "block/row_groups.h"

#include "block/block_support.h"

namespace dolerite::testing {
namespace {

// A table of one series of profiles at the same time, each with one sample of this value.
struct Grouped {
  ProfileTable table;
  std::vector<ChunkLoad> loads;

  explicit Grouped(const std::vector<int64_t>& values) {
    table.types.resize(1);
    table.types[0].sample_types.resize(1);
    table.series.resize(1);
    for (const int64_t value : values) {
      table.profiles.emplace_back().totals = {{value, 0}};
      loads.emplace_back().most[ChunkLoad::kSamples] = 1;
    }
  }

  std::vector<uint32_t> Sizes(const BlockOptions& options = {},
                              const FormatBounds& bounds = kFormatBounds) {
    table.groups.clear(), table.chunks.clear();
    MakeRowGroups(
        options, bounds, [&](uint32_t p) { return loads[p]; }, &table);
    std::vector<uint32_t> sizes;
    for (const RowGroup& group : table.groups) sizes.push_back(group.profiles);
    return sizes;
  }
};

TEST_CASE("a row group ends before sums of its values could leave 64 bits") {
  constexpr int64_t kHalf = INT64_MAX / 2;
  CHECK(Grouped({kHalf, kHalf, 1, 1, 1}).Sizes() == std::vector<uint32_t>{3, 2});
  CHECK(Grouped({kHalf, kHalf, 1, 0, 0}).Sizes() == std::vector<uint32_t>{5});
  // Signs do not help: samples of a group may be summed in part.
  CHECK(Grouped({INT64_MAX, -1, INT64_MAX, -1}).Sizes() == std::vector<uint32_t>{1, 1, 1, 1});
  CHECK(Grouped({INT64_MIN, 0, 0, 0}).Sizes() == std::vector<uint32_t>{1, 3});
}

TEST_CASE("row groups and chunks end before their payloads are many") {
  Grouped grouped({1, 1, 1, 1, 1});
  for (ChunkLoad& load : grouped.loads)
    load.most[ChunkLoad::kPayloads] = BlockOptions().stripe_bytes / 2;
  CHECK(grouped.Sizes() == std::vector<uint32_t>{2, 2, 1});
  CHECK(grouped.table.chunks.size() == 3);
  grouped.loads[2].most[ChunkLoad::kPayloads] = 5 * BlockOptions().stripe_bytes;
  CHECK(grouped.Sizes() == std::vector<uint32_t>{2, 1, 2});
}

TEST_CASE("no chunk passes a bound, and the number of chunks is foreseen") {
  Random random(1);
  for (int round = 0; round < 200; ++round) {
    std::vector<int64_t> values(1 + random.Below(40));
    Grouped grouped(values);
    FormatBounds bounds;
    bounds.table_rows = 30;
    ChunkLoad sum;
    for (ChunkLoad& load : grouped.loads) {
      load.most[ChunkLoad::kTimes] = random.Below(31);
      sum += load;
    }
    BlockOptions options;
    options.profiles_per_group = random.Below(4);
    options.samples_per_chunk = 1 + random.Below(10);
    grouped.Sizes(options, bounds);
    for (const Chunk& chunk : grouped.table.chunks) {
      ChunkLoad load;
      for (uint32_t g = chunk.first_group; g < chunk.first_group + chunk.groups; ++g) {
        const RowGroup& group = grouped.table.groups[g];
        for (uint32_t p = 0; p < group.profiles; ++p)
          load += grouped.loads[group.first_profile + p];
      }
      CHECK(CheckLoad(load, bounds).ok());
    }
    CHECK(grouped.table.chunks.size() <= MostChunks(options, bounds, values.size(), 1, sum));
  }
}

}  // namespace
}  // namespace dolerite::testing
