// Stacks that were found in any order, put into pre-order.
#include "model/pre_order.h"

#include <catch2/catch.hpp>

#include "support/generate.h"

namespace dolerite::testing {
namespace {

std::vector<uint32_t> PathOf(const StackTree& tree, uint32_t node) {
  std::vector<uint32_t> path;
  for (; node != 0; node = tree.parent[node]) path.push_back(tree.location[node].value);
  return {path.rbegin(), path.rend()};
}

TEST_CASE("stacks in pre-order are the same stacks, each subtree in one piece") {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    Random random(seed);
    StackTree tree;
    tree.parent = {0}, tree.location = {{}};
    for (uint32_t i = 1; i < 80; ++i) {
      tree.parent.push_back(random.Below(i));
      tree.location.push_back({i});
    }
    const StackTree before = tree;
    const std::vector<uint32_t> now = PutInPreOrder(&tree);
    REQUIRE(now.size() == before.size());
    for (uint32_t i = 0; i < now.size(); ++i) CHECK(PathOf(tree, now[i]) == PathOf(before, i));
    // Each node comes right after its parent, or after what is below a sibling.
    for (uint32_t i = 1; i < tree.size(); ++i) {
      uint32_t above = i - 1;
      while (above != tree.parent[i] && above != 0) above = tree.parent[above];
      CHECK(above == tree.parent[i]);
    }
  }
}

}  // namespace
}  // namespace dolerite::testing
