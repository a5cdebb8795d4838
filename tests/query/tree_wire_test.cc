// Trees of sums as bytes: what is written comes back, and few bytes never become many.
#include "query/answers/tree_wire.h"

#include <catch2/catch.hpp>

#include "base/bytes.h"

namespace dolerite::testing {
namespace {

// A path of nodes, one for each name, with these sums.
SumTree PathOf(const std::vector<std::string>& names, const std::vector<__int128>& sums) {
  SumTree tree;
  for (uint32_t i = 0; i < names.size(); ++i) tree.Add(i + 1, tree.names.Add(names[i]).value);
  for (size_t i = 0; i < sums.size(); ++i) tree.self[i] = sums[i];
  return tree;
}

std::string Encoded(const SumTree& tree) {
  PartialWriter wire;
  EncodeSums(tree, &wire);
  return wire.bytes();
}

absl::Status DecodedInto(SumTree* tree, std::string_view bytes) {
  PartialReader wire(bytes, "tree");
  DecodeSums(&wire, tree);
  return wire.End();
}

void CheckComesBack(const SumTree& tree) {
  SumTree back;
  REQUIRE(DecodedInto(&back, Encoded(tree)).ok());
  CHECK(back.depth == tree.depth);
  CHECK(back.name == tree.name);
  const bool same_sums = back.self == tree.self;
  CHECK(same_sums);
  REQUIRE(back.names.size() == tree.names.size());
  for (uint32_t i = 0; i < tree.names.size(); ++i) {
    CHECK(back.names[StringId{i}] == tree.names[StringId{i}]);
  }
}

TEST_CASE("sums of a tree come back, whatever divides them") {
  const __int128 wide = __int128{1} << 70;
  const std::vector<std::vector<__int128>> columns = {
      {0, 0, 0},          {0, 10'000'000, 250'000'000},    {7, -21, 0},
      {INT64_MIN, 0, 0},  {INT64_MAX, -INT64_MAX, 0},      {wide, -wide, 1},
      {0, INT64_MIN, 24}, {int64_t{1} << 62, 0, INT64_MIN}};
  for (const std::vector<__int128>& sums : columns) CheckComesBack(PathOf({"a", "b"}, sums));
  // A divisor makes sums short.
  const size_t nanos = Encoded(PathOf({"a", "b"}, {0, 10'000'000, 630'000'000})).size();
  CHECK(nanos == Encoded(PathOf({"a", "b"}, {0, 1, 63})).size() + VarintSize(10'000'000) - 1);
}

TEST_CASE("names of a tree come back, and what neighbours share is written once") {
  CheckComesBack(PathOf({"a", "aa", "ab", "b", "ba\xff"}, {}));
  // Far more in common than may be left out.
  std::vector<std::string> names;
  const std::string prefix(4'000, 'x');
  for (char c = 'a'; c <= 'z'; ++c) names.push_back(prefix + c);
  const SumTree tree = PathOf(names, {});
  CheckComesBack(tree);
  CHECK(Encoded(tree).size() < 4'000 + 26 * 4'000 / 8);
}

// Names as they would be written: what each shares, and its rest.
std::string NamesOf(const std::vector<std::pair<uint64_t, std::string>>& names) {
  PartialWriter wire;
  wire(uint64_t{names.size() + 1});
  for (const auto& [shared, rest] : names) wire(shared, rest);
  wire(uint64_t{1}, uint64_t{1}, 0);  // the root alone, with a sum of 0
  return wire.bytes();
}

TEST_CASE("names that nobody writes are refused") {
  SumTree sound;
  REQUIRE(DecodedInto(&sound, NamesOf({{0, "abcdefghij"}, {8, "z"}})).ok());
  CHECK(sound.names[StringId{2}] == "abcdefghz");
  const std::string text(100, 'a');
  const std::vector<std::vector<std::pair<uint64_t, std::string>>> bad = {
      {{1, "a"}},              // shares with nothing
      {{0, "ab"}, {3, "c"}},   // shares more than there is
      {{0, text}, {17, "b"}},  // more than 8 bytes for each that is written
      {{0, "ab"}, {0, "ab"}},  // twice
      {{0, "ab"}, {2, ""}},    // twice
      {{0, "ab"}, {1, "a"}},   // out of order
      {{0, ""}},               // the name of the root
  };
  for (const auto& names : bad) {
    SumTree tree;
    CHECK(absl::IsDataLoss(DecodedInto(&tree, NamesOf(names))));
  }
}

}  // namespace
}  // namespace dolerite::testing
