// Merging finds what is equal, and only that.
#include <catch2/catch.hpp>

#include "model/merged.h"

namespace dolerite::testing {
namespace {

TEST_CASE("what is added twice has the same ids and adds nothing") {
  for (uint64_t seed = 0; seed < 40; ++seed) {
    const Profile profile = GenerateProfile(seed);
    SymbolMerger merger;
    SymbolMerger::Remap first, second;
    const std::vector<StackId> nodes = Merge(profile, &merger, &first);
    const std::string before = Text(merger.tables());
    const std::vector<StackId> again = Merge(profile, &merger, &second);
    CHECK(Text(merger.tables()) == before);
    CHECK(again == nodes);
    CHECK(second.strings == first.strings);
    CHECK(second.mappings == first.mappings);
    CHECK(second.functions == first.functions);
    CHECK(second.locations == first.locations);
    CHECK(second.labels == first.labels);
    CHECK(second.attribute_sets == first.attribute_sets);
    CHECK(second.layout == first.layout);
  }
}

TEST_CASE("merged tables merged again are the same tables") {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    SymbolMerger merger;
    SymbolMerger::Remap remap;
    for (uint64_t i = 0; i < 4; ++i) merger.Add(GenerateProfile(seed * 10 + i).symbols, &remap);
    SymbolMerger again;
    again.Add(merger.tables().symbols, &remap);
    for (uint32_t i = 0; i < remap.locations.size(); ++i) CHECK(remap.locations[i].value == i);
    for (uint32_t i = 0; i < remap.mappings.size(); ++i) CHECK(remap.mappings[i].value == i);
    for (uint32_t i = 0; i < remap.functions.size(); ++i) CHECK(remap.functions[i].value == i);
  }
}

TEST_CASE("rows that differ in one column stay apart") {
  Symbols s;
  const StringId a = s.strings.Add("a"), b = s.strings.Add("b"), also_a = s.strings.Add("a");
  s.AddFunction(a, a, a, 1);
  s.AddFunction(also_a, a, also_a, 1);  // equal, by other rows of equal strings
  for (int i = 0; i < 4; ++i) {
    s.AddFunction(i == 0 ? b : a, i == 1 ? b : a, i == 2 ? b : a, i == 3 ? 2 : 1);
  }
  const auto location = [&](uint32_t function, int64_t line, int64_t column, uint64_t address,
                            bool folded) {
    s.locations.lines.items.push_back({FunctionId{function}, line, column});
    s.AddLocation({}, address, folded);
  };
  location(1, 5, 6, 7, false);
  location(2, 5, 6, 7, false);
  location(3, 5, 6, 7, false), location(1, 6, 6, 7, false), location(1, 5, 7, 7, false);
  location(1, 5, 6, 8, false), location(1, 5, 6, 7, true);
  s.AddAttribute(a, AttributeKind::kInteger, 1), s.AddAttribute(also_a, AttributeKind::kInteger, 1);
  s.AddAttribute(b, AttributeKind::kInteger, 1), s.AddAttribute(a, AttributeKind::kBoolean, 1);
  s.AddAttribute(a, AttributeKind::kInteger, 2), s.AddAttribute(a, AttributeKind::kInteger, 1, b);
  for (uint32_t i = 0; i < s.attributes.size(); ++i) s.attribute_sets.items.push_back({i});
  s.attribute_sets.Close();
  SymbolMerger merger;
  SymbolMerger::Remap remap;
  merger.Add(s, &remap);
  const Symbols& merged = merger.tables().symbols;
  CHECK(merged.functions.size() == 1 + 5);
  CHECK(remap.functions[1] == remap.functions[2]);
  CHECK(merged.locations.size() == 6);
  CHECK(remap.locations[0] == remap.locations[1]);
  CHECK(merged.attributes.size() == 5);
  CHECK(remap.labels[0] == remap.labels[1]);
}

// Two of these locations have one mapping, address and line number, so one is guessed for the
// other.
TEST_CASE("locations of one address that differ stay apart, whichever comes first") {
  const auto source = [](std::string_view name, int64_t line, int64_t start_line) {
    Symbols s;
    const StringId id = s.strings.Add(name);
    s.AddFunction(id, id, id, start_line);
    s.locations.lines.items.push_back({FunctionId{1}, line, 0});
    s.AddLocation({}, 7);
    return s;
  };
  // The first is a function that says nothing, which is not "no function".
  const std::vector<Symbols> sources = {source("", 5, 0), source("a", 5, 0), source("a", 5, 1),
                                        source("b", 5, 0), source("a", 6, 0)};
  for (size_t first = 0; first < sources.size(); ++first) {
    SymbolMerger merger;
    SymbolMerger::Remap remap;
    Symbols none;
    none.locations.lines.items.push_back({FunctionId{}, 5, 0});
    none.AddLocation({}, 7);
    merger.Add(none, &remap);
    std::vector<LocationId> locations;
    for (size_t i = 0; i < 3 * sources.size(); ++i) {
      merger.Add(sources[(first + i) % sources.size()], &remap);
      locations.push_back(remap.locations[0]);
      CHECK(locations[i] == locations[i % sources.size()]);
    }
    CHECK(merger.tables().symbols.locations.size() == 1 + sources.size());
    CHECK(merger.tables().symbols.functions.size() == 1 + sources.size() - 1);
  }
}

TEST_CASE("labels that no set has are not merged, nor are their texts") {
  Symbols s;
  const StringId key = s.strings.Add("span"), id = s.strings.Add("0123456789abcdef"),
                 thread = s.strings.Add("thread");
  s.AddAttribute(key, AttributeKind::kString, id.value);
  const AttributeId label = s.AddAttribute(thread, AttributeKind::kInteger, 7);
  s.attribute_sets.items.push_back(label);
  s.attribute_sets.Close();
  SymbolMerger merger;
  SymbolMerger::Remap remap;
  merger.Add(s, &remap);
  CHECK(merger.tables().symbols.attributes.size() == 1);
  CHECK(merger.tables().symbols.strings.size() == 2);  // the empty one and "thread"
  CHECK(remap.labels[label.value] == AttributeId{0});
  CHECK(remap.labels[0] == AttributeId{UINT32_MAX});
  CHECK(remap.strings[id.value] == StringId{UINT32_MAX});
}

TEST_CASE("the order of labels in a set has no meaning") {
  SymbolMerger merger;
  const AttributeId labels[] = {{3}, {1}, {2}}, other[] = {{1}, {2}, {3}}, less[] = {{1}, {2}};
  CHECK(merger.AddLabelSet(labels) == merger.AddLabelSet(other));
  CHECK(merger.AddLabelSet(labels) != merger.AddLabelSet(less));
  CHECK(merger.AddLabelSet({}) == AttributeSetId{});
}

TEST_CASE("equal mappings of one process are distinguished by their starts") {
  Symbols one, two;
  for (uint64_t start : {900, 100, 500}) one.AddMapping(start, start + 10, 0, {}, {});
  for (uint64_t start : {50, 20, 30}) two.AddMapping(start, start + 10, 0, {}, {});
  SymbolMerger merger;
  SymbolMerger::Remap a, b;
  merger.Add(one, &a), merger.Add(two, &b);
  CHECK(merger.tables().symbols.mappings.size() == 4);
  CHECK(a.mappings[2] == b.mappings[2]);  // the lowest of each
  CHECK(a.mappings[3] == b.mappings[3]);
  CHECK(a.mappings[1] == b.mappings[1]);
  CHECK(a.layout != b.layout);
}

TEST_CASE("many equal mappings of one process take no more than their number of steps") {
  Symbols s;
  for (uint64_t i = 0; i < 65'000; ++i) s.AddMapping(i, i, 0, {}, {});
  SymbolMerger merger;
  SymbolMerger::Remap remap;
  merger.Add(s, &remap);
  merger.Add(s, &remap);
  CHECK(merger.tables().symbols.mappings.size() == 65'001);
}

TEST_CASE("stacks are the same node by whatever way they are added") {
  SymbolMerger merger;
  SymbolMerger::Remap remap;
  merger.Add(GenerateProfile(1).symbols, &remap);
  Random random(1);
  for (int round = 0; round < 500; ++round) {
    std::vector<LocationId> leaf_first(random.Below(6));
    for (LocationId& l : leaf_first) l = {random.Below(3)};
    StackId node;
    for (size_t i = leaf_first.size(); i-- > 0;) node = merger.AddChild(node, leaf_first[i]);
    CHECK(merger.AddStack(leaf_first) == node);
  }
  const StackTree& tree = merger.tables().stacks;
  for (uint32_t i = 1; i < tree.size(); ++i) CHECK(tree.parent[i] < i);
}

}  // namespace
}  // namespace dolerite::testing
