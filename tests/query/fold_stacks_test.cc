// The fold against a map of paths of names, whichever tables it is given.
#include "query/answers/fold_stacks.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "support/generate.h"

namespace dolerite::testing {
namespace {

using Path = std::vector<std::string>;

struct TablesOptions {
  bool repeated = false;  // two strings of each name
  bool unordered = false;
  bool bare = false;  // some locations have no lines
};

// Few names, so that many stacks meet in one node; some locations have inlined calls.
MergedTables RandomTables(Random* random, const TablesOptions& options) {
  MergedTables tables;
  Symbols& s = tables.symbols;
  std::vector<std::string> names;
  for (char c = 'a'; c < 'h'; ++c) names.insert(names.end(), options.repeated ? 2 : 1, {c});
  if (options.unordered) std::reverse(names.begin(), names.end());
  for (const std::string& name : names) s.AddFunction(s.strings.Add(name), {}, {}, 0);
  const MappingId mapping = s.AddMapping(0, 100, 0, s.strings.Add("/bin/x"), {});
  for (uint32_t l = 0; l < 30; ++l) {
    const uint32_t lines = options.bare && random->OneIn(4) ? 0 : 1 + random->Below(3) / 2;
    for (uint32_t i = 0; i < lines; ++i) {
      const uint32_t function = 1 + random->Below(s.functions.size() - 1);
      s.locations.lines.items.push_back({.function = {function}, .line = random->Below(9)});
    }
    s.AddLocation(mapping, l);
  }
  // In pre-order: each node lies below one of the path to the node before.
  tables.stacks.parent = {0}, tables.stacks.location = {{}};
  std::vector<uint32_t> path = {0};
  for (uint32_t node = 1; node < 400; ++node) {
    path.resize(1 + random->Below(path.size()));
    tables.stacks.parent.push_back(path.back());
    tables.stacks.location.push_back({random->Below(s.locations.size())});
    path.push_back(node);
  }
  return tables;
}

// The same tables as they are before lines are read.
MergedTables WithCalls(MergedTables tables) {
  Lists<Line>& lines = tables.symbols.locations.lines;
  tables.calls.ends = lines.ends;
  for (const Line& line : lines.items) tables.calls.items.push_back(line.function);
  lines = {};
  return tables;
}

std::vector<Path> PathsOfStacks(const MergedTables& tables) {
  const Symbols& s = tables.symbols;
  std::vector<Path> paths = {{}};
  for (size_t i = 1; i < tables.stacks.size(); ++i) {
    Path path = paths[tables.stacks.parent[i]];
    const uint32_t l = tables.stacks.location[i].value;
    for (const Line* line = s.locations.lines.end(l); line != s.locations.lines.begin(l);) {
      path.emplace_back(s.strings[s.functions.name[(--line)->function.value]]);
    }
    if (s.locations.lines.length(l) == 0) path.emplace_back("[x]");
    paths.push_back(std::move(path));
  }
  return paths;
}

std::vector<Path> PathsOfNodes(const SumTree& tree) {
  std::vector<Path> paths;
  Path path;
  for (size_t node = 0; node < tree.size(); ++node) {
    if (node > 0) {
      path.resize(tree.depth[node] - 1);
      path.emplace_back(tree.names[StringId{tree.name[node]}]);
    }
    paths.push_back(path);
  }
  return paths;
}

void CheckFold(const MergedTables& tables, const std::vector<Path>& of_stacks,
               const std::vector<char>& wanted) {
  const auto folded = FoldStacks(tables, wanted, FrameBy::kFunction, 2, {});
  REQUIRE(folded.ok());
  // Each wanted stack makes the nodes of its path and no other: all of them once, in order.
  std::set<Path> expected = {{}};
  for (size_t i = 0; i < wanted.size(); ++i) {
    for (size_t size = 0; wanted[i] != 0 && size <= of_stacks[i].size(); ++size) {
      expected.insert(
          Path(of_stacks[i].begin(), of_stacks[i].begin() + static_cast<ptrdiff_t>(size)));
    }
  }
  const std::vector<Path> nodes = PathsOfNodes(folded->tree);
  CHECK((nodes == std::vector<Path>(expected.begin(), expected.end())));
  CHECK(folded->tree.self.size() == 2 * nodes.size());
  CHECK(std::count(folded->tree.self.begin(), folded->tree.self.end(), 0) ==
        std::ssize(folded->tree.self));
  for (size_t i = 0; i < wanted.size(); ++i) {
    if (wanted[i] != 0) CHECK((nodes[folded->node[i]] == of_stacks[i]));
  }
}

TEST_CASE("stacks of the same names are one node, in the order of names") {
  const bool repeated = GENERATE(false, true), unordered = GENERATE(false, true);
  for (uint64_t seed = 0; seed < 20; ++seed) {
    Random random(seed);
    const bool bare = seed % 2 == 1;
    const MergedTables tables = RandomTables(&random, {repeated, unordered, bare});
    const std::vector<Path> paths = PathsOfStacks(tables);
    for (const uint64_t one_in : {1, 2, 50}) {
      std::vector<char> wanted(paths.size());
      for (char& mark : wanted) mark = random.OneIn(one_in);
      INFO(seed << ", one stack in " << one_in);
      CheckFold(tables, paths, wanted);
      // Readers keep calls only where each location has lines.
      if (!bare) CheckFold(WithCalls(tables), paths, wanted);
    }
  }
}

TEST_CASE("no wanted stack leaves the root") {
  Random random(1);
  const MergedTables tables = RandomTables(&random, {});
  const std::vector<Path> paths = PathsOfStacks(tables);
  CheckFold(tables, paths, std::vector<char>(paths.size()));
}

TEST_CASE("the fold asks the host, and stops") {
  Random random(2);
  const MergedTables tables = RandomTables(&random, {});
  for (size_t stop_at = 0;; ++stop_at) {
    size_t asked = 0;
    const CallContext call{.check = [&] {
      return asked++ == stop_at ? absl::CancelledError("stop") : absl::OkStatus();
    }};
    const auto folded = FoldStacks(tables, std::vector<char>(400, 1), FrameBy::kFunction, 1, call);
    if (folded.ok()) {
      CHECK(stop_at >= 4);
      break;
    }
    CHECK(folded.status() == absl::CancelledError("stop"));
  }
}

}  // namespace
}  // namespace dolerite::testing
