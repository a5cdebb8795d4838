// Children of nodes, against a map.
#include "model/child_index.h"

#include <catch2/catch.hpp>
#include <map>
#include <utility>

#include "dolerite/symbols.h"
#include "support/generate.h"

namespace dolerite::testing {
namespace {

using Known = std::map<std::pair<uint32_t, uint32_t>, uint32_t>;  // by parent and key

void CheckNodes(const ChildIndex& index, const Known& known) {
  REQUIRE(index.size() == known.size() + 1);
  for (const auto& [at, node] : known) {
    CHECK(index.parent(node) == at.first);
    CHECK(index.key(node) == at.second);
  }
}

// `keys` few make deep trees, many make wide ones.
void Grow(Random* random, size_t steps, uint32_t keys, ChildIndex* index, Known* known) {
  for (size_t i = 0; i < steps; ++i) {
    const uint32_t parent = static_cast<uint32_t>(random->Below(index->size()));
    const uint32_t key = static_cast<uint32_t>(random->Below(keys));
    const auto [at, is_new] = known->try_emplace({parent, key}, index->size());
    CHECK(index->FindOrAdd(parent, key) == at->second);
  }
}

TEST_CASE("a child is found again, whatever grew, was cut or cleared meanwhile") {
  for (uint64_t seed = 0; seed < 6; ++seed) {
    Random random(seed);
    ChildIndex index(seed);
    Known known;
    for (const uint32_t keys : {1u, 3u, 1000u}) {
      Grow(&random, 300, keys, &index, &known);
      CheckNodes(index, known);
      const uint32_t end = static_cast<uint32_t>(1 + random.Below(index.size()));
      index.CutTo(end);
      std::erase_if(known, [&](const auto& item) { return item.second >= end; });
      CheckNodes(index, known);
      index.Reserve(100);
      Grow(&random, 300, keys, &index, &known);
      CheckNodes(index, known);
    }
    index.Clear();
    known.clear();
    Grow(&random, 300, 50, &index, &known);
    CheckNodes(index, known);
  }
}

TEST_CASE("a path is the keys from a node up to the root, and no more") {
  ChildIndex index(1);
  const auto is_path = [&](uint32_t node, const std::vector<LocationId>& keys) {
    return index.IsPath(node, std::span<const LocationId>(keys));
  };
  const uint32_t outer = index.FindOrAdd(0, 7), inner = index.FindOrAdd(outer, 9);
  CHECK(is_path(inner, {{9}, {7}}));
  CHECK(!is_path(inner, {{9}}));
  CHECK(!is_path(inner, {{7}, {9}}));
  CHECK(!is_path(inner, {{9}, {7}, {0}}));
  CHECK(is_path(0, {}));
}

}  // namespace
}  // namespace dolerite::testing
