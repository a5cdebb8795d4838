// Finished trees with exact sums: merging is adding up, in whatever order and grouping.
#include "model/sum_tree.h"

#include <catch2/catch.hpp>

#include "model/frame_tree.h"
#include "support/generate.h"
#include "support/trees.h"

namespace dolerite::testing {
namespace {

// The tree of some stacks, in order: stacks are by name, and a stack comes before longer ones.
SumTree SumsOf(const ValuesByStack& values, size_t columns) {
  const Tree tree = TreeOf(values, columns);
  std::map<std::string, uint32_t> names;
  for (const StringId name : tree.name) names[std::string(tree.names[name])] = 0;
  SumTree out(columns);
  for (auto& [name, row] : names) {
    if (!name.empty()) row = out.names.Add(name).value;
  }
  std::vector<uint32_t> depth(tree.size());
  for (size_t i = 1; i < tree.size(); ++i) {
    depth[i] = depth[tree.parent[i]] + 1;
    out.Add(depth[i], names[std::string(tree.names[tree.name[i]])]);
  }
  for (size_t i = 0; i < tree.size(); ++i) {
    for (size_t c = 0; c < columns; ++c) out.self[i * columns + c] = tree.columns[c].self[i];
  }
  return out;
}

// Each node's stack and its sums, those of 0 too.
std::map<StackOfNames, std::vector<__int128>> Read(const SumTree& tree) {
  std::map<StackOfNames, std::vector<__int128>> out;
  StackOfNames path;
  StackOfNames last;
  for (size_t i = 0; i < tree.size(); ++i) {
    if (i > 0) {
      REQUIRE(tree.depth[i] >= 1);
      REQUIRE(tree.depth[i] <= path.size() + 1);
      path.resize(tree.depth[i] - 1);
      path.emplace_back(tree.names[StringId{tree.name[i]}]);
      CHECK(last < path);  // pre-order, siblings by name, each once
    }
    last = path;
    const auto begin = tree.self.begin() + static_cast<ptrdiff_t>(i * tree.columns);
    out[path].assign(begin, begin + static_cast<ptrdiff_t>(tree.columns));
  }
  return out;
}

TEST_CASE("merging two trees adds up each stack") {
  for (uint64_t seed = 0; seed < 200; ++seed) {
    Random random(seed);
    const size_t columns = 1 + seed % 3;
    const ValuesByStack a = RandomStacks(random.Below(40), columns, true, random);
    const ValuesByStack b = RandomStacks(random.Below(40), columns, true, random);
    ValuesByStack both = a;
    for (const auto& [stack, values] : b) {
      auto& sums = both[stack];
      sums.resize(columns);
      for (size_t c = 0; c < columns; ++c) sums[c] += values[c];
    }
    const SumTree left = SumsOf(a, columns), right = SumsOf(b, columns);
    const absl::StatusOr<SumTree> merged = MergeTrees(left, right, {});
    REQUIRE(merged.ok());
    const bool sums = Read(*merged) == Read(SumsOf(both, columns));
    CHECK(sums);
    const bool same = Read(*MergeTrees(right, left, {})) == Read(*merged);
    CHECK(same);
    CHECK(merged->names.size() <= left.names.size() + right.names.size());
    for (uint32_t i = 1; i < merged->names.size(); ++i) {
      CHECK(merged->names[StringId{i - 1}] < merged->names[StringId{i}]);
    }
  }
}

TEST_CASE("a growing tree takes finished ones, of fewer columns too") {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    Random random(seed);
    const ValuesByStack values = RandomStacks(30, 1, true, random);
    const SumTree sums = SumsOf(values, 1);
    FrameTree growing(2);
    const uint32_t other = growing.Child(0, growing.Name("another"));
    const std::vector<uint32_t> nodes = growing.Merge(sums).value();
    CHECK(growing.Merge(sums).value() == nodes);
    REQUIRE(nodes.size() == sums.size());
    for (size_t i = 1; i < nodes.size(); ++i) {
      CHECK(nodes[i] != other);
      CHECK(growing.names()[growing.name_of(nodes[i])] == sums.names[StringId{sums.name[i]}]);
      CHECK(growing.self(nodes[i], 0) == 2 * sums.self[i]);
      CHECK(growing.self(nodes[i], 1) == 0);
      if (sums.depth[i] > sums.depth[i - 1]) CHECK(growing.parent(nodes[i]) == nodes[i - 1]);
    }
  }
}

TEST_CASE("a finished tree has the nodes that lead to a value, and their names") {
  const SumTree sums =
      SumsOf({{{"a", "b"}, {0, 6}}, {{"a", "c", "d"}, {0, 0}}, {{"e"}, {4, 0}}}, 2);
  const absl::StatusOr<Tree> tree = FinishTree(sums, 2, {});
  REQUIRE(tree.ok());
  REQUIRE(tree->size() == 4);
  CHECK(tree->names.size() == 4);
  CHECK(tree->parent == std::vector<uint32_t>{0, 0, 1, 0});
  CHECK(tree->columns[0].self == std::vector<int64_t>{0, 0, 0, 2});
  CHECK(tree->columns[1].total == std::vector<int64_t>{3, 3, 3, 0});
}

TEST_CASE("sums that leave 64 bits on the way are exact, and refused in the end") {
  SumTree most = SumsOf({{{"a"}, {INT64_MAX}}}, 1);
  const SumTree twice = *MergeTrees(most, most, {});
  CHECK(absl::IsOutOfRange(FinishTree(twice, 1, {}).status()));
  CHECK(FinishTree(twice, 2, {})->columns[0].self[1] == INT64_MAX);
  const SumTree back = *MergeTrees(twice, SumsOf({{{"a"}, {INT64_MIN}}}, 1), {});
  CHECK(FinishTree(back, 1, {})->columns[0].self[1] == INT64_MAX - 1);
}

TEST_CASE("a host stops long merges") {
  SumTree wide;
  for (uint32_t i = 0; i < 50'000; ++i) {
    std::string name = "00000" + std::to_string(i);
    wide.Add(1, wide.names.Add(name.substr(name.size() - 5)).value);
  }
  size_t asked = 0;
  const CallContext counts{.check = [&] { return ++asked, absl::OkStatus(); }};
  REQUIRE(MergeTrees(wide, wide, counts).ok());
  CHECK(asked >= 3);
  const CallContext stops{.check = [&] { return absl::CancelledError("stop"); }};
  CHECK(MergeTrees(wide, wide, stops).status() == absl::CancelledError("stop"));
  CHECK(FinishTree(wide, 1, stops).status() == absl::CancelledError("stop"));
}

}  // namespace
}  // namespace dolerite::testing
