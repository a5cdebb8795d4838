// Stacks that were found in any order, put into pre-order.
#include "model/pre_order.h"

#include <catch2/catch.hpp>
#include <functional>

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

TEST_CASE("places are those of a walk that takes children by rank, then by number") {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    Random random(seed);
    const uint32_t nodes = static_cast<uint32_t>(1 + random.Below(200)), ranks = 9;
    std::vector<uint32_t> parent = {0}, rank = {0};
    for (uint32_t i = 1; i < nodes; ++i) {
      parent.push_back(static_cast<uint32_t>(random.Below(i)));
      rank.push_back(static_cast<uint32_t>(random.Below(ranks)));
    }
    std::vector<uint32_t> expected(nodes);
    uint32_t next = 0;
    const std::function<void(uint32_t)> walk = [&](uint32_t node) {
      expected[node] = next++;
      for (uint32_t r = 0; r < ranks; ++r) {
        for (uint32_t i = node + 1; i < nodes; ++i) {
          if (parent[i] == node && rank[i] == r) walk(i);
        }
      }
    };
    walk(0);
    const auto places = PlacesInPreOrder(
        nodes, ranks, [&](uint32_t node) { return parent[node]; },
        [&](uint32_t node) { return rank[node]; }, {});
    REQUIRE(places.ok());
    CHECK(*places == expected);
  }
}

}  // namespace
}  // namespace dolerite::testing
