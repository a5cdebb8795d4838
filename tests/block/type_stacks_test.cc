// Each profile type has stacks of its own: a reader decodes those that it is asked for, and what it
// has of several types is one tree.
#include <set>

#include "block/block_support.h"
#include "block/dataset_reader.h"
#include "block/split_stacks.h"
#include "support/reseal.h"

namespace dolerite::testing {
namespace {

std::vector<Input> ThreeTypes() {
  std::vector<Input> inputs = Generated(70, 12);
  for (size_t i = 0; i < inputs.size(); ++i) {
    inputs[i].series = {{"service_name", "shop"}, {"__name__", std::to_string(i % 3)}};
  }
  return inputs;
}

struct OneDataset {
  explicit OneDataset(const std::string& bytes)
      : block(OpenBytes(bytes)), reader(BlockAccess::Of(block), 0, &cost) {}

  BlockReader block;
  IoCost cost;
  DatasetReader reader;
};

// The locations of a stack, from the root in.
std::vector<uint32_t> PathOf(const StackTree& tree, uint32_t node) {
  std::vector<uint32_t> path;
  for (; node != 0; node = tree.parent[node]) path.push_back(tree.location[node].value);
  return {path.rbegin(), path.rend()};
}

// The stacks of a type, in the order of their ids.
std::vector<std::vector<uint32_t>> StacksOf(DatasetReader* reader, uint32_t type) {
  const absl::StatusOr<const TypeStacks*> stacks = reader->StacksOf(type);
  REQUIRE(stacks.ok());
  const StackTree& tree = (*reader->Symbols())->stacks;
  std::vector<std::vector<uint32_t>> out;
  for (uint32_t node : (*stacks)->ids) out.push_back(PathOf(tree, node));
  return out;
}

TEST_CASE("type stacks: a question about one type decodes its stacks alone") {
  const std::string bytes = Build(ThreeTypes());
  for (uint32_t type = 0; type < 3; ++type) {
    OneDataset one(bytes);
    TypeSet types(3, 0);
    types[type] = 1;
    const auto tables = one.reader.Stacks(types);
    REQUIRE(tables.ok());
    CHECK(one.cost.section_bytes[SectionKind::kStacks] ==
          one.reader.StoredBytes({{SectionKind::kStacks, type}}));
    const TypeStacks& stacks = **one.reader.StacksOf(type);
    CHECK((stacks.begin == 1 && stacks.end == (*tables)->stacks.size()));
  }
}

TEST_CASE("type stacks: the same in whatever order types are asked for") {
  const std::string bytes = Build(ThreeTypes());
  std::vector<std::vector<std::vector<uint32_t>>> expected;
  for (uint32_t type = 0; type < 3; ++type) {
    OneDataset one(bytes);
    expected.push_back(StacksOf(&one.reader, type));
    // Ids are ranks: stacks ascend, each once.
    CHECK(std::is_sorted(expected.back().begin(), expected.back().end()));
    CHECK(std::adjacent_find(expected.back().begin(), expected.back().end()) ==
          expected.back().end());
  }
  std::vector<uint32_t> order = {0, 1, 2};
  do {
    OneDataset one(bytes);
    for (uint32_t type : order) CHECK(StacksOf(&one.reader, type) == expected[type]);
    // Later types move none of those before.
    for (uint32_t type : order) CHECK(StacksOf(&one.reader, type) == expected[type]);
    CHECK(one.reader.Everything().ok());
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST_CASE("type stacks: a reader needs a section for each type that has samples") {
  OpenBlock block = OpenBlock::Take(Build(ThreeTypes()));
  std::erase_if(block.sections, [](const OpenSection& section) {
    return section.entry.kind == SectionKind::kStacks && section.entry.part == 1;
  });
  --block.footer.datasets[0].sections;
  const std::string bytes = block.Seal();
  OneDataset one(bytes);
  CHECK(one.reader.StacksOf(0).ok());
  CHECK(absl::IsDataLoss(one.reader.StacksOf(1).status()));
  CHECK(!one.block.Verify()->empty());
}

TEST_CASE("type stacks: a run outside its type's stacks is damage") {
  OpenBlock block = OpenBlock::Take(Build(ThreeTypes()));
  block.Section(SectionKind::kHeads).Column(column::kRunStacks).integers[0] += 1'000'000;
  const auto profile = OpenBytes(block.Seal()).ReadProfile(0);
  CHECK(absl::IsDataLoss(profile.status()));
  CHECK(profile.status().message().find("is outside its table of") != std::string_view::npos);
}

TEST_CASE("split stacks: the paths of the samples, and nothing else") {
  Random random(3);
  StackTree all;
  all.parent = {0}, all.location = {{}};
  for (uint32_t i = 1; i < 300; ++i) {  // pre-order: each node below one of the path to the last
    uint32_t parent = i - 1;
    for (uint64_t up = random.Below(4); up > 0; --up) parent = all.parent[parent];
    all.parent.push_back(parent), all.location.push_back({i});
  }
  StackSplitter splitter(all);
  for (int round = 0; round < 5; ++round) {
    std::vector<SampleRows> rows(2);
    std::set<uint32_t> used, nodes = {0};
    for (SampleRows& profile : rows) {
      for (size_t n = random.Below(30); n > 0; --n) profile.stack.push_back(random.Below(300));
      used.insert(profile.stack.begin(), profile.stack.end());
    }
    for (uint32_t node : used) {
      for (; node != 0; node = all.parent[node]) nodes.insert(node);
    }
    std::vector<SampleRows> split_rows = rows;
    const SplitStacks split = splitter.Split(split_rows);
    CHECK(split.tree.size() == nodes.size());
    CHECK(split.sampled.size() == used.size());
    for (size_t p = 0; p < rows.size(); ++p) {
      for (size_t i = 0; i < rows[p].size(); ++i) {
        const uint32_t node = split.sampled[split_rows[p].stack[i]];
        CHECK(PathOf(split.tree, node) == PathOf(all, rows[p].stack[i]));
      }
    }
  }
}

}  // namespace
}  // namespace dolerite::testing
