// The stack tree as columns: decoding gives the tree back, and refuses what is no tree.
#include "block/stack_codec.h"

#include <catch2/catch.hpp>
#include <set>
#include <string>

#include "support/generate.h"

namespace dolerite::testing {
namespace {

StackColumns Encoded(const StackTree& tree, size_t locations) {
  StackMemory memory(locations);
  return EncodeStackTree(tree, &memory);
}

absl::Status Decode(const StackColumns& columns, size_t nodes, size_t locations, StackTree* tree) {
  StackMemory memory(locations);
  return DecodeStackTree(columns, nodes, &memory, tree);
}

uint32_t AddNode(uint32_t parent, uint32_t location, StackTree* tree) {
  tree->parent.push_back(parent), tree->location.push_back({location});
  return static_cast<uint32_t>(tree->parent.size() - 1);
}

StackTree Root() {
  StackTree tree;
  tree.parent.assign(1, 0), tree.location.assign(1, {});
  return tree;
}

// A random tree in canonical order: `more` decides how deep and how wide it is.
void Grow(uint32_t parent, size_t depth, size_t locations, size_t most, Random* random,
          StackTree* tree) {
  std::set<uint32_t> below;
  for (size_t n = random->Below(most + 1); n > 0; --n) {
    // Some locations are called everywhere.
    const size_t range = random->OneIn(3) ? locations : std::min<size_t>(locations, 5);
    below.insert(static_cast<uint32_t>(random->Below(range)));
  }
  for (uint32_t location : below) {
    const uint32_t node = AddNode(parent, location, tree);
    if (depth > 0) Grow(node, depth - 1, locations, most, random, tree);
  }
}

StackTree Decoded(const StackColumns& columns, size_t nodes, size_t locations) {
  StackTree tree;
  const absl::Status status = Decode(columns, nodes, locations, &tree);
  INFO(status.message());
  REQUIRE(status.ok());
  return tree;
}

void CheckRoundTrip(const StackTree& tree, size_t locations) {
  const StackColumns columns = Encoded(tree, locations);
  const StackTree back = Decoded(columns, tree.size() - 1, locations);
  CHECK(back.parent == tree.parent);
  CHECK(back.location == tree.location);
}

TEST_CASE("stack codec: decoding gives the tree back") {
  Random random(1);
  for (int i = 0; i < 60; ++i) {
    const size_t locations = 1 + random.Below(i % 2 == 0 ? 8 : 500);
    const size_t depth = 1 + random.Below(i % 3 == 0 ? 30 : 5);
    StackTree tree = Root();
    Grow(0, depth, locations, depth > 5 ? 2 : 2 + random.Below(30), &random, &tree);
    if (tree.size() > 20'000) continue;
    CheckRoundTrip(tree, locations);
  }
}

TEST_CASE("stack codec: a tree without stacks, one path, one root with many children") {
  CheckRoundTrip(Root(), 0);
  CheckRoundTrip(Root(), 3);
  StackTree path = Root(), star = Root();
  for (uint32_t i = 0; i < 1000; ++i) {
    AddNode(i, i % 7, &path);
    AddNode(0, 3 * i, &star);
  }
  CheckRoundTrip(path, 7);
  CheckRoundTrip(star, 3000);
}

// root / P_i / A / C_i for many i, then one more P whose A has the child C_0 again.
StackTree ManyBelow(uint32_t children) {
  StackTree tree = Root();
  for (uint32_t i = 0; i <= children; ++i) {
    const uint32_t a = AddNode(AddNode(0, 1 + i, &tree), 0, &tree);
    AddNode(a, 200 + (i == children ? 0 : i), &tree);
  }
  return tree;
}

TEST_CASE("stack codec: a location is looked for among the latest 16") {
  for (uint32_t children : {15u, 16u, 17u, 40u}) {
    const StackTree tree = ManyBelow(children);
    CHECK(Encoded(tree, 400)[column::kManyEdges].back() == (children <= 16 ? children : 0));
    CheckRoundTrip(tree, 400);
  }
}

TEST_CASE("stack codec: a new edge is a step from the nearest neighbour's latest call") {
  // Location 20 calls 50. Then the first calls of others: each is 53.
  const auto new_edge_of = [](uint32_t caller) {
    StackTree tree = Root();
    AddNode(AddNode(0, 20, &tree), 50, &tree);
    AddNode(AddNode(0, caller, &tree), 53, &tree);
    CheckRoundTrip(tree, 60);
    return Encoded(tree, 60)[column::kNewEdges].back();
  };
  CHECK(new_edge_of(21) == 2 * (53 - 50));
  CHECK(new_edge_of(36) == 2 * (53 - 50));
  CHECK(new_edge_of(37) == 2 * (53 - 37));  // 17 locations away
}

TEST_CASE("stack codec: the memory is as new after each tree") {
  Random random(9);
  StackMemory kept(50);
  for (int i = 0; i < 10; ++i) {
    StackTree tree = Root();
    Grow(0, 4, 50, 4, &random, &tree);
    const StackColumns columns = EncodeStackTree(tree, &kept);
    CHECK(columns == Encoded(tree, 50));
    StackTree back;
    REQUIRE(DecodeStackTree(columns, tree.size() - 1, &kept, &back).ok());
    CHECK(back.parent == tree.parent);
  }
}

TEST_CASE("stack codec: a column that is left out has zeros") {
  const StackTree tree = ManyBelow(5);
  StackColumns columns = Encoded(tree, 400);
  size_t left_out = 0;
  for (std::vector<uint32_t>& column : columns) {
    const bool zeros = std::count(column.begin(), column.end(), 0u) == std::ssize(column);
    left_out += zeros && !column.empty();
    if (zeros) column.clear();
  }
  CHECK(left_out > 0);
  CHECK(Decoded(columns, tree.size() - 1, 400).parent == tree.parent);
}

void CheckRefused(const StackColumns& columns, size_t nodes, const std::string& what) {
  StackTree tree;
  const absl::Status status = Decode(columns, nodes, 400, &tree);
  CHECK(absl::IsDataLoss(status));
  INFO(status.message());
  CHECK(status.message().find(what) != std::string::npos);
}

TEST_CASE("stack codec: all rows of all columns are used") {
  const StackTree tree = ManyBelow(20);
  const StackColumns columns = Encoded(tree, 400);
  for (size_t id = 1; id < columns.size(); ++id) {
    StackColumns more = columns;
    more[id].push_back(0);
    INFO("column " << id);
    CheckRefused(more, tree.size() - 1, " rows more than the nodes use");
    if (columns[id].size() < 2) continue;
    StackColumns fewer = columns;
    fewer[id].pop_back();
    CheckRefused(fewer, tree.size() - 1, " is left");
  }
}

TEST_CASE("stack codec: what is no tree is refused") {
  const auto refused = [](uint8_t id, uint32_t value, const std::string& what) {
    const StackTree tree = ManyBelow(5);
    StackColumns columns = Encoded(tree, 400);
    REQUIRE(!columns[id].empty());
    columns[id].back() = value;
    CheckRefused(columns, tree.size() - 1, what);
  };
  refused(column::kFirstLeaves, 2, "neither 0 nor 1");
  refused(column::kLeafLeaves, 0, "the last node is not a leaf");
  refused(column::kHeights, 3, "past the root");
  refused(column::kManyEdges, 6, "beyond the candidates");
  refused(column::kSteps, 400, "not in its table");
  refused(column::kNewEdges, 1, "not in its table");
}

// Parents come before their nodes, on the path from the root to the node before, and siblings
// ascend.
void CheckCanonical(const StackTree& tree, size_t locations) {
  std::vector<uint32_t> path = {0};
  std::vector<int64_t> last(tree.size(), -1);
  for (uint32_t i = 1; i < tree.size(); ++i) {
    while (!path.empty() && path.back() != tree.parent[i]) path.pop_back();
    REQUIRE(!path.empty());
    path.push_back(i);
    REQUIRE(tree.location[i].value < locations);
    REQUIRE(int64_t{tree.location[i].value} > last[tree.parent[i]]);
    last[tree.parent[i]] = tree.location[i].value;
  }
}

TEST_CASE("stack codec: whatever is decoded is a tree in canonical order") {
  Random random(2);
  StackTree tree = Root();
  Grow(0, 6, 40, 4, &random, &tree);
  const StackColumns columns = Encoded(tree, 40);
  size_t decoded = 0;
  for (int i = 0; i < 3000; ++i) {
    StackColumns changed = columns;
    for (uint64_t n = 1 + random.Below(3); n > 0; --n) {
      std::vector<uint32_t>& column = changed[1 + random.Below(changed.size() - 1)];
      if (column.empty()) continue;
      uint32_t& value = column[random.Below(column.size())];
      value = static_cast<uint32_t>(random.OneIn(4) ? random() : random.Below(4));
    }
    StackTree back;
    if (!Decode(changed, tree.size() - 1, 40, &back).ok()) continue;
    CheckCanonical(back, 40);
    ++decoded;
  }
  CHECK(decoded > 0);
}

TEST_CASE("a large tree asks the host while it is decoded") {
  constexpr uint32_t kNodes = 3 * (1 << 14) + 1;
  StackTree tree = Root();
  for (uint32_t location = 0; location < kNodes; ++location) AddNode(0, location, &tree);
  const StackColumns columns = Encoded(tree, kNodes);
  for (size_t stop_at = 0; stop_at < 4; ++stop_at) {
    size_t asked = 0;
    const CallContext call{.check = [&] {
      return asked++ == stop_at ? absl::CancelledError("stop") : absl::OkStatus();
    }};
    StackMemory memory(kNodes);
    StackTree back;
    const absl::Status status = DecodeStackTree(columns, kNodes, &memory, &back, call);
    CHECK(status == (stop_at < 3 ? absl::CancelledError("stop") : absl::OkStatus()));
    CHECK(asked == std::min<size_t>(stop_at + 1, 3));
  }
}

}  // namespace
}  // namespace dolerite::testing
