// Blocks of great regularity: they store few bytes of many rows, and default limits read them all
// the same, since the writer pads them.
#include <numeric>

#include "block/block_support.h"
#include "block/dataset_builder.h"
#include "block/dataset_reader.h"
#include "block/read_profiles.h"
#include "block/regular_shapes.h"
#include "dolerite/query.h"
#include "support/reseal.h"

namespace dolerite::testing {
namespace {

// All profiles of a block are read with default limits, and nothing is damaged.
void CheckProfiles(const BlockReader& reader, size_t profiles) {
  std::vector<size_t> all;
  for (size_t i = 0; i < profiles; ++i) all.push_back(i);
  size_t read = 0;
  const absl::Status done = reader.ReadProfiles(all, [&](size_t, const Profile&) {
    ++read;
    return absl::OkStatus();
  });
  CHECK(done == absl::OkStatus());
  CHECK(read == profiles);
  const auto damage = reader.Verify();
  REQUIRE(damage.ok());
  CHECK(damage->empty());
}

// The same, and a flame graph.
void CheckReadable(const std::string& block, size_t profiles, bool padded) {
  INFO(block.size() << " bytes");
  const BlockReader reader = OpenBytes(block);
  CheckProfiles(reader, profiles);
  TreeQuery query({.by = FrameBy::kAddress});
  CHECK(query.Add(reader) == absl::OkStatus());
  const OpenBlock open = OpenBlock::Take(block);
  CHECK((open.sections[0].entry.kind == SectionKind::kPadding) == padded);
}

TEST_CASE("a regular block: many equal profiles") {
  for (const size_t n : {size_t{1'000}, size_t{150'000}}) {
    BlockBuilder builder = *BlockBuilder::Make();
    Profile p = Addresses(1);
    for (size_t i = 0; i < n; ++i) {
      p.time_nanos = static_cast<int64_t>(i);
      REQUIRE(builder.Add({{"service_name", "s"}}, p).ok());
    }
    CheckReadable(*std::move(builder).Finish(), n, n > 100'000);
  }
}

TEST_CASE("a regular block: many addresses at equal distances") {
  for (const size_t n : {size_t{1'000}, size_t{300'000}}) {
    CheckReadable(Build({{{}, Addresses(n)}}), 1, n > 100'000);
  }
}

TEST_CASE("a regular block: many types of the same stacks") {
  std::vector<Input> inputs;
  for (int i = 0; i < 60; ++i) {
    inputs.push_back({{{"service_name", "s"}, {"__name__", std::to_string(i)}}, Addresses(5'000)});
  }
  CheckProfiles(OpenBytes(Build(inputs)), 60);
}

TEST_CASE("a regular block: many datasets") {
  std::vector<Input> inputs;
  for (int i = 0; i < 200; ++i) {
    inputs.push_back({{{"service_name", "s" + std::to_string(i)}}, Addresses(2'000)});
  }
  CheckReadable(Build(inputs), 200, true);
}

TEST_CASE("a regular block: heaps, links, times, payloads, labels, names") {
  CheckReadable(Build({{{}, GoHeap(90'000)}}), 1, true);
  CheckReadable(Build({{{}, OneLink(200'000)}}), 1, true);
  CheckReadable(Build({{{}, Times(700'000, false)}}), 1, true);
  CheckReadable(Build({{{}, Times(400'000, true)}}), 1, true);
  CheckReadable(Build({{{}, Payload(12 << 20)}}), 1, true);
  CheckReadable(Build({{{}, LabelSets(120'000)}}), 1, true);
  CheckReadable(Build({{{}, Names(60'000)}}), 1, true);
}

// The least memory within which all profiles of a block of one dataset are read.
size_t LeastMemory(const std::string& block, size_t profiles) {
  const BlockReader reader = OpenBytes(block);
  std::vector<uint32_t> all(profiles);
  std::iota(all.begin(), all.end(), 0u);
  const auto suffices = [&](size_t bytes) {
    MemoryBudget budget(bytes);
    IoCost cost{.memory = &budget};
    DatasetReader dataset(BlockAccess::Of(reader), 0, &cost);
    return VisitProfiles(&dataset, all, ProfileAssembler::Rows::kOwn,
                         [](uint32_t, const Profile&) { return absl::OkStatus(); })
        .ok();
  };
  size_t least = 0, most = size_t{1} << 30;
  REQUIRE(suffices(most));
  while (most - least > most / 128) {
    const size_t middle = least + (most - least) / 2;
    (suffices(middle) ? most : least) = middle;
  }
  return most;
}

// Padding follows what the writer thinks that a reader needs. It must not think too little.
TEST_CASE("no reader needs more memory than the writer counts") {
  using Shape = std::pair<const char*, Profile (*)(size_t)>;
  const auto shape = GENERATE(values<Shape>({
      {"addresses", Addresses},
      {"names", Names},
      {"depth", Depth},
      {"label sets", LabelSets},
      {"Go heap", GoHeap},
      {"one link", OneLink},
      {"times", [](size_t n) { return Times(n, false); }},
      {"timed values", [](size_t n) { return Times(n, true); }},
      {"payload", [](size_t n) { return Payload(100 * n); }},
  }));
  const size_t n = GENERATE(300, 3'000, 20'000), copies = GENERATE(1, 5);
  DatasetBuilder dataset(
      std::make_shared<const BuilderSettings>(BuilderSettings{BlockOptions(), kFormatBounds}));
  SharedRemap shared;
  std::vector<Input> inputs;
  for (size_t i = 0; i < copies; ++i) {
    Input& input = inputs.emplace_back(Input{{{"service_name", "s"}}, shape.second(n / copies)});
    input.profile.time_nanos = static_cast<int64_t>(i);
    REQUIRE(dataset.Add(input.series, input.profile, UINT64_MAX, &shared).ok());
  }
  const absl::StatusOr<EncodedDataset> finished = std::move(dataset).Finish("s", nullptr);
  REQUIRE(finished.ok());
  const EncodedDataset& encoded = *finished;
  SectionBytes sections;
  for (const auto* some : {&encoded.cold, &encoded.hot}) {
    for (const EncodedSection& section : *some) sections.Add(section);
  }
  const size_t counted = encoded.need.memory + sections.loaded;
  const size_t least = LeastMemory(Build(inputs), copies);
  INFO(shape.first << ", " << copies << " times " << n / copies << ": " << least << " of "
                   << counted << " bytes, " << 100 * least / counted << " %");
  CHECK(least <= counted);
}

TEST_CASE("padding is what the bounds of readers lack") {
  CHECK(PaddingFor({}, {}, 1) == 0);
  CHECK(PaddingFor({32 << 20, 1 << 24}, {}, 1) == 0);
  CHECK(PaddingFor({(32 << 20) + 62, 0}, {}, 1) == 1);
  CHECK(PaddingFor({(32 << 20) + 64 * 1'000, 0}, {1'000, 0}, 1) == 0);
  CHECK(PaddingFor({0, (1 << 24) + 257}, {}, 1) == 2);
  CHECK(PaddingFor({1 << 20, 0}, {}, 1'000) == (768 << 10) / 62 + 1);
}

}  // namespace
}  // namespace dolerite::testing
