// Merging under rules gives the bytes of a block of the profiles without what the rules take out.
#include "block/merge_rules.h"

#include <algorithm>
#include <optional>

#include "block/merge_support.h"
#include "dolerite/query.h"

namespace dolerite::testing {
namespace {

// The profiles of a block, with the ids that it shows them by.
std::vector<Input> WithIds(const std::string& block) {
  const BlockReader reader = OpenBytes(block);
  const auto listing = reader.ListProfiles();
  REQUIRE(listing.ok());
  std::vector<Input> inputs;
  for (const ProfileSummary& summary : listing->profiles) {
    auto profile = reader.ReadProfile(summary.index);
    REQUIRE(profile.ok());
    profile->id = summary.id;
    inputs.push_back({*summary.series, *std::move(profile)});
  }
  return inputs;
}

bool IsIn(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// Takes sample types out of a profile; false if none is left.
bool DropTypes(const MergeRules& rules, Profile* p) {
  const StringTable& strings = p->symbols.strings;
  const size_t before = p->sample_types.size();
  std::vector<size_t> kept;
  for (size_t v = 0; v < before; ++v) {
    if (!IsIn(rules.sample_types, strings[p->sample_types[v].type])) kept.push_back(v);
  }
  if (kept.empty() && before > 0) return false;
  std::vector<int64_t> values;
  for (size_t i = 0; i < p->samples.size(); ++i) {
    for (size_t v : kept) values.push_back(p->samples.values[i * before + v]);
  }
  p->samples.values = std::move(values);
  std::vector<ValueType> types;
  for (size_t v : kept) types.push_back(p->sample_types[v]);
  p->sample_types = std::move(types);
  if (IsIn(rules.sample_types, strings[p->default_sample_type])) p->default_sample_type = {};
  return true;
}

void DropLabels(const MergeRules& rules, LabelSet* series, Profile* p) {
  std::vector<LabelSet::Pair> labels;
  for (const LabelSet::Pair& label : series->pairs()) {
    if (!IsIn(rules.labels, label.first)) labels.push_back(label);
  }
  *series = LabelSet(*LabelSet::Make(std::move(labels)));
  Symbols& s = p->symbols;
  const size_t sets = s.attribute_sets.size();
  std::vector<AttributeSetId> mapped;
  for (size_t set = 0; set < sets; ++set) {
    std::vector<AttributeId> kept;
    for (const AttributeId* a = s.attribute_sets.begin(set); a != s.attribute_sets.end(set); ++a) {
      if (!IsIn(rules.labels, s.strings[s.attributes.key[a->value]])) kept.push_back(*a);
    }
    if (kept.size() == s.attribute_sets.length(set)) {
      mapped.push_back({static_cast<uint32_t>(set)});
    } else if (kept.empty()) {
      mapped.push_back({});
    } else {
      mapped.push_back({static_cast<uint32_t>(s.attribute_sets.size())});
      s.attribute_sets.items.insert(s.attribute_sets.items.end(), kept.begin(), kept.end());
      s.attribute_sets.Close();
    }
  }
  for (AttributeSetId& set : p->samples.attributes) set = mapped[set.value];
}

void CheckRules(const std::vector<std::string>& blocks, const std::vector<Input>& all,
                const MergeRules& rules) {
  std::vector<Input> kept;
  uint64_t gone = 0;
  for (Input input : WithIds(Build(all))) {
    if (!DropTypes(rules, &input.profile)) {
      ++gone;
      continue;
    }
    DropLabels(rules, &input.series, &input.profile);
    kept.push_back(std::move(input));
  }
  MergeCounts counts;
  const auto merged = Merge(blocks, {}, 1 << 30, &counts, nullptr, rules);
  INFO(merged.status());
  REQUIRE(merged.ok());
  CHECK(counts.dropped.profiles == gone);
  CHECK((*merged == Build(kept)));
  const auto damage = OpenBytes(*merged).Verify();
  REQUIRE(damage.ok());
  CHECK(damage->empty());
}

TEST_CASE("merging under rules: series of the corpus without some sample types and labels") {
  const std::vector<Input> inputs = ReadSeries("checkout", 11);
  const std::vector<std::string> blocks = {
      Build({inputs.begin(), inputs.begin() + inputs.size() / 2}),
      Build({inputs.begin() + inputs.size() / 2, inputs.end()})};
  CheckRules(blocks, inputs, {{"alloc_objects", "alloc_space"}, {}, false});
  CheckRules(blocks, inputs, {{"samples", "contentions"}, {"bytes", "version"}, false});
  CheckRules(blocks, inputs, {{}, {"bytes", "span_id", "kind"}, false});
}

TEST_CASE("merging under rules: what nothing has is dropped without a trace but ids") {
  const std::vector<Input> inputs = Generated(7, 15);
  CheckRules({Build(inputs)}, inputs, {{"no such type"}, {"no such label"}, false});
}

// Each node's name, parent and totals.
std::vector<std::string> Totals(TreeQuery* query) {
  const auto tree = std::move(*query).Finish();
  INFO(tree.status());
  REQUIRE(tree.ok());
  std::vector<std::string> nodes;
  for (size_t i = 0; i < tree->size(); ++i) {
    std::string& node = nodes.emplace_back(tree->names[tree->name[i]]);
    node += " " + std::to_string(tree->parent[i]);
    for (const auto& column : tree->columns) node += " " + std::to_string(column.total[i]);
  }
  CHECK(nodes.size() > 1);
  return nodes;
}

TEST_CASE("merging under rules: sums stay where bodies go") {
  const std::vector<Input> inputs = ReadSeries("checkout", 11);
  const std::string built = Build(inputs);
  MergeCounts counts;
  const auto merged = Merge({built}, {}, 1 << 30, &counts, nullptr, {{}, {}, true});
  INFO(merged.status());
  REQUIRE(merged.ok());
  CHECK(counts.dropped.bodies == inputs.size());
  CHECK(merged->size() < built.size());
  const BlockReader before = OpenBytes(built), after = OpenBytes(*merged);
  for (const char* type : {"cpu", "heap"}) {
    TreeQuery of_before({.selection = {.profile_type = type}});
    TreeQuery of_after({.selection = {.profile_type = type}});
    REQUIRE(of_before.Add(before).ok());
    const absl::Status added = of_after.Add(after);
    INFO(type << ": " << added);
    REQUIRE(added.ok());
    CHECK(Totals(&of_before) == Totals(&of_after));
  }
  CHECK(absl::IsFailedPrecondition(after.ReadProfile(0).status()));
  // No damage: what is not there was dropped.
  CHECK(after.Verify()->empty());
  // What has no bodies cannot be merged again.
  CHECK(absl::IsFailedPrecondition(Merge({*merged, built}).status()));
}

}  // namespace
}  // namespace dolerite::testing
