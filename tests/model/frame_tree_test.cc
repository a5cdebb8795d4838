// Growing flame graphs: sums do not depend on the order of what is added.
#include "model/frame_tree.h"

#include <catch2/catch.hpp>

#include "support/generate.h"
#include "support/trees.h"

namespace dolerite::testing {
namespace {

void Add(const StackOfNames& stack, int64_t value, FrameTree* tree, size_t column = 0) {
  uint32_t node = 0;
  for (const std::string& name : stack) node = tree->Child(node, tree->Name(name));
  tree->AddSelf(node, column, value);
}

ValuesByStack Read(const Tree& tree) {
  ValuesByStack values;
  for (size_t i = 0; i < tree.size(); ++i) {
    std::vector<int64_t>& row = values[StackOf(tree, i)];
    for (const Tree::Column& column : tree.columns) {
      row.push_back(column.self[i]), row.push_back(column.total[i]);
    }
  }
  return values;
}

TEST_CASE("a tree is the sum of its stacks, in order of names") {
  for (uint64_t seed = 0; seed < 30; ++seed) {
    Random random(seed);
    const ValuesByStack stacks = RandomStacks(60, 1, true, random);
    FrameTree one, front, back;
    for (const auto& [stack, values] : stacks) {
      Add(stack, values[0], &one);
      Add(stack, values[0], random.OneIn(2) ? &front : &back);
    }
    const absl::StatusOr<Tree> tree = one.Finish();
    REQUIRE(tree.ok());
    ValuesByStack expected;
    expected[{}] = {0, 0};
    for (const auto& [stack, values] : stacks) {
      if (values[0] == 0) continue;
      for (size_t size = 0; size <= stack.size(); ++size) {
        auto& row =
            expected[StackOfNames(stack.begin(), stack.begin() + static_cast<ptrdiff_t>(size))];
        row.resize(2);
        row[1] += values[0];
        if (size == stack.size()) row[0] += values[0];
      }
    }
    CHECK(Read(*tree) == expected);
    for (size_t i = 1; i < tree->size(); ++i) CHECK(tree->parent[i] < i);
    REQUIRE(back.Merge(front).ok());
    CHECK(Read(*back.Finish()) == expected);
    CHECK(back.Finish()->names.size() == tree->names.size());
  }
}

TEST_CASE("nodes that hold nothing are left out, with their names") {
  FrameTree tree(2);
  Add({"a", "b"}, 5, &tree), Add({"a", "b"}, -5, &tree);
  Add({"a", "c"}, 1, &tree, 1), Add({"d"}, 0, &tree);
  const absl::StatusOr<Tree> finished = tree.Finish();
  REQUIRE(finished.ok());
  CHECK(finished->size() == 3);
  CHECK(finished->names.size() == 3);
  CHECK(FrameTree().Finish()->size() == 1);
}

TEST_CASE("sums are exact up to the end") {
  FrameTree tree;
  Add({"a"}, INT64_MAX, &tree), Add({"a"}, INT64_MAX, &tree);
  CHECK(absl::IsOutOfRange(tree.Finish().status()));
  Add({"a"}, INT64_MIN, &tree);
  REQUIRE(tree.Finish().ok());
  CHECK(tree.Finish()->columns[0].total[0] == INT64_MAX - 1);
  Add({"b"}, 2, &tree);
  CHECK(absl::IsOutOfRange(tree.Finish().status()));
}

}  // namespace
}  // namespace dolerite::testing
