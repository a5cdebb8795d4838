// Canonical tables depend on what they say alone.
#include "model/canonical.h"

#include <catch2/catch.hpp>
#include <set>

#include "model/content_hash.h"
#include "model/merged.h"

namespace dolerite::testing {
namespace {

struct Canonical {
  CanonicalTables canonical;
  std::vector<std::vector<uint32_t>> stacks;  // of each profile's stacks, in its order
  std::vector<uint32_t> layouts;
};

// Merges profiles in the order given and keeps layouts and the samples' label sets.
Canonical MergeAll(const std::vector<Profile>& profiles) {
  SymbolMerger merger;
  std::vector<std::vector<StackId>> nodes;
  std::vector<SymbolMerger::Remap> remaps(profiles.size());
  for (size_t i = 0; i < profiles.size(); ++i) {
    nodes.push_back(Merge(profiles[i], &merger, &remaps[i]));
  }
  UsedRows used(merger.tables());
  for (size_t i = 0; i < profiles.size(); ++i) {
    used.layouts[remaps[i].layout.value] = 1;
    for (AttributeSetId set : profiles[i].samples.attributes) {
      used.attribute_sets[remaps[i].attribute_sets[set.value].value] = 1;
    }
  }
  Canonical out{MakeCanonical(merger.tables(), std::move(used)), {}, {}};
  for (size_t i = 0; i < profiles.size(); ++i) {
    std::vector<uint32_t>& stacks = out.stacks.emplace_back();
    for (StackId node : nodes[i]) stacks.push_back(out.canonical.stacks[node.value]);
    out.layouts.push_back(out.canonical.layouts[remaps[i].layout.value]);
  }
  return out;
}

std::vector<Profile> Some(uint64_t seed) {
  std::vector<Profile> profiles;
  for (uint64_t i = 0; i < 4; ++i) profiles.push_back(GenerateProfile(seed * 10 + i));
  return profiles;
}

TEST_CASE("sources in any order give the same tables") {
  for (uint64_t seed = 0; seed < 25; ++seed) {
    const std::vector<Profile> profiles = Some(seed);
    const Canonical expected = MergeAll(profiles);
    std::vector<Profile> other;
    for (size_t i = profiles.size(); i-- > 0;)
      other.push_back(ShuffleTables(profiles[i], seed + i));
    const Canonical got = MergeAll(other);
    CHECK(Text(got.canonical.tables) == Text(expected.canonical.tables));
    CHECK(std::vector<uint32_t>(got.layouts.rbegin(), got.layouts.rend()) == expected.layouts);
  }
}

TEST_CASE("tables ascend without equals, and stacks are in pre-order, siblings by location") {
  for (uint64_t seed = 0; seed < 25; ++seed) {
    const MergedTables tables = MergeAll(Some(seed)).canonical.tables;
    const Symbols& s = tables.symbols;
    for (uint32_t i = 1; i < s.strings.size(); ++i) {
      CHECK(s.strings[StringId{i - 1}] < s.strings[StringId{i}]);
    }
    const Functions& f = s.functions;
    for (size_t i = 2; i < f.size(); ++i) {
      const auto key = [&](size_t row) {
        return std::tuple(f.name[row], f.system_name[row], f.file[row], f.start_line[row]);
      };
      CHECK(key(i - 1) < key(i));
    }
    const StackTree& t = tables.stacks;
    std::vector<uint32_t> path = {0}, last_child(t.size(), UINT32_MAX);
    for (uint32_t i = 1; i < t.size(); ++i) {
      while (!path.empty() && path.back() != t.parent[i]) path.pop_back();
      REQUIRE(!path.empty());  // the parent is the last node or one above it
      uint32_t& last = last_child[t.parent[i]];
      if (last != UINT32_MAX) CHECK(last < t.location[i].value);
      last = t.location[i].value;
      path.push_back(i);
    }
  }
}

TEST_CASE("what nobody uses is left behind") {
  Profile profile;
  Symbols& s = profile.symbols;
  const StringId kept = s.strings.Add("kept"), orphan = s.strings.Add("orphan");
  s.AddFunction(kept, {}, {}, 1), s.AddFunction(orphan, {}, {}, 1);
  s.locations.lines.items.push_back({{1}, 1, 1});
  s.AddLocation({}, 1);
  s.locations.lines.items.push_back({{2}, 1, 1});
  s.AddLocation({}, 2);
  s.AddAttribute(orphan, AttributeKind::kInteger, 1);
  s.attribute_sets.items.push_back({0});
  s.attribute_sets.Close();
  profile.stacks.items.push_back({0});
  profile.stacks.Close();
  const MergedTables tables = MergeAll({profile}).canonical.tables;
  CHECK(tables.symbols.strings.size() == 2);
  CHECK(tables.symbols.functions.size() == 2);
  CHECK(tables.symbols.locations.size() == 1);
  CHECK(tables.symbols.attributes.size() == 0);
  CHECK(tables.symbols.attribute_sets.size() == 1);
  CHECK(tables.stacks.size() == 2);
}

TEST_CASE("hashes of content do not depend on tables") {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    const std::vector<Profile> profiles = Some(seed);
    const Canonical alone = MergeAll({profiles[0]}), company = MergeAll(profiles);
    const ContentHashes a = HashContent(alone.canonical.tables);
    const ContentHashes b = HashContent(company.canonical.tables);
    for (size_t i = 0; i < alone.stacks[0].size(); ++i) {
      CHECK(a.stacks[alone.stacks[0][i]] == b.stacks[company.stacks[0][i]]);
    }
    CHECK(a.layouts[alone.layouts[0]] == b.layouts[company.layouts[0]]);
    // And differ where content does.
    for (const auto* rows : {&b.strings, &b.stacks, &b.attribute_sets}) {
      CHECK(std::set<uint64_t>(rows->begin(), rows->end()).size() == rows->size());
    }
  }
}

TEST_CASE("large tables ask the host while they are ordered and hashed") {
  constexpr size_t kRows = 1 << 15;
  SymbolMerger merger;
  for (size_t i = 0; i < kRows; ++i) merger.AddString(std::to_string(i));
  UsedRows used(merger.tables());
  used.strings.assign(used.strings.size(), 1);
  // Stops a call at its first check, its second one and so on; how often until it comes through.
  const auto stops_of = [](const auto& run) {
    absl::Status status = absl::CancelledError("stop");
    size_t stops = 0;
    for (; !status.ok() && stops < 100; ++stops) {
      size_t asked = 0;
      status = run({.check = [&] {
        return asked++ >= stops ? absl::CancelledError("stop") : absl::OkStatus();
      }});
      if (!status.ok()) CHECK(status == absl::CancelledError("stop"));
    }
    CHECK(status.ok());
    return stops - 1;
  };
  CHECK(stops_of(
            [&](const CallContext& call) { return HashContent(merger.tables(), call).status(); }) >=
        kRows >> 14);
  CHECK(stops_of([&](const CallContext& call) {
          return MakeCanonical(merger.tables(), used, call).status();
        }) >= 3);
}

}  // namespace
}  // namespace dolerite::testing
