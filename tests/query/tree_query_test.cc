// Flame graphs against plain loops, over selections, splits and layouts.
#include <functional>

#include "dolerite/top.h"
#include "query/naive.h"
#include "support/share.h"

namespace dolerite::testing {
namespace {

constexpr FrameBy kAll[] = {FrameBy::kFunction, FrameBy::kLine, FrameBy::kFile, FrameBy::kAddress,
                            FrameBy::kMapping};

// A selection, and the same as a plain condition.
struct Choice {
  Selection selection;
  std::function<bool(const Input&)> holds;
};

std::vector<Choice> Choices(const std::vector<Input>& inputs, const std::string& label,
                            uint64_t seed) {
  Random random(seed);
  const std::string value(inputs[random.Below(inputs.size())].series.Get(label).value_or(""));
  int64_t start = inputs[random.Below(inputs.size())].profile.time_nanos;
  int64_t end = inputs[random.Below(inputs.size())].profile.time_nanos;
  if (start > end) std::swap(start, end);
  const auto is = [=](const Input& i) { return i.series.Get(label).value_or("") == value; };
  using Op = LabelMatcher::Op;
  return {
      {{}, [](const Input&) { return true; }},
      {{.matchers = {{label, Op::kEqual, value}}}, is},
      {{.matchers = {{label, Op::kNotEqual, value}}}, [=](const Input& i) { return !is(i); }},
      {{.matchers = {{label, Op::kMatch, "no such|" + value}}}, is},
      {{.matchers = {{label, Op::kMatch, value.substr(0, value.size() - 1)}}},
       [](const Input&) { return false; }},  // expressions match the whole value
      {{.matchers = {{label, Op::kNoMatch, value}, {"not there", Op::kEqual, ""}}},
       [=](const Input& i) { return !is(i); }},
      {{.matchers = {{"not there", Op::kNotEqual, ""}}}, [](const Input&) { return false; }},
      {{.start_nanos = start, .end_nanos = end},
       [=](const Input& i) { return i.profile.time_nanos >= start && i.profile.time_nanos < end; }},
      {{.start_nanos = start, .matchers = {{label, Op::kEqual, value}}},
       [=](const Input& i) { return i.profile.time_nanos >= start && is(i); }},
  };
}

void CheckAgainstNaive(const std::vector<Input>& inputs, const std::vector<std::string>& blocks,
                       const Choice& choice, const std::string& sample_type, FrameBy by) {
  Sums sums;
  for (const Input& input : inputs) {
    if (choice.holds(input)) AddNaive(input.profile, sample_type, by, &sums);
  }
  Selection selection = choice.selection;
  selection.sample_type = sample_type;
  const Flames expected = FlamesOf(sums);
  for (const bool heads : {true, false}) {
    const Tree tree = Ask(blocks, {selection, by}, heads);
    const bool same = FlamesOf(tree) == expected;
    CHECK(same);
    for (size_t i = 1; i < tree.size(); ++i) {
      if (tree.parent[i] >= i) FAIL_CHECK("a parent behind its child");
    }
    std::map<std::string, std::pair<int64_t, int64_t>> top;
    for (const TopRow& row : Top(tree)) top[row.name] = {row.flat.at(0), row.cum.at(0)};
    const bool same_top = top == NaiveTop(sums);
    CHECK(same_top);
  }
}

TEST_CASE("flame graphs of generated profiles are those of a plain loop") {
  for (uint64_t seed = 0; seed < ShareOf(12, 3); ++seed) {
    GenerateOptions options;
    options.names = 4 + seed % 9;
    options.everything = seed % 2 == 0;
    const std::vector<Input> inputs = Generated(seed, 16, options);
    const std::vector<std::string> blocks = {
        Build(inputs, {.profiles_per_group = static_cast<uint32_t>(seed % 4),
                       .samples_per_chunk = seed % 3 ? 70u : 65'536u})};
    size_t at = seed;
    for (const char* label : {"pod", "service_name"}) {
      for (const Choice& choice : Choices(inputs, label, seed)) {
        const FrameBy by = kAll[at++ % std::size(kAll)];
        INFO("seed " << seed << ", choice " << at << ", by " << static_cast<int>(by));
        CheckAgainstNaive(inputs, blocks, choice, at % 2 ? "type0" : "", by);
      }
    }
  }
}

TEST_CASE("flame graphs of real profiles are those of a plain loop") {
  if (!CorpusPresent()) return;
  for (const auto& [kind, type] : {std::pair{"cpu", "cpu"}, {"heap", "alloc_space"}}) {
    std::vector<Input> inputs = ReadSeries("checkout/v1.5.0");
    std::erase_if(inputs, [kind = kind](const Input& i) { return i.series.Get("kind") != kind; });
    inputs.resize(20);
    const std::vector<std::string> blocks = {Build(inputs)};
    for (FrameBy by : kAll) {
      INFO(kind << " " << static_cast<int>(by));
      CheckAgainstNaive(inputs, blocks, {{}, [](const Input&) { return true; }}, type, by);
    }
    const std::vector<Choice> choices = Choices(inputs, "pod", 1);
    for (size_t i : {1, 2, 7}) {
      CheckAgainstNaive(inputs, blocks, choices[i], type, FrameBy::kFunction);
    }
  }
}

TEST_CASE("any split into blocks and any order of merges gives the same tree") {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    INFO("seed " << seed);
    GenerateOptions options;
    options.names = 4;
    const std::vector<Input> inputs = Generated(seed, 12, options);
    const std::string whole = Text(Ask({Build(inputs)}, {}));
    Random random(seed);
    std::vector<std::vector<Input>> parts(1 + random.Below(5));
    for (const Input& input : inputs) parts[random.Below(parts.size())].push_back(input);
    std::vector<std::string> blocks;
    for (const auto& part : parts) blocks.push_back(Build(part));
    CHECK(Text(Ask(blocks, {})) == whole);

    std::vector<TreeQuery> partials;
    for (const std::string& bytes : blocks) {
      const BlockReader block = OpenBytes(bytes);
      REQUIRE(partials.emplace_back(TreeQuestion()).Add(block).ok());
    }
    while (partials.size() > 1) {
      const size_t from = random.Below(partials.size());
      TreeQuery taken = std::move(partials[from]);
      partials.erase(partials.begin() + static_cast<ptrdiff_t>(from));
      REQUIRE(partials[random.Below(partials.size())].Merge(std::move(taken)).ok());
    }
    CHECK(partials[0].cost().profiles == inputs.size());
    CHECK(Text(*std::move(partials[0]).Finish()) == whole);
  }
}

TEST_CASE("stacks that cancel out leave nothing, however blocks are cut") {
  Input plus = Generated(3, 1)[0];
  Input minus = plus;
  for (int64_t& value : minus.profile.samples.values) value = -value;
  const Tree together = Ask({Build({plus, minus})}, {});
  const Tree apart = Ask({Build({plus}), Build({minus})}, {});
  CHECK(together.size() == 1);
  CHECK(Text(apart) == Text(together));
}

Profile OneSample(int64_t value, const char* type = "cpu", const char* unit = "nanoseconds") {
  Profile p;
  p.sample_types = {{p.symbols.strings.Add(type), p.symbols.strings.Add(unit)}};
  p.period_type = p.sample_types[0];
  p.symbols.AddLocation({}, 1);
  p.stacks.items = {{0}};
  p.stacks.Close();
  p.samples.stack = {{1}}, p.samples.attributes = {{}}, p.samples.values = {value};
  return p;
}

TEST_CASE("sums that leave 64 bits are an error, never a wrapped number") {
  const std::string most = Build({{{}, OneSample(INT64_MAX)}});
  const std::string one = Build({{{}, OneSample(1)}});
  const std::string least = Build({{{}, OneSample(INT64_MIN)}});
  CHECK(Ask({most}, {}).columns[0].total[0] == INT64_MAX);
  CHECK(Ask({least}, {}).columns[0].total[0] == INT64_MIN);
  const auto fails = [](const std::vector<std::string>& blocks) {
    TreeQuery query({});
    for (const std::string& bytes : blocks) {
      const absl::Status status = query.Add(OpenBytes(bytes));
      if (!status.ok()) return absl::IsOutOfRange(status);
    }
    return absl::IsOutOfRange(std::move(query).Finish().status());
  };
  CHECK(fails({most, one}));
  Profile later = OneSample(INT64_MIN);
  later.time_nanos = 1;  // a block of its own: the same block twice counts once
  CHECK(fails({least, Build({{{}, later}})}));
  // The same in one block, in one row group and in several.
  Profile other = OneSample(1);
  other.time_nanos = 1;
  for (uint32_t group : {1, 2}) {
    CHECK(fails({Build({{{}, OneSample(INT64_MAX)}, {{}, other}}, {.profiles_per_group = group})}));
  }
}

// Two that fit together although a third in between would not.
TEST_CASE("whether a sum fits does not depend on the order of profiles or on blocks") {
  std::vector<Input> inputs;
  int64_t time = 0;
  for (int64_t value : {INT64_MAX, int64_t{5}, int64_t{-5}, INT64_MIN, int64_t{3}}) {
    inputs.push_back({{}, OneSample(value)});
    inputs.back().profile.time_nanos = ++time;
  }
  std::vector<std::string> apart;
  for (const Input& input : inputs) apart.push_back(Build({input}));
  const Tree expected = Ask(apart, {});
  CHECK(expected.columns[0].total[0] == 2);
  CHECK(Text(Ask({Build(inputs)}, {})) == Text(expected));
  CHECK(Text(Ask({Build(inputs, {.profiles_per_group = 1})}, {})) == Text(expected));
  ProfileQuery merged({});
  REQUIRE(merged.Add(OpenBytes(Build(inputs))).ok());
  const absl::StatusOr<Profile> profile = std::move(merged).Finish();
  REQUIRE(profile.ok());
  CHECK(profile->samples.values == std::vector<int64_t>{2});
}

TEST_CASE("a cut tree keeps every total") {
  const std::string block = Build(Generated(4, 12));
  const Flames whole = FlamesOf(Ask({block}, {}));
  for (size_t most : {1, 2, 5, 20, 100, 100'000}) {
    TreeQuery query({});
    REQUIRE(query.Add(OpenBytes(block)).ok());
    const Tree tree = *std::move(query).Finish({most});
    const Flames flames = FlamesOf(tree);
    size_t kept = 0, rests = 0;
    for (const auto& [path, values] : flames) {
      const bool rest = !path.empty() && path.back() == Tree::kRest;
      (rest ? rests : kept) += 1;
      if (!rest) CHECK(values.second == whole.at(path).second);
    }
    CHECK(kept <= most);
    CHECK(kept + tree.cut_nodes == whole.size());
    __int128 selves = 0;
    for (int64_t self : tree.columns[0].self) selves += self;
    CHECK(selves == whole.at({}).second);
    if (most >= whole.size()) CHECK(rests == 0);
  }
}

TEST_CASE("questions that are not clear are refused with what there is") {
  std::vector<Input> inputs = {{{{"kind", "cpu"}, {"pod", "a"}}, OneSample(5)},
                               {{{"kind", "heap"}}, OneSample(7, "inuse_space", "bytes")}};
  const std::string bytes = Build(inputs);
  const BlockReader block = OpenBytes(bytes);
  const auto error = [&](const Selection& selection) {
    TreeQuery query({selection});
    absl::Status status = query.Add(block);
    // Whether some block has a sample type is known in the end only.
    const absl::StatusOr<Tree> tree = std::move(query).Finish();
    if (status.ok()) {
      status = tree.status();
    } else {
      REQUIRE(tree.ok());  // the partial is as before
      CHECK(tree->size() == 1);
    }
    CHECK(absl::IsInvalidArgument(status));
    return std::string(status.message());
  };
  const std::string several = error({});
  CHECK(several.find("cpu, heap") != std::string::npos);
  CHECK(several.find("in memory") != std::string::npos);  // the block's name
  CHECK(error({.profile_type = "cpu", .sample_type = "x"}).find("cpu") != std::string::npos);
  CHECK(error({.matchers = {{"pod", LabelMatcher::Op::kMatch, "("}}}).find("pod") !=
        std::string::npos);
  CHECK(Ask({bytes}, {.selection = {.profile_type = "cpu"}}).columns[0].total[0] == 5);
  CHECK(Ask({bytes}, {.selection = {.profile_type = "no such"}}).size() == 1);
  CHECK(Ask({bytes}, {.selection = {.matchers = {{"pod", LabelMatcher::Op::kEqual, "a"}}}}).unit ==
        "nanoseconds");

  // The same over two blocks, and in partials.
  const std::string cpu = Build({inputs[0]}), heap = Build({inputs[1]});
  TreeQuery one({}), other({});
  REQUIRE(one.Add(OpenBytes(cpu)).ok());
  CHECK(absl::IsInvalidArgument(one.Add(OpenBytes(heap))));
  REQUIRE(other.Add(OpenBytes(heap)).ok());
  CHECK(absl::IsInvalidArgument(one.Merge(std::move(other))));
  CHECK(std::move(one).Finish()->columns[0].total[0] == 5);
}

TEST_CASE("a row group that is selected whole is answered from its heads") {
  std::vector<Input> inputs;
  for (int64_t i = 0; i < 10; ++i) {
    inputs.push_back({{{"pod", "a"}}, OneSample(i + 1)});
    inputs.back().profile.time_nanos = i;
  }
  const std::string bytes = Build(inputs, {.profiles_per_group = 5});
  TreeQuery all({}), some({.selection = {.end_nanos = 7}});
  REQUIRE(all.Add(OpenBytes(bytes)).ok());
  REQUIRE(some.Add(OpenBytes(bytes)).ok());
  CHECK(all.cost().row_groups == 2);
  CHECK(all.cost().row_groups_from_heads == 2);
  CHECK(all.cost().rows == 2);
  CHECK(some.cost().row_groups_from_heads == 1);
  CHECK(some.cost().profiles == 7);
  CHECK(std::move(all).Finish()->columns[0].total[0] == 55);
  CHECK(std::move(some).Finish()->columns[0].total[0] == 28);
}

}  // namespace
}  // namespace dolerite::testing
