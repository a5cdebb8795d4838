// Trees of gauges: averaged over each series' profiles, added up over series.
#include <cmath>

#include "query/naive_values.h"

namespace dolerite::testing {
namespace {

Profile Fault(const std::string& name) {
  const absl::StatusOr<Profile> profile = ReadPprof(ReadCorpusFile("faults/" + name + ".pb.gz"));
  REQUIRE(profile.ok());
  return *profile;
}

ValueKinds AllGauges() {
  ValueKinds kinds;
  for (const char* type : {"type0", "type1", "type2"}) kinds[{"", type}] = ValueKind::kGauge;
  return kinds;
}

TEST_CASE("memory that is seen four times is there once") {
  if (!CorpusPresent()) return;
  std::vector<Input> inputs;
  for (int i = 0; i < 4; ++i)
    inputs.push_back({{{"pod", "a"}}, Fault("gauge_" + std::to_string(i))});
  for (const uint32_t group : {1u, 4u}) {
    const std::string block = Build(inputs, {.profiles_per_group = group});
    const Tree tree = Ask({block}, {});
    CHECK(tree.columns[0].total[0] == 500);
    CHECK(tree.aggregate == "average");
    const Tree sum = Ask({block}, {.kinds = {}});
    CHECK(sum.columns[0].total[0] == 2000);
    CHECK(sum.aggregate == "sum");
  }
  // Two pods have twice as much.
  std::vector<Input> two = inputs;
  for (Input input : inputs) two.push_back((input.series.Set("pod", "b"), input));
  CHECK(Ask({Build(two)}, {}).columns[0].total[0] == 1000);
  // Each side of a diff has its own average.
  DiffQuery diff({.base = {.matchers = {{"pod", LabelMatcher::Op::kEqual, "a"}}}, .against = {}});
  REQUIRE(diff.Add(OpenBytes(Build(two))).ok());
  const absl::StatusOr<Tree> both = std::move(diff).Finish();
  REQUIRE(both.ok());
  CHECK(both->columns[0].total[0] == 500);
  CHECK(both->columns[1].total[0] == 1000);
  CHECK(both->aggregate == "average");
}

// Exact averages: the sum of fractions by path.
std::map<Path, long double> NaiveAverages(const std::vector<Input>& inputs) {
  std::map<LabelSet, long double> profiles;
  for (const Input& input : inputs) ++profiles[input.series];
  std::map<Path, long double> out;
  for (const Input& input : inputs) {
    Sums sums;
    AddNaive(input.profile, "", FrameBy::kFunction, &sums);
    for (const auto& [path, value] : sums) {
      out[path] += static_cast<long double>(value) / profiles[input.series];
    }
  }
  return out;
}

TEST_CASE("averages are those of a plain loop, less than 1 off in every value and total") {
  for (uint64_t seed = 0; seed < 10; ++seed) {
    INFO("seed " << seed);
    GenerateOptions options;
    options.names = 4 + seed % 5;
    const std::vector<Input> inputs = Generated(seed, 14, options);
    const TreeQuestion question{.kinds = AllGauges()};
    const Tree tree =
        Ask({Build(inputs, {.profiles_per_group = static_cast<uint32_t>(seed % 4)})}, question);
    std::map<Path, long double> selves = NaiveAverages(inputs), totals;
    for (const auto& [path, value] : selves) {
      for (size_t size = 0; size <= path.size(); ++size) {
        totals[Path(path.begin(), path.begin() + static_cast<ptrdiff_t>(size))] += value;
      }
    }
    // Long doubles are not exact: allow them a little.
    const long double most = 1 + 1e-6L * std::fabs(totals[{}]);
    const Flames flames = FlamesOf(tree);
    for (const auto& [path, values] : flames) {
      CHECK(std::fabs(static_cast<long double>(values.first) - selves[path]) < most);
      CHECK(std::fabs(static_cast<long double>(values.second) - totals[path]) < most);
    }
    for (const auto& [path, value] : totals) {
      if (flames.count(path) == 0) CHECK(std::fabs(value) < most);
    }
  }
}

TEST_CASE("averages are the same over any split and order, from heads and from bodies") {
  for (uint64_t seed = 0; seed < 10; ++seed) {
    INFO("seed " << seed);
    GenerateOptions options;
    options.names = 4;
    const std::vector<Input> inputs = Generated(seed, 14, options);
    const TreeQuestion question{.kinds = AllGauges()};
    const std::string whole = Text(Ask({Build(inputs, {.profiles_per_group = 3})}, question));
    CHECK(Text(Ask({Build(inputs)}, question, false)) == whole);
    CHECK(Text(AskInParts(inputs, question, seed)) == whole);

    const GroupedTreesQuestion grouped{.group_by = {"pod"}, .kinds = AllGauges()};
    const auto trees = AskFor({Build(inputs)}, grouped);
    const auto parts = AskInParts(inputs, grouped, seed);
    REQUIRE(trees.size() == parts.size());
    for (size_t i = 0; i < trees.size(); ++i) {
      CHECK(trees[i].labels == parts[i].labels);
      CHECK(Text(trees[i].tree) == Text(parts[i].tree));
      CHECK(trees[i].tree.aggregate == "average");
      // A group that is a pod is what the pod's own tree says.
      const std::string pod(trees[i].labels.Get("pod").value_or(""));
      TreeQuestion one = question;
      one.selection.matchers = {{"pod", LabelMatcher::Op::kEqual, pod}};
      CHECK(Text(Ask({Build(inputs)}, one)) == Text(trees[i].tree));
    }
  }
}

TEST_CASE("a tree of gauges has the total that its time series has") {
  for (uint64_t seed = 0; seed < 6; ++seed) {
    const std::vector<Input> inputs = Generated(seed, 10, {});
    SeriesQuestion question;
    question.step_nanos = INT64_MAX;
    question.kinds = AllGauges();
    const TimeSeries series = AskFor({Build(inputs)}, question);
    const Tree tree = Ask({Build(inputs)}, {.kinds = AllGauges()});
    REQUIRE(series.lines.size() == 1);
    REQUIRE(series.lines[0].points.size() == 1);
    const double exact = series.lines[0].points[0].value;
    CHECK(std::fabs(static_cast<double>(tree.columns[0].total[0]) - exact) <=
          0.5 + 1e-9 * std::fabs(exact));
  }
}

// Many small parts: none gets lost by rounding it alone.
TEST_CASE("fractions add up") {
  Profile p;
  StringTable& strings = p.symbols.strings;
  p.sample_types = {{strings.Add("goroutine"), strings.Add("count")}};
  for (int i = 0; i < 100; ++i) {
    const FunctionId function =
        p.symbols.AddFunction(strings.Add("f" + std::to_string(i)), {}, {}, 0);
    p.symbols.locations.lines.items.push_back({function, 1, 0});
    const LocationId location = p.symbols.AddLocation({}, static_cast<uint64_t>(i) + 1);
    p.stacks.items.push_back(location);
    p.stacks.Close();
    p.samples.stack.push_back({static_cast<uint32_t>(i) + 1});
    p.samples.attributes.push_back({});
    p.samples.values.push_back(1);
  }
  Profile empty;
  empty.sample_types = {
      {empty.symbols.strings.Add("goroutine"), empty.symbols.strings.Add("count")}};
  std::vector<Input> inputs = {{{}, p}, {{}, empty}, {{}, empty}};
  for (size_t i = 0; i < 3; ++i) inputs[i].profile.time_nanos = static_cast<int64_t>(i);
  const Tree tree = Ask({Build(inputs)}, {});
  CHECK(tree.columns[0].total[0] == 33);  // 100 of 3 profiles
  CHECK(*std::min_element(tree.columns[0].self.begin(), tree.columns[0].self.end()) == 0);
  CHECK(*std::max_element(tree.columns[0].self.begin(), tree.columns[0].self.end()) == 1);
}

TEST_CASE("sides of which one is a gauge do not compare, sums do") {
  const auto of_type = [](const char* type) {
    Profile p;
    p.sample_types = {{p.symbols.strings.Add("space"), p.symbols.strings.Add("bytes")}};
    p.period_type = {p.symbols.strings.Add(type), p.symbols.strings.Add("bytes")};
    p.symbols.AddLocation({}, 1);
    p.stacks.items = {{0}};
    p.stacks.Close();
    p.samples.stack = {{1}}, p.samples.attributes = {{}}, p.samples.values = {8};
    return p;
  };
  const std::string block = Build({{{{"k", "1"}}, of_type("space")}, {{{"k", "2"}}, of_type("x")}});
  DiffQuestion question{.base = {.matchers = {{"k", LabelMatcher::Op::kEqual, "1"}}},
                        .against = {.matchers = {{"k", LabelMatcher::Op::kEqual, "2"}}},
                        .kinds = {{{"space", "space"}, ValueKind::kGauge}}};
  const auto finish = [&] {
    DiffQuery query(question);
    REQUIRE(query.Add(OpenBytes(block)).ok());
    return std::move(query).Finish().status();
  };
  CHECK(absl::IsFailedPrecondition(finish()));
  question.kinds = {};
  CHECK(finish().ok());
}

}  // namespace
}  // namespace dolerite::testing
