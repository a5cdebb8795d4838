// Pyroscope's forms of a tree, decoded again by their published layouts.
#include "dolerite/pyroscope.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "support/generate.h"
#include "support/trees.h"

namespace dolerite::testing {
namespace {

struct PlacedNode {
  StackOfNames stack;
  std::vector<int64_t> begin, total, self;
};

// The nodes of a level; `above` are those of the level before it. A node's parent is the last one
// whose children's room begins at or before it, and ends behind it.
std::vector<PlacedNode> DecodeLevel(const FlamebearerLevels& graph, size_t level, size_t columns,
                                    const std::vector<PlacedNode>& above) {
  const std::vector<int64_t>& values = graph.levels[level];
  const size_t width = 3 * columns + 1;
  REQUIRE(values.size() % width == 0);
  std::vector<PlacedNode> nodes;
  std::vector<int64_t> ends(columns);
  for (size_t at = 0; at < values.size(); at += width) {
    PlacedNode node;
    for (size_t c = 0; c < columns; ++c) {
      node.begin.push_back(ends[c] + values[at + 3 * c]);
      node.total.push_back(values[at + 3 * c + 1]);
      node.self.push_back(values[at + 3 * c + 2]);
      ends[c] = node.begin[c] + node.total[c];
    }
    for (const PlacedNode& parent : above) {
      bool is_within = true;
      for (size_t c = 0; c < columns; ++c) {
        is_within = is_within && node.begin[c] >= parent.begin[c] + parent.self[c] &&
                    ends[c] <= parent.begin[c] + parent.total[c];
      }
      if (is_within) node.stack = parent.stack;
    }
    if (level != 0)
      node.stack.push_back(graph.names.at(static_cast<size_t>(values[at + width - 1])));
    nodes.push_back(node);
  }
  return nodes;
}

ValuesByStack DecodeLevels(const FlamebearerLevels& graph, size_t columns) {
  ValuesByStack stacks;
  std::vector<PlacedNode> above;
  for (size_t level = 0; level < graph.levels.size(); ++level) {
    above = DecodeLevel(graph, level, columns, above);
    for (const PlacedNode& node : above) stacks[node.stack] = node.self;
  }
  return stacks;
}

Tree SummedTree(const ValuesByStack& stacks, size_t columns) {
  Tree tree = TreeOf(stacks, columns);
  REQUIRE(tree.SumTotals().ok());
  return tree;
}

// Values above 0, so that each node has a width and with it one place; and no names that are one
// as text.
ValuesByStack WideStacks(uint64_t seed, size_t columns) {
  Random random(seed);
  ValuesByStack stacks;
  for (int i = 0; i < 40; ++i) {
    StackOfNames stack(1 + random.Below(8));
    for (std::string& name : stack) name = std::string(1, static_cast<char>('a' + random.Below(4)));
    stacks[stack].resize(columns);
    for (int64_t& value : stacks[stack]) value = 1 + random.Below(1000);
  }
  return stacks;
}

// Reads one number of at most 64 bits.
uint64_t ReadNumber(std::string_view* bytes) {
  uint64_t value = 0;
  for (int shift = 0;; shift += 7) {
    REQUIRE_FALSE(bytes->empty());
    const uint8_t byte = static_cast<uint8_t>(bytes->front());
    bytes->remove_prefix(1);
    value |= uint64_t{byte & 0x7fu} << shift;
    if (byte < 0x80) return value;
  }
}

// As a client reads it: each node that waits for a child gets the next one.
std::vector<std::pair<StackOfNames, int64_t>> DecodeTree(std::string_view bytes) {
  std::vector<std::pair<StackOfNames, int64_t>> nodes;
  std::vector<StackOfNames> waiting = {{}};
  while (!waiting.empty()) {
    StackOfNames stack = waiting.back();
    waiting.pop_back();
    const size_t size = ReadNumber(&bytes);
    REQUIRE(size <= bytes.size());
    stack.emplace_back(bytes.substr(0, size));
    bytes.remove_prefix(size);
    const int64_t self = static_cast<int64_t>(ReadNumber(&bytes));
    waiting.insert(waiting.end(), ReadNumber(&bytes), stack);
    nodes.emplace_back(StackOfNames(stack.begin() + 1, stack.end()), self);
  }
  REQUIRE(bytes.empty());
  return nodes;
}

TEST_CASE("pyroscope: two stacks as levels", "[pyroscope]") {
  const Tree tree = SummedTree({{{"func1"}, {20}}, {{"func1", "func2"}, {10}}}, 1);
  auto graph = ToFlamebearerLevels(tree);
  REQUIRE(graph.ok());
  CHECK(graph->names == std::vector<std::string>{"total", "func1", "func2"});
  CHECK(graph->levels ==
        std::vector<std::vector<int64_t>>{{0, 30, 0, 0}, {0, 30, 20, 1}, {20, 10, 10, 2}});
  CHECK(graph->total == 30);
  CHECK(graph->max_self == 20);
}

TEST_CASE("pyroscope: two sides as levels", "[pyroscope]") {
  const Tree tree = SummedTree({{{"a"}, {1, 2}}, {{"b"}, {0, 5}}, {{"b", "a"}, {7, 0}}}, 2);
  auto graph = ToFlamebearerLevels(tree);
  REQUIRE(graph.ok());
  CHECK(graph->names == std::vector<std::string>{"total", "a", "b"});
  CHECK(graph->levels ==
        std::vector<std::vector<int64_t>>{{0, 8, 0, 0, 7, 0, 0},
                                          {0, 1, 1, 0, 2, 2, 1, 0, 7, 0, 0, 5, 5, 2},
                                          {1, 7, 7, 7, 0, 0, 1}});
  CHECK(graph->base_total == 8);
  CHECK(graph->against_total == 7);
  CHECK(graph->total == 15);
  CHECK(graph->max_self == 7);
}

TEST_CASE("pyroscope: levels hold what the tree holds", "[pyroscope]") {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    const size_t columns = 1 + seed % 2;
    const ValuesByStack stacks = WideStacks(seed, columns);
    const Tree tree = SummedTree(stacks, columns);
    auto graph = ToFlamebearerLevels(tree);
    REQUIRE(graph.ok());
    ValuesByStack expected;
    for (size_t node = 0; node < tree.size(); ++node) {
      std::vector<int64_t>& values = expected[StackOf(tree, node)];
      for (const Tree::Column& column : tree.columns) values.push_back(column.self[node]);
    }
    CHECK(DecodeLevels(*graph, columns) == expected);
  }
}

TEST_CASE("pyroscope: what was cut is called other, and its sum stays", "[pyroscope]") {
  Tree tree = SummedTree({{{"a"}, {100}}, {{"b"}, {3}}, {{"c"}, {4}}}, 1);
  tree.Cut(2);
  auto graph = ToFlamebearerLevels(tree);
  REQUIRE(graph.ok());
  REQUIRE(graph->levels.size() == 2);
  CHECK(DecodeLevels(*graph, 1) == ValuesByStack{{{}, {0}}, {{"a"}, {100}}, {{"other"}, {7}}});
  auto bytes = ToPyroscopeTree(tree);
  REQUIRE(bytes.ok());
  CHECK(bytes->find("other") != std::string::npos);
}

TEST_CASE("pyroscope: names that are not UTF-8 become text, once", "[pyroscope]") {
  auto graph = ToFlamebearerLevels(SummedTree({{{"\xff"}, {1}}, {{"a", "\xff"}, {2}}}, 1));
  REQUIRE(graph.ok());
  CHECK(graph->names == std::vector<std::string>{"total", "a", "\xef\xbf\xbd"});
}

TEST_CASE("pyroscope: sums beyond 64 bits are refused", "[pyroscope]") {
  const Tree both = SummedTree({{{"a"}, {INT64_MAX, 1}}}, 2);
  CHECK(ToFlamebearerLevels(both).status().code() == absl::StatusCode::kOutOfRange);
  // The whole range of values on one level.
  CHECK(ToFlamebearerLevels(SummedTree({{{"a", "x"}, {INT64_MIN}}, {{"b", "x"}, {INT64_MAX}}}, 1))
            .ok());
  Tree wrong = SummedTree({{{"a"}, {1}}, {{"b"}, {1}}}, 1);
  wrong.columns[0].total = {2, INT64_MAX, INT64_MAX};
  CHECK(ToFlamebearerLevels(wrong).status().code() == absl::StatusCode::kOutOfRange);
  CHECK(ToFlamebearerLevels(Tree()).status().code() == absl::StatusCode::kInvalidArgument);
  CHECK(ToPyroscopeTree(both).status().code() == absl::StatusCode::kInvalidArgument);
}

TEST_CASE("pyroscope: tree bytes", "[pyroscope]") {
  const Tree tree = SummedTree({{{"a"}, {1}}, {{"a", "b"}, {300}}, {{"c"}, {2}}}, 1);
  auto bytes = ToPyroscopeTree(tree);
  REQUIRE(bytes.ok());
  using namespace std::string_literals;
  CHECK(*bytes ==
        "\0\0\x02"
        "\x01"
        "c\x02\0"
        "\x01"
        "a\x01\x01"
        "\x01"
        "b\xac\x02\0"s);
  auto empty = ToPyroscopeTree(SummedTree({{{"a"}, {0}}}, 1));
  REQUIRE(empty.ok());
  CHECK(empty->empty());
}

TEST_CASE("pyroscope: tree bytes hold what the tree holds", "[pyroscope]") {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    Random random(seed);
    ValuesByStack stacks = RandomStacks(40, 1, seed % 2 == 1, random);
    if (seed % 3 == 0) stacks[{}] = {5};
    const Tree tree = SummedTree(stacks, 1);
    auto bytes = ToPyroscopeTree(tree);
    REQUIRE(bytes.ok());
    std::vector<std::pair<StackOfNames, int64_t>> expected, decoded = DecodeTree(*bytes);
    for (size_t node = 0; node < tree.size(); ++node) {
      const int64_t self = tree.columns[0].self[node];
      expected.emplace_back(StackOf(tree, node), node == 0 ? 0 : self);
      if (node == 0 && self != 0) expected.push_back({{""}, self});
    }
    std::sort(expected.begin(), expected.end());
    std::sort(decoded.begin(), decoded.end());
    CHECK(decoded == expected);
  }
}

}  // namespace
}  // namespace dolerite::testing
