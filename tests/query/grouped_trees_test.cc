// Flame graphs by group against plain loops.
#include "query/every_question.h"
#include "support/share.h"

namespace dolerite::testing {
namespace {

std::map<LabelSet, Sums> NaiveGroups(const std::vector<Input>& inputs, const NaiveChoice& choice,
                                     const std::string& type, FrameBy by,
                                     const std::vector<std::string>& group_by) {
  std::map<LabelSet, Sums> groups;
  for (const Input& input : inputs) {
    if (!choice.profile(input)) continue;
    for (size_t i = 0; i < input.profile.samples.size(); ++i) {
      if (!choice.sample(input.profile, i)) continue;
      Sums one;
      AddNaive(OnlySample(input.profile, i), type, by, &one);
      Path path = one.begin()->first;
      choice.frames(&path);
      if (choice.cuts && path.empty()) continue;
      groups[NaiveGroup(input, i, group_by)][path] += one.begin()->second;
    }
  }
  return groups;
}

void CheckGroups(const std::vector<Input>& inputs, const NaiveChoice& choice,
                 const std::string& type, FrameBy by, const std::vector<std::string>& group_by) {
  GroupedTreesQuestion question{choice.selection, by, group_by};
  question.selection.sample_type = type;
  const std::vector<std::string> blocks = {Build(inputs, {.profiles_per_group = 4})};
  std::map<LabelSet, Flames> expected;
  for (const auto& [labels, sums] : NaiveGroups(inputs, choice, type, by, group_by)) {
    const Flames flames = FlamesOf(sums);
    if (flames != FlamesOf(Sums())) expected[labels] = flames;
  }
  for (bool heads : {true, false}) {
    const std::vector<GroupedTree> trees = AskFor(blocks, question, {.heads = heads});
    std::vector<LabelSet> order;
    std::map<LabelSet, Flames> got;
    for (const GroupedTree& tree : trees) {
      order.push_back(tree.labels);
      got[tree.labels] = FlamesOf(tree.tree);
      CHECK(tree.tree.type == type);
    }
    CHECK(std::is_sorted(order.begin(), order.end()));
    CHECK(order.size() == got.size());
    const bool same = got == expected;
    CHECK(same);
  }
}

const std::vector<std::vector<std::string>> kGroupBys = {
    {}, {"pod"}, {"key1"}, {"pod", "key1"}, {"key0", "key3"}, {"nowhere"}, {"nowhere", "pod"}};

TEST_CASE("flame graphs by group are those of a plain loop") {
  for (uint64_t seed = 0; seed < ShareOf(8, 2); ++seed) {
    GenerateOptions options;
    options.everything = seed % 2 == 0;
    const std::vector<Input> inputs = Generated(seed, 8, options);
    for (const NaiveChoice& choice : NaiveChoices(inputs, seed)) {
      for (const auto& group_by : kGroupBys) {
        INFO("seed " << seed << " group by " << group_by.size());
        CheckGroups(inputs, choice, seed % 3 == 0 ? "type0" : "type1", FrameBy::kFunction,
                    group_by);
      }
    }
  }
}

TEST_CASE("flame graphs by group, whatever names its frames") {
  GenerateOptions options;
  options.everything = true;
  const std::vector<Input> inputs = Generated(3, 8, options);
  for (FrameBy by :
       {FrameBy::kFunction, FrameBy::kLine, FrameBy::kFile, FrameBy::kAddress, FrameBy::kMapping}) {
    CheckGroups(inputs, {}, "type1", by, {"pod", "key1"});
  }
}

TEST_CASE("a name that some series have and others leave to samples") {
  GenerateOptions options;
  options.everything = true;
  std::vector<Input> inputs = Generated(5, 8, options);
  for (size_t i = 0; i < inputs.size(); i += 2) inputs[i].series.Set("key1", "of the series");
  CheckGroups(inputs, {}, "type1", FrameBy::kFunction, {"key1"});
  CheckGroups(inputs, {}, "type1", FrameBy::kFunction, {"key0", "key1", "pod"});
}

TEST_CASE("groups add up to the whole") {
  for (uint64_t seed = 0; seed < 5; ++seed) {
    const std::vector<std::string> blocks = {Build(Generated(seed, 6)),
                                             Build(Generated(seed + 50, 6))};
    const Flames whole = FlamesOf(AskFor(blocks, TreeQuestion()));
    for (const auto& group_by : kGroupBys) {
      Sums sums;
      for (const GroupedTree& tree : AskFor(blocks, GroupedTreesQuestion{.group_by = group_by})) {
        for (const auto& [path, values] : FlamesOf(tree.tree)) sums[path] += values.first;
      }
      const bool same = FlamesOf(sums) == whole;
      CHECK(same);
    }
  }
}

TEST_CASE("any split and any order of merges gives the same groups") {
  for (uint64_t seed = 0; seed < 10; ++seed) {
    const std::vector<Input> inputs = Generated(seed, 10);
    const GroupedTreesQuestion question{.group_by = {"pod", "key1"}};
    const std::string whole = Text(AskFor({Build(inputs)}, question, {}, {9}));
    const bool same = Text(AskInParts(inputs, question, seed, {9})) == whole;
    CHECK(same);
  }
}

TEST_CASE("groups of real profiles") {
  if (!CorpusPresent()) return;
  std::vector<Input> inputs;
  for (Input& input : ReadSeries("checkout/", 24)) {
    if (input.series.Get("kind") == "cpu") inputs.push_back(std::move(input));
  }
  REQUIRE(inputs.size() > 3);
  CheckGroups(inputs, {}, "cpu", FrameBy::kFunction, {"pod"});
}

TEST_CASE("a label to group by needs a name") {
  GroupedTreesQuery query({.group_by = {"pod", ""}});
  CHECK(absl::IsInvalidArgument(query.Add(OpenBytes(Build(Generated(1, 2))))));
}

}  // namespace
}  // namespace dolerite::testing
