// Trees for tests.
#ifndef DOLERITE_TESTS_SUPPORT_TREES_H_
#define DOLERITE_TESTS_SUPPORT_TREES_H_

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "dolerite/tree.h"

namespace dolerite::testing {

using StackOfNames = std::vector<std::string>;
using ValuesByStack = std::map<StackOfNames, std::vector<int64_t>>;

// The tree of some stacks (root first) with their self values, without totals.
inline Tree TreeOf(const ValuesByStack& values, size_t columns = 1) {
  ValuesByStack stacks = {{{}, std::vector<int64_t>(columns)}};
  for (const auto& [stack, selves] : values) {
    for (size_t size = 0; size < stack.size(); ++size) {
      const StackOfNames above(stack.begin(), stack.begin() + static_cast<ptrdiff_t>(size));
      stacks.try_emplace(above, columns);
    }
    stacks[stack] = selves;
  }
  Tree tree;
  tree.type = "cpu";
  tree.unit = "nanoseconds";
  tree.columns.resize(columns);
  std::vector<uint32_t> path;  // rows of the ancestors at hand
  for (const auto& [stack, selves] : stacks) {
    path.resize(stack.size());
    tree.parent.push_back(stack.empty() ? 0 : path.back());
    tree.name.push_back(stack.empty() ? StringId{} : tree.names.Add(stack.back()));
    path.push_back(static_cast<uint32_t>(tree.size() - 1));
    for (size_t c = 0; c < columns; ++c) tree.columns[c].self.push_back(selves[c]);
  }
  return tree;
}

// The names from below the root down to a node.
inline StackOfNames StackOf(const Tree& tree, size_t node) {
  StackOfNames stack;
  for (; node != 0; node = tree.parent[node]) {
    stack.insert(stack.begin(), std::string(tree.names[tree.name[node]]));
  }
  return stack;
}

// Pseudorandom stacks over few names, so that they meet. `next` gives 64 random bits.
template <class Random>
ValuesByStack RandomStacks(size_t count, size_t columns, bool negative, Random&& next) {
  static const char* const kNames[] = {"a", "main", "(other", "~free", "\xff", "b;c", "", "x y"};
  ValuesByStack stacks;
  for (size_t i = 0; i < count; ++i) {
    StackOfNames stack(1 + next() % 9);
    for (std::string& name : stack) name = kNames[next() % 8];
    std::vector<int64_t>& values = stacks[stack];
    values.resize(columns);
    for (int64_t& value : values) {
      value = static_cast<int64_t>(next() % 1000) - (negative ? 500 : 0);
    }
  }
  return stacks;
}

}  // namespace dolerite::testing

#endif  // DOLERITE_TESTS_SUPPORT_TREES_H_
