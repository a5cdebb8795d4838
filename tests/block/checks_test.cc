// Each check of the readers and of Verify, by one lie that nothing else would find.
#include <bit>
#include <cmath>
#include <functional>

#include "block/block_support.h"
#include "block/go_heap_types.h"
#include "dolerite/query.h"
#include "support/reseal.h"

namespace dolerite::testing {
namespace {

using Change = std::function<void(OpenBlock*)>;

std::string Changed(const std::vector<Input>& inputs, const BlockOptions& options,
                    const Change& change) {
  OpenBlock block = OpenBlock::Take(Build(inputs, options));
  change(&block);
  return block.Seal();
}

// What Verify says first; "" if the block is sound.
std::string FirstDamage(const std::string& block) {
  const auto damage = OpenBytes(block).Verify();
  REQUIRE(damage.ok());
  return damage->empty() ? "" : std::string(damage->front().status.message());
}

void CheckSays(const std::string& said, const std::string& what) {
  INFO(said);
  CHECK(said.find(what) != std::string::npos);
}

// Profiles of one sample each, of two types in turn.
std::vector<Input> TwoTypes() {
  std::vector<Input> inputs;
  for (int64_t i = 0; i < 4; ++i) {
    Profile p;
    StringTable& strings = p.symbols.strings;
    p.sample_types.push_back({strings.Add(i % 2 == 0 ? "cpu" : "wall"), strings.Add("count")});
    p.time_nanos = 100 + i;
    const Line line = {
        p.symbols.AddFunction(strings.Add("f"), strings.Add("f"), strings.Add("f.c"), 1), 3, 0};
    p.symbols.locations.lines.items.push_back(line);
    p.symbols.AddLocation({}, 7);
    p.stacks.items.push_back({0});
    p.stacks.Close();
    p.samples.stack.push_back({1}), p.samples.attributes.push_back({});
    p.samples.values.push_back(10 + i);
    inputs.push_back({{{"service_name", "two"}}, std::move(p)});
  }
  return inputs;
}

// Go heap profiles of one label set whose counts fall, so that the residual of their run is
// negative.
std::vector<Input> FallingHeaps() {
  std::vector<Input> inputs;
  for (int64_t i = 0; i < 3; ++i) {
    Profile p;
    const StringId bytes = AddGoHeapTypes(&p);
    p.period_type = {p.symbols.strings.Add("space"), bytes};
    p.period = 524288;
    p.time_nanos = i * 1'000'000'000;
    p.symbols.AddLocation({}, 1);
    p.stacks.items.push_back({0});
    p.stacks.Close();
    p.symbols.AddAttribute(bytes, AttributeKind::kInteger, 48, bytes);
    p.symbols.attribute_sets.items.push_back({0});
    p.symbols.attribute_sets.Close();
    p.samples.stack.push_back({1}), p.samples.attributes.push_back({1});
    for (int64_t n : {9 - 4 * i, 7 - 3 * i}) {
      const double scale = 1 / (1 - std::exp(-48.0 / 524288));
      p.samples.values.push_back(static_cast<int64_t>(static_cast<double>(n) * scale));
      p.samples.values.push_back(static_cast<int64_t>(static_cast<double>(n * 48) * scale));
    }
    inputs.push_back({{{"service_name", "heap"}}, std::move(p)});
  }
  return inputs;
}

const BlockOptions kOneGroup = {.profiles_per_group = 10};

int64_t TotalOf(const BlockReader& block, const char* sample_type, bool heads) {
  // Sums, not averages, whatever is measured.
  TreeQuery query({.selection = {.sample_type = sample_type}, .kinds = {}}, {.heads = heads});
  REQUIRE(query.Add(block).ok());
  return std::move(query).Finish()->columns[0].total[0];
}

TEST_CASE("heads of heaps whose counts fall say what their bodies do") {
  const std::vector<Input> inputs = FallingHeaps();
  OpenBlock open = OpenBlock::Take(Build(inputs, kOneGroup));
  OpenSection& heads = open.Section(SectionKind::kHeads);
  REQUIRE((heads.Column(column::kCounts).integers[0] & 2) != 0);      // stored as counts
  REQUIRE(heads.Column(column::kResiduals).integers.at(0) % 2 == 1);  // zigzag: negative
  const std::string bytes = open.Seal();
  const BlockReader block = OpenBytes(bytes);
  CHECK(FirstDamage(bytes).empty());
  for (size_t v = 0; v < 4; ++v) {
    int64_t sum = 0;
    for (const Input& input : inputs) sum += input.profile.samples.values[v];
    const char* names[] = {"alloc_objects", "alloc_space", "inuse_objects", "inuse_space"};
    CHECK(TotalOf(block, names[v], true) == sum);
    CHECK(TotalOf(block, names[v], false) == sum);
  }
}

TEST_CASE("a scale lies between 1 and 1e15") {
  const auto read = [](double scale) {
    const std::string block = Changed(FallingHeaps(), kOneGroup, [&](OpenBlock* b) {
      b->Section(SectionKind::kHeads).Column(column::kScales).integers = {
          std::bit_cast<uint64_t>(scale)};
    });
    return OpenBytes(block).ReadProfile(0).status();
  };
  CHECK(read(1).ok());
  CHECK(read(1e15).ok());
  for (double scale : {0.999, 1.001e15, -2.0, std::nan("")}) {
    CHECK(absl::IsDataLoss(read(scale)));
    CheckSays(std::string(read(scale).message()), "is not between 1 and 1e15");
  }
}

TEST_CASE("a chunk holds groups of one profile type") {
  const std::string block = Changed(TwoTypes(), kOneGroup, [](OpenBlock* b) {
    OpenSection& profiles = b->Section(SectionKind::kProfiles);
    REQUIRE(profiles.Column(column::kCounts).integers.at(6) == 2);
    profiles.Column(column::kCounts).integers[6] = 1;
    profiles.Column(column::kChunkGroups).integers = {2};
  });
  const absl::Status status = OpenBytes(block).ListProfiles().status();
  CHECK(absl::IsDataLoss(status));
  CheckSays(std::string(status.message()), "a chunk mixes profile types");
}

TEST_CASE("rows of profiles count sixteenfold against the limit of rows") {
  const std::string block = Build(TwoTypes());
  const auto read = [&](size_t rows) {
    BlockReader::Options options;
    options.limits.section_rows = rows;
    return BlockReader::FromBytes(block, options)->ListProfiles().status();
  };
  CHECK(read(16 * 4).ok());
  CHECK(absl::IsResourceExhausted(read(16 * 4 - 1)));
}

TEST_CASE("a function's file is one of the strings") {
  const auto read = [](uint64_t beyond) {
    const std::string block = Changed(TwoTypes(), {}, [&](OpenBlock* b) {
      OpenSection& symbols = b->Section(SectionKind::kSymbols);
      symbols.Column(column::kFunctionFiles).integers = {
          symbols.Column(column::kCounts).integers[0] + beyond};
    });
    return OpenBytes(block).ReadProfile(0).status();
  };
  CHECK(read(0).ok());  // ids count from 1: the last string
  CHECK(absl::IsDataLoss(read(1)));
  CheckSays(std::string(read(1).message()), "function file");
}

TEST_CASE("a series whose label has no name is damage, not a wrong argument") {
  const std::string block = Changed(TwoTypes(), {}, [](OpenBlock* b) {
    b->Section(SectionKind::kProfiles).Column(column::kSeriesLabels).integers.at(0) = 0;
  });
  for (const absl::Status& status :
       {OpenBytes(block).ListProfiles().status(), OpenBytes(block).ReadProfile(0).status()}) {
    CHECK(absl::IsDataLoss(status));
    CheckSays(std::string(status.message()), "profiles section at offset");
    CheckSays(std::string(status.message()), "series 0");
  }
}

TEST_CASE("verify holds each profile against its content check and totals") {
  const auto damage = [](uint8_t id) {
    return FirstDamage(Changed(TwoTypes(), {}, [&](OpenBlock* b) {
      ++b->Section(SectionKind::kProfiles).Column(id).integers.at(0);
    }));
  };
  CheckSays(damage(column::kProfileChecks), "do not have the content");
  CheckSays(damage(column::kTotals), "do not add up to its totals");
}

TEST_CASE("verify holds heads against bodies") {
  const std::string block = Changed(FallingHeaps(), kOneGroup, [](OpenBlock* b) {
    OpenColumn& excess = b->Section(SectionKind::kHeads).Column(column::kScaledExcess, 0);
    excess.integers.resize(1);
    excess.integers[0] += 2;
  });
  CheckSays(FirstDamage(block), "head and body disagree");
}

TEST_CASE("what the footer says of a dataset is held against its tables, by all who read them") {
  const auto lie = [](const std::function<void(FooterDataset*)>& change, const std::string& what) {
    const std::string bytes =
        Changed(TwoTypes(), {}, [&](OpenBlock* b) { change(&b->footer.datasets[0]); });
    const BlockReader block = OpenBytes(bytes);
    INFO(what);
    CheckSays(FirstDamage(bytes), what);
    TreeQuery query({{.profile_type = "cpu"}});
    for (const absl::Status& status : {block.ListProfiles().status(), block.Usage().status(),
                                       block.ReadProfile(0).status(), query.Add(block)}) {
      CHECK(absl::IsDataLoss(status));
      CheckSays(std::string(status.message()), "dataset \"");
    }
    const absl::StatusOr<std::string> dump = block.Dump();
    REQUIRE(dump.ok());
    CheckSays(*dump, "  damaged: ");
    CheckSays(*dump, what);
  };
  lie([](FooterDataset* d) { ++d->summary.profiles; }, "profiles 5, its profiles section 4");
  lie([](FooterDataset* d) { ++d->summary.series; }, "series 3, its profiles section 2");
  lie([](FooterDataset* d) { ++d->summary.samples; }, "samples 5, its profiles section 4");
  lie([](FooterDataset* d) { --d->summary.min_time_nanos; }, "first time 99");
  lie([](FooterDataset* d) { ++d->summary.max_time_nanos; }, "last time 104");
  lie([](FooterDataset* d) { d->summary.name = "too"; }, "the footer gives it this name");
  lie([](FooterDataset* d) { d->label_summary.back() ^= 1; }, "label summary of the footer");
}

}  // namespace
}  // namespace dolerite::testing
