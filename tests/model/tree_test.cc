#include "dolerite/tree.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <limits>
#include <random>

#include "support/trees.h"

namespace dolerite {
namespace {

using testing::RandomStacks;
using testing::StackOf;
using testing::StackOfNames;
using testing::TreeOf;

constexpr int64_t kMax = std::numeric_limits<int64_t>::max();
constexpr int64_t kMin = std::numeric_limits<int64_t>::min();

Tree Summed(Tree tree) {
  REQUIRE(tree.SumTotals().ok());
  return tree;
}

Tree RandomTree(uint64_t seed, size_t columns, bool negative) {
  return Summed(TreeOf(RandomStacks(150, columns, negative, std::mt19937_64(seed)), columns));
}

Tree After(Tree tree, size_t max_nodes) {
  tree.Cut(max_nodes);
  return tree;
}

bool IsRest(const Tree& tree, size_t node) { return tree.names[tree.name[node]] == Tree::kRest; }

using TotalsByStack = std::map<StackOfNames, std::vector<int64_t>>;

// The stack of each node.
std::vector<StackOfNames> Stacks(const Tree& tree) {
  std::vector<StackOfNames> stacks;
  for (size_t i = 0; i < tree.size(); ++i) stacks.push_back(StackOf(tree, i));
  return stacks;
}

TotalsByStack Totals(const Tree& tree) {
  TotalsByStack totals;
  const std::vector<StackOfNames> stacks = Stacks(tree);
  for (size_t i = 0; i < tree.size(); ++i) {
    std::vector<int64_t>& of_stack = totals[stacks[i]];
    for (const Tree::Column& column : tree.columns) of_stack.push_back(column.total[i]);
  }
  return totals;
}

bool Same(const Tree& a, const Tree& b) {
  const auto selves = [](const Tree& tree) {
    std::vector<std::vector<int64_t>> out;
    for (const Tree::Column& column : tree.columns) out.push_back(column.self);
    return out;
  };
  return a.parent == b.parent && Totals(a) == Totals(b) && selves(a) == selves(b) &&
         a.cut_nodes == b.cut_nodes;
}

// Every law that a tree obeys, cut or not.
void CheckShape(const Tree& tree) {
  REQUIRE(tree.name.size() == tree.size());
  for (size_t i = 1; i < tree.size(); ++i) REQUIRE(tree.parent[i] < i);
  // Stacks in pre-order, with siblings by name, ascend, so no two are equal.
  const std::vector<StackOfNames> stacks = Stacks(tree);
  for (size_t i = 1; i < tree.size(); ++i) REQUIRE(stacks[i - 1] < stacks[i]);
  Tree again = tree;
  REQUIRE(again.SumTotals().ok());
  REQUIRE(Totals(again) == Totals(tree));
}

template <class Check>
void ForRandomTrees(Check check) {
  for (uint64_t seed = 1; seed <= 6; ++seed) {
    for (size_t columns : {1, 2}) {
      for (bool negative : {false, true}) check(RandomTree(seed, columns, negative));
    }
  }
}

bool BeginsWith(const StackOfNames& stack, const StackOfNames& top) {
  return stack.size() >= top.size() && std::equal(top.begin(), top.end(), stack.begin());
}

TEST_CASE("a total is the sum of all self values from a node down") {
  ForRandomTrees([](const Tree& tree) {
    CheckShape(tree);
    const std::vector<StackOfNames> stacks = Stacks(tree);
    for (size_t i = 0; i < tree.size(); ++i) {
      std::vector<int64_t> sums(tree.columns.size());
      for (size_t j = i; j < tree.size(); ++j) {
        if (!BeginsWith(stacks[j], stacks[i])) continue;
        for (size_t c = 0; c < sums.size(); ++c) sums[c] += tree.columns[c].self[j];
      }
      for (size_t c = 0; c < sums.size(); ++c) REQUIRE(tree.columns[c].total[i] == sums[c]);
    }
  });
}

TEST_CASE("sums that leave 64 bits are refused, in whatever order") {
  const auto code = [](int64_t a, int64_t b, int64_t c) {
    return TreeOf({{{"a"}, {a}}, {{"a", "b"}, {b}}, {{"c"}, {c}}}).SumTotals().code();
  };
  REQUIRE(code(kMax - 1, 1, kMin) == absl::StatusCode::kOk);
  REQUIRE(code(kMin + 1, -1, kMax) == absl::StatusCode::kOk);
  std::vector<int64_t> values = {kMax, 1, -1};
  for (int sign : {1, -1}) {
    if (sign < 0) values = {kMin, -1, 1};
    std::sort(values.begin(), values.end());
    do {
      REQUIRE(code(values[0], values[1], values[2]) == absl::StatusCode::kOutOfRange);
    } while (std::next_permutation(values.begin(), values.end()));
  }
}

TEST_CASE("a second column is checked as the first") {
  Tree tree = TreeOf({{{"a"}, {1, kMax}}, {{"b"}, {1, 1}}}, 2);
  REQUIRE(tree.SumTotals().code() == absl::StatusCode::kOutOfRange);
}

TEST_CASE("a tree without nodes can be summed and cut") {
  Tree tree;
  tree.columns.resize(1);
  REQUIRE(tree.SumTotals().ok());
  tree.Cut(1);
  REQUIRE(tree.size() == 0);
}

TEST_CASE("cutting to 0 or to all that there are changes nothing") {
  ForRandomTrees([](const Tree& tree) {
    REQUIRE(Same(After(tree, 0), tree));
    REQUIRE(Same(After(tree, tree.size()), tree));
    REQUIRE(Same(After(tree, tree.size() * 2), tree));
  });
}

TEST_CASE("a cut keeps every total and the sum of self values") {
  ForRandomTrees([](const Tree& tree) {
    const TotalsByStack before = Totals(tree);
    for (size_t max_nodes : {1, 2, 3, 7, 40, 200}) {
      if (max_nodes >= tree.size()) continue;
      const Tree cut = After(tree, max_nodes);
      CheckShape(cut);  // also: each node's ancestors are there, siblings are sorted by name
      size_t kept = 0;
      for (size_t i = 0; i < cut.size(); ++i) {
        if (IsRest(cut, i)) continue;
        ++kept;
        const StackOfNames stack = StackOf(cut, i);
        for (size_t c = 0; c < cut.columns.size(); ++c) {
          REQUIRE(before.at(stack)[c] == cut.columns[c].total[i]);
        }
      }
      REQUIRE(kept == max_nodes);
      REQUIRE(cut.cut_nodes == tree.size() - max_nodes);
    }
  });
}

TEST_CASE("no node that was cut is heavier than one that stayed") {
  for (uint64_t seed = 1; seed <= 6; ++seed) {
    const Tree tree = RandomTree(seed, 2, false);
    const TotalsByStack after = Totals(After(tree, 30));
    int64_t lightest_kept = kMax, heaviest_cut = 0;
    for (const auto& [stack, totals] : Totals(tree)) {
      const int64_t weight = totals[0] + totals[1];
      if (after.count(stack) != 0) {
        lightest_kept = std::min(lightest_kept, weight);
      } else {
        heaviest_cut = std::max(heaviest_cut, weight);
      }
    }
    REQUIRE(heaviest_cut <= lightest_kept);
  }
}

TEST_CASE("of equals the earlier one stays") {
  const Tree tree = Summed(TreeOf({{{"a"}, {5}}, {{"b"}, {5}}, {{"b", "x"}, {5}}, {{"c"}, {5}}}));
  const TotalsByStack expected = {
      {{}, {20}}, {{Tree::kRest}, {10}}, {{"b"}, {10}}, {{"b", Tree::kRest}, {5}}};
  REQUIRE(Totals(After(tree, 2)) == expected);
  const TotalsByStack three = {
      {{}, {20}}, {{Tree::kRest}, {5}}, {{"a"}, {5}}, {{"b"}, {10}}, {{"b", Tree::kRest}, {5}}};
  REQUIRE(Totals(After(tree, 3)) == three);
}

TEST_CASE("a heavy node below ones that cancel out brings its ancestors along") {
  const Tree tree =
      Summed(TreeOf({{{"a", "b", "up"}, {1000}}, {{"a", "b", "zero"}, {-1000}}, {{"c"}, {7}}}));
  const TotalsByStack after = Totals(After(tree, 4));
  REQUIRE(after.at({"a", "b", "up"}) == std::vector<int64_t>{1000});
  REQUIRE(after.at({"a", "b", Tree::kRest}) == std::vector<int64_t>{-1000});
  REQUIRE(after.at({Tree::kRest}) == std::vector<int64_t>{7});
}

TEST_CASE("weights at the ends of 64 bits do not wrap") {
  const Tree tree = Summed(TreeOf({{{"a"}, {kMin, kMin}}, {{"b"}, {1, 1}}}, 2));
  REQUIRE(Totals(After(tree, 2)).count({"a"}) == 1);
}

TEST_CASE("cutting again extends what the first cut left") {
  ForRandomTrees([](const Tree& tree) {
    const Tree twice = After(After(tree, 60), 20);
    CheckShape(twice);  // no two rests below one parent
    const Tree once = After(tree, 20);
    REQUIRE(twice.columns[0].total[0] == once.columns[0].total[0]);
    size_t kept = 0;
    for (size_t i = 0; i < twice.size(); ++i) kept += !IsRest(twice, i);
    REQUIRE(twice.cut_nodes == tree.size() - kept);
  });
}

TEST_CASE("a function that is called as the rest is stays apart from it") {
  Tree tree = Summed(TreeOf({{{Tree::kRest}, {1000}}, {{"a"}, {500}}, {{"b"}, {5}}, {{"c"}, {3}}}));
  tree.Cut(3);
  REQUIRE(tree.cut_nodes == 2);
  tree.Cut(2);
  REQUIRE(tree.cut_nodes == 3);
  std::vector<std::pair<bool, int64_t>> below;  // whether it is the rest, and its total
  for (size_t i = 1; i < tree.size(); ++i) {
    REQUIRE(tree.names[tree.name[i]] == Tree::kRest);
    below.emplace_back(tree.name[i] == tree.rest, tree.columns[0].total[i]);
  }
  std::sort(below.begin(), below.end());
  REQUIRE(below == std::vector<std::pair<bool, int64_t>>{{false, 1000}, {true, 508}});
}

TEST_CASE("magnitudes are sums without signs, up to the ends of 64 bits") {
  const Tree tree = Summed(TreeOf({{{"a"}, {300, kMin}}, {{"b"}, {-250, kMax}}}, 2));
  REQUIRE(tree.Magnitude(0) == 550);
  REQUIRE(tree.Magnitude(1) == std::numeric_limits<uint64_t>::max());
}

TEST_CASE("a stack of a million frames can be summed and cut") {
  Tree tree;
  tree.columns.resize(1);
  for (uint32_t i = 0; i < 1'000'000; ++i) {
    tree.name.push_back({});
    tree.parent.push_back(i == 0 ? 0 : i - 1);
    tree.columns[0].self.push_back(1);
  }
  REQUIRE(tree.SumTotals().ok());
  REQUIRE(tree.columns[0].total[0] == 1'000'000);
  tree.Cut(1000);
  REQUIRE(tree.size() == 1001);
  REQUIRE(tree.columns[0].total[1000] == 999'000);
}

}  // namespace
}  // namespace dolerite
