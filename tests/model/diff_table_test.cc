#include "dolerite/diff_table.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <map>
#include <random>
#include <string>
#include <vector>

namespace dolerite {
namespace {

// Nodes in pre-order, behind a root; totals are summed.
struct Node {
  std::string name;
  uint32_t parent;
  int64_t base, against;
};

Tree MakeTree(const std::vector<Node>& nodes) {
  Tree tree;
  std::map<std::string, StringId> names;
  tree.columns.resize(2);
  tree.name.push_back({});
  tree.parent.push_back(0);
  for (auto& column : tree.columns) column.self.push_back(0);
  for (const Node& node : nodes) {
    if (!names.contains(node.name)) names[node.name] = tree.names.Add(node.name);
    tree.name.push_back(names[node.name]);
    tree.parent.push_back(node.parent);
    tree.columns[0].self.push_back(node.base);
    tree.columns[1].self.push_back(node.against);
  }
  REQUIRE(tree.SumTotals().ok());
  return tree;
}

std::vector<std::string> Names(const std::vector<DiffRow>& rows) {
  std::vector<std::string> names;
  for (const DiffRow& row : rows) names.push_back(row.name);
  return names;
}

const DiffRow& Find(const std::vector<DiffRow>& rows, const std::string& name) {
  return *std::find_if(rows.begin(), rows.end(),
                       [&](const DiffRow& row) { return row.name == name; });
}

TEST_CASE("what changed comes before its callers and before noise") {
  // main > serve > {price > rules, render}, gc
  const Tree tree = MakeTree({{"main", 0, 0, 0},
                              {"serve", 1, 5, 5},
                              {"price", 2, 1, 1},
                              {"rules", 3, 1, 60},
                              {"render", 2, 600, 600},
                              {"gc", 0, 393, 405}});
  const auto rows = DiffTable(tree, ChangeOf::kValue);
  const auto names = Names(rows);
  CHECK(names[0] == "rules");
  CHECK(names[1] == "price");
  CHECK(Find(rows, "serve").score < Find(rows, "price").score);
  CHECK(Find(rows, "gc").score < Find(rows, "serve").score);
}

TEST_CASE("a side that is k times as long changes no share") {
  const Tree tree = MakeTree({{"a", 0, 10, 30}, {"b", 1, 20, 60}, {"c", 0, 70, 210}});
  for (const DiffRow& row : DiffTable(tree)) {
    CHECK(row.cum_change() == 0);
    CHECK(row.flat_change() == 0);
    CHECK(row.score == 0);
  }
  CHECK(DiffTable(tree, ChangeOf::kValue)[0].score > 0);
}

TEST_CASE("recursion counts once") {
  const Tree tree = MakeTree({{"f", 0, 1, 1}, {"f", 1, 2, 4}, {"g", 2, 3, 5}});
  const auto rows = DiffTable(tree);
  CHECK(Find(rows, "f").base_cum == 6);
  CHECK(Find(rows, "f").against_cum == 10);
  CHECK(Find(rows, "f").base_flat == 3);
  CHECK(Find(rows, "f").against_flat == 5);
}

TEST_CASE("exchanging the sides turns every sign") {
  std::mt19937 random(7);
  for (int round = 0; round < 50; ++round) {
    std::vector<Node> nodes, turned;
    std::vector<uint32_t> path = {0};  // pre-order: a parent is on the path to the last node
    for (uint32_t i = 0; i < 40; ++i) {
      path.resize(1 + random() % path.size());
      const Node node{std::string(1, static_cast<char>('a' + random() % 20)), path.back(),
                      static_cast<int64_t>(random() % 100), static_cast<int64_t>(random() % 100)};
      path.push_back(i + 1);
      nodes.push_back(node);
      turned.push_back({node.name, node.parent, node.against, node.base});
    }
    for (ChangeOf measure : {ChangeOf::kShare, ChangeOf::kValue}) {
      const auto there = DiffTable(MakeTree(nodes), measure);
      const auto back = DiffTable(MakeTree(turned), measure);
      REQUIRE(there.size() == back.size());
      for (const DiffRow& row : there) {
        const DiffRow& other = Find(back, row.name);
        CHECK(row.score == -other.score);
        CHECK(row.base_cum == other.against_cum);
        CHECK(row.against_flat == other.base_flat);
      }
    }
  }
}

TEST_CASE("rows are in order and hold the tree's sums") {
  const Tree tree = MakeTree({{"a", 0, -5, 10}, {"d", 1, 1, 1}, {"b", 0, 0, 0}, {"c", 0, 30, 10}});
  const auto rows = DiffTable(tree);
  CHECK(std::is_sorted(rows.begin(), rows.end(),
                       [](const DiffRow& x, const DiffRow& y) { return x.score > y.score; }));
  int64_t base = 0, against = 0;
  for (const DiffRow& row : rows) base += row.base_flat, against += row.against_flat;
  CHECK(base == tree.columns[0].total[0]);
  CHECK(against == tree.columns[1].total[0]);
  for (const DiffRow& row : rows) CHECK(std::isfinite(row.score));
}

TEST_CASE("sides without anything give finite rows, one column none") {
  const Tree empty_base = MakeTree({{"a", 0, 0, 10}});
  CHECK(Find(DiffTable(empty_base), "a").score == 1);
  Tree single = MakeTree({{"a", 0, 1, 1}});
  single.columns.pop_back();
  CHECK(DiffTable(single).empty());
  CHECK(DiffTable(Tree()).empty());
}

}  // namespace
}  // namespace dolerite
