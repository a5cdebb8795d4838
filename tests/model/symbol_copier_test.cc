// Copies of symbols: what is reached, once, and for many profiles in turn.
#include "model/symbol_copier.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "base/status.h"
#include "dolerite/profile.h"
#include "support/generate.h"
#include "support/profile_equal.h"

namespace dolerite::testing {
namespace {

// A table with two mappings, and a location in each.
Symbols TwoFiles() {
  Symbols s;
  const StringId app = s.strings.Add("app"), lib = s.strings.Add("lib"), f = s.strings.Add("f");
  s.strings.Add("never used");
  const MappingId first = s.AddMapping(0x1000, 0x2000, 0, app, {});
  const MappingId second = s.AddMapping(0x5000, 0x6000, 0x40, lib, {});
  const FunctionId function = s.AddFunction(f, {}, app, 7);
  s.locations.lines.items.push_back({function, 9, 0});
  s.AddLocation(second, 0x5008);
  s.AddLocation(first, 0x1004);
  return s;
}

TEST_CASE("Copies hold what was asked for, each row once", "[copier]") {
  const Symbols from = TwoFiles();
  Profile to;
  SymbolCopier copier;
  copier.Start(from, &to);
  const LocationId copy = copier.Location({0});
  CHECK(copier.Location({0}) == copy);
  CHECK(to.symbols.locations.size() == 1);
  CHECK(to.symbols.functions.size() == 2);
  CHECK(to.symbols.mappings.size() == 2);
  CHECK(to.symbols.strings.size() == 4);  // "", app, lib, f
  CHECK(to.symbols.strings[to.symbols.mappings.file[1]] == "lib");
  CHECK(to.symbols.locations.address[copy.value] == 0x5008);
  CHECK(to.Validate().ok());
}

TEST_CASE("Mappings take the order of the source", "[copier]") {
  const Symbols from = TwoFiles();
  Profile to;
  SymbolCopier copier;
  copier.Start(from, &to);
  copier.Location({0}), copier.Location({1});
  copier.OrderMappings();
  REQUIRE(to.symbols.mappings.size() == 3);
  CHECK(to.symbols.strings[to.symbols.mappings.file[1]] == "app");
  CHECK(to.symbols.mappings.start[1] == 0x1000);
  CHECK(to.symbols.mappings.limit[2] == 0x6000);
  CHECK(to.symbols.locations.mapping == std::vector<MappingId>{{2}, {1}});
  CHECK(copier.Mapping({1}) == MappingId{1});
  CHECK(copier.Mapping({2}) == MappingId{2});
}

TEST_CASE("Locations move with a mapping that is placed elsewhere", "[copier]") {
  const Symbols from = TwoFiles();
  Profile to;
  SymbolCopier copier;
  copier.Start(from, &to);
  const MappingId placed = copier.PlaceMapping({2}, 0xf000);
  CHECK(copier.PlaceMapping({2}, 0xa000) == placed);  // the first place holds
  copier.Location({0}), copier.Location({1});
  CHECK(to.symbols.mappings.start[placed.value] == 0xf000);
  CHECK(to.symbols.mappings.limit[placed.value] == 0x10000);
  CHECK(to.symbols.locations.address == std::vector<uint64_t>{0xf008, 0x1004});
}

TEST_CASE("One copier serves many profiles", "[copier]") {
  const Symbols from = TwoFiles();
  SymbolCopier copier;
  for (int i = 0; i < 3; ++i) {
    Profile to;
    copier.Start(from, &to);
    CHECK(copier.Location({1}) == LocationId{0});
    CHECK(to.symbols.locations.size() == 1);
    CHECK(to.symbols.strings.size() == 2);
    CHECK(to.Validate().ok());
  }
}

TEST_CASE("Stacks are copied from lists and from trees alike", "[copier]") {
  const Symbols from = TwoFiles();
  Lists<LocationId> lists;
  lists.Close();
  lists.items = {{0}, {1}};
  lists.Close();
  const StackTree tree{{0, 0, 1}, {{}, {1}, {0}}};
  Profile of_list, of_tree;
  SymbolCopier copier;
  copier.Start(from, &of_list);
  CHECK(copier.Stack(lists, {1}) == StackId{1});
  CHECK(copier.Stack(lists, {0}) == StackId{0});
  copier.Start(from, &of_tree);
  const std::vector<uint32_t> nodes = {2, 0, 2};
  std::vector<StackId> copies;
  copier.Stacks(tree, nodes, &copies);
  CHECK(copies == std::vector<StackId>{{1}, {0}, {1}});
  CHECK(of_list.stacks == of_tree.stacks);
  CHECK(of_tree.symbols.locations.size() == 2);
  CHECK(of_tree.symbols.functions.size() == 2);
  CHECK(of_tree.symbols.mappings.size() == 3);
  CHECK(of_tree.Validate().ok());
  // What one profile has is copied again for the next one.
  Profile next;
  copier.Start(from, &next);
  copies.clear();
  copier.Stacks(tree, nodes, &copies);
  CHECK(copies == std::vector<StackId>{{1}, {0}, {1}});
  CHECK(next.stacks == of_tree.stacks);
  CHECK(next.symbols.locations.address == of_tree.symbols.locations.address);
  CHECK(of_list.stacks.items == std::vector<LocationId>{{0}, {1}});
}

TEST_CASE("Stacks of a tree are its paths, in whatever order they are asked for", "[copier]") {
  Symbols from;
  for (uint64_t i = 0; i < 20; ++i) from.AddLocation({}, i);
  for (const uint64_t seed : {1, 2, 3}) {
    Random random(seed);
    StackTree tree{{0}, {{}}};
    for (uint32_t i = 1; i < 200; ++i) {
      // Some trees are in pre-order nearly, some are not.
      const uint32_t back = std::min(i, 1 + random.Below(seed * 20));
      tree.parent.push_back(i - back);
      tree.location.push_back({random.Below(20)});
    }
    std::vector<uint32_t> nodes;
    for (int i = 0; i < 300; ++i) nodes.push_back(random.Below(tree.size()));
    if (seed == 2) std::sort(nodes.begin(), nodes.end());
    Profile to;
    SymbolCopier copier;
    copier.Start(from, &to);
    std::vector<StackId> copies;
    copier.Stacks(tree, nodes, &copies);
    REQUIRE(copies.size() == nodes.size());
    for (size_t i = 0; i < nodes.size(); ++i) {
      std::vector<uint64_t> expected, copied;
      for (uint32_t at = nodes[i]; at != 0; at = tree.parent[at]) {
        expected.push_back(tree.location[at].value);
      }
      const uint32_t row = copies[i].value;
      for (const LocationId* l = to.stacks.begin(row); l != to.stacks.end(row); ++l) {
        copied.push_back(to.symbols.locations.address[l->value]);
      }
      CHECK(copied == expected);
    }
    CHECK(to.Validate().ok());
  }
}

TEST_CASE("A charge that is refused ends the copying", "[copier]") {
  const Symbols from = TwoFiles();
  size_t charged = 0;
  SymbolCopier copier([&](size_t bytes) {
    charged += bytes;
    return charged > 150 ? ResourceExhausted("enough") : absl::OkStatus();
  });
  Profile to;
  copier.Start(from, &to);
  copier.Location({0});
  CHECK(absl::IsResourceExhausted(copier.status()));
  const size_t strings = to.symbols.strings.size();
  CHECK(copier.String({4}) == StringId{});
  CHECK(to.symbols.strings.size() == strings);
  copier.Start(from, &to);
  CHECK(copier.status().ok());
}

}  // namespace
}  // namespace dolerite::testing
