// Which value of the samples is meant, and values in several units of one dimension.
#include "dolerite/top.h"
#include "query/naive_values.h"

namespace dolerite::testing {
namespace {

using Value = std::pair<const char*, const char*>;  // sample type, unit

// One sample in main, with a value for each type.
Profile OfTypes(const std::vector<Value>& types, const std::vector<int64_t>& values,
                int64_t time = 0) {
  Profile p;
  StringTable& strings = p.symbols.strings;
  for (const auto& [type, unit] : types) {
    p.sample_types.push_back({strings.Add(type), strings.Add(unit)});
  }
  p.period_type = {strings.Add("cpu"), strings.Add("nanoseconds")};
  const FunctionId main = p.symbols.AddFunction(strings.Add("main"), {}, {}, 0);
  p.symbols.locations.lines.items.push_back({main, 1, 0});
  p.symbols.AddLocation({}, 1);
  p.stacks.items = {{0}};
  p.stacks.Close();
  p.samples.stack = {{1}}, p.samples.attributes = {{}}, p.samples.values = values;
  p.time_nanos = time;
  return p;
}

Profile FaultNamed(const std::string& name) {
  const absl::StatusOr<Profile> profile = ReadPprof(ReadCorpusFile("faults/" + name + ".pb.gz"));
  REQUIRE(profile.ok());
  return *profile;
}

absl::StatusOr<Tree> TreeOf(const std::string& block, const Selection& selection) {
  TreeQuery query({selection});
  if (const absl::Status status = query.Add(OpenBytes(block)); !status.ok()) return status;
  return std::move(query).Finish();
}

TEST_CASE("a sample type is a name and a unit") {
  Profile p = OfTypes({{"allocations", "count"}, {"allocations", "bytes"}}, {10, 1090});
  for (const char* by_default : {"", "allocations"}) {
    p.default_sample_type = p.symbols.strings.Add(by_default);
    const std::string block = Build({{{}, p}});
    const auto total = [&](const char* sample_type, const char* profile_type = "") {
      const absl::StatusOr<Tree> tree =
          TreeOf(block, {.profile_type = profile_type, .sample_type = sample_type});
      INFO(sample_type << " of " << profile_type << ": " << tree.status());
      REQUIRE(tree.ok());
      return std::pair(tree->columns[0].total[0], tree->unit);
    };
    const std::pair<int64_t, std::string> bytes{1090, "bytes"}, count{10, "count"};
    CHECK(total("allocations/bytes") == bytes);
    CHECK(total("allocations/count") == count);
    CHECK(total("allocations/kB") == bytes);
    CHECK(total("/count") == count);
    CHECK(total("") == bytes);
    CHECK(total("", ":allocations:bytes::") == bytes);
    CHECK(total("", ":allocations:count::") == count);
    CHECK(total("allocations/count", ":allocations:::") == count);
    CHECK(total("allocations", ":allocations:bytes::") == bytes);

    const absl::Status several = TreeOf(block, {.sample_type = "allocations"}).status();
    CHECK(absl::IsInvalidArgument(several));
    CHECK(several.ToString().find("allocations/bytes, allocations/count") != std::string::npos);
    const absl::Status clash =
        TreeOf(block, {.profile_type = ":allocations:bytes::", .sample_type = "allocations/count"})
            .status();
    CHECK(absl::IsInvalidArgument(clash));
    const absl::Status none = TreeOf(block, {.sample_type = "allocations/seconds"}).status();
    CHECK(absl::IsInvalidArgument(none));
    CHECK(none.ToString().find("allocations/bytes") != std::string::npos);
  }
}

TEST_CASE("Pyroscope's five parts reach the bytes of async-profiler's allocations") {
  if (!CorpusPresent()) return;
  const char* const parts = "allocations:allocations:bytes:allocations:";
  const std::pair<const char*, Selection> kAsked[] = {
      {"same_type_two_units", {.profile_type = parts}},
      {"same_type_two_units", {.sample_type = "allocations/bytes"}},
      {"same_type_two_units_default", {.sample_type = "allocations/bytes"}}};
  for (const auto& [name, selection] : kAsked) {
    INFO(name);
    const absl::StatusOr<Tree> tree = TreeOf(Build({{{}, FaultNamed(name)}}), selection);
    INFO(tree.status());
    REQUIRE(tree.ok());
    CHECK(tree->columns[0].total[0] == 1090);
    CHECK(tree->unit == "bytes");
  }
}

TEST_CASE("units of one dimension are one measure, exactly") {
  if (!CorpusPresent()) return;
  const auto sum = [](const char* one, const char* other) {
    const Profile a = FaultNamed(one), b = FaultNamed(other);
    const Tree together = Ask({Build({{{}, a}, {{}, b}})}, {});
    CHECK(Text(Ask({Build({{{}, b}}), Build({{{}, a}})}, {})) == Text(together));
    return std::pair(together.columns[0].total[0], together.unit);
  };
  CHECK(sum("unit_spelt_ns", "unit_spelt_nanoseconds") ==
        std::pair(int64_t{20'000'000}, std::string("nanoseconds")));
  CHECK(sum("wall_ns", "wall_us") == std::pair(int64_t{1'001'000}, std::string("nanoseconds")));
}

// Profiles of one series whose agent was upgraded again and again.
std::vector<Input> Upgraded() {
  std::vector<Input> inputs;
  int64_t time = 0;
  for (const auto& [unit, value] : {std::pair{"us", 7},
                                    {"milliseconds", 3},
                                    {"us", 5},
                                    {"s", 2},
                                    {"microseconds", 11},
                                    {"ms", -1}}) {
    time += 1'000'000'000;
    inputs.push_back({{{"pod", "a"}}, OfTypes({{"wall", unit}}, {value}, time)});
    inputs.back().profile.id.emplace()[0] = static_cast<uint8_t>(inputs.size());
  }
  return inputs;
}

TEST_CASE("every answer is in the finest unit, however blocks are cut") {
  const std::vector<Input> inputs = Upgraded();
  const int64_t micros = 7 + 3'000 + 5 + 2'000'000 + 11 - 1'000;
  for (uint64_t seed = 0; seed < 8; ++seed) {
    INFO("seed " << seed);
    const Tree tree = AskInParts(inputs, TreeQuestion(), seed);
    CHECK(tree.columns[0].total[0] == micros);
    CHECK(tree.unit == "microseconds");

    const auto trees = AskInParts(inputs, GroupedTreesQuestion{.group_by = {"pod"}}, seed);
    REQUIRE(trees.size() == 1);
    CHECK(trees[0].tree.columns[0].total[0] == micros);

    SeriesQuestion question;
    question.step_nanos = 3'600'000'000'000;
    question.exemplars = 1;
    for (const char* function : {"", "main"}) {
      question.function = function;
      const TimeSeries series = AskInParts(inputs, question, seed);
      CHECK(series.unit == "microseconds");
      REQUIRE(series.lines.size() == 1);
      CHECK(series.lines[0].points[0].integer == micros);
      CHECK(series.lines[0].points[0].exemplars[0].value == 2'000'000);
    }
    const Heatmap heatmap = AskInParts(inputs, HeatmapQuestion(), seed);
    CHECK(heatmap.unit == "microseconds");
    CHECK(heatmap.edges.front() == -1'000);
    CHECK(heatmap.edges.back() >= 2'000'000);
  }
  // What is selected decides which unit is the finest.
  const Tree tree = Ask({Build(inputs)}, {.selection = {.start_nanos = 6'000'000'000}});
  CHECK(tree.columns[0].total[0] == -1);
  CHECK(tree.unit == "ms");
}

TEST_CASE("both sides of a diff are in one unit") {
  const std::string block = Build(Upgraded());
  DiffQuery query(
      {.base = {.end_nanos = 1'500'000'000}, .against = {.start_nanos = 6'000'000'000}});
  REQUIRE(query.Add(OpenBytes(block)).ok());
  const absl::StatusOr<Tree> tree = std::move(query).Finish();
  REQUIRE(tree.ok());
  CHECK(tree->unit == "us");
  CHECK(tree->columns[0].total[0] == 7);
  CHECK(tree->columns[1].total[0] == -1'000);
}

TEST_CASE("a sum that leaves 64 bits of the finest unit is an error") {
  const std::string fine = Build({{{}, OfTypes({{"wall", "ns"}}, {1})}});
  const std::string coarse = Build({{{}, OfTypes({{"wall", "s"}}, {int64_t{1} << 58})}});
  const std::string absurd = Build({{{}, OfTypes({{"wall", "hours"}}, {INT64_MAX})}});
  CHECK(Ask({coarse}, {}).columns[0].total[0] == int64_t{1} << 58);
  TreeQuery both({}), hours({});
  REQUIRE(both.Add(OpenBytes(fine)).ok());
  REQUIRE(both.Add(OpenBytes(coarse)).ok());
  CHECK(absl::IsOutOfRange(std::move(both).Finish().status()));
  CHECK(absl::IsOutOfRange(hours.Add(OpenBytes(absurd))));
}

TEST_CASE("values of different dimensions do not add up") {
  const std::string bytes = Build({{{}, OfTypes({{"x", "bytes"}}, {1})}});
  const std::string time = Build({{{}, OfTypes({{"x", "ns"}}, {1})}});
  TreeQuery query({});
  REQUIRE(query.Add(OpenBytes(bytes)).ok());
  CHECK(absl::IsInvalidArgument(query.Add(OpenBytes(time))));
}

}  // namespace
}  // namespace dolerite::testing
