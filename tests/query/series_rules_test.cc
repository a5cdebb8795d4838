// Values over time by hand: what counters, gauges, rates and steps mean, and what is refused.
#include <cmath>

#include "query/naive_values.h"

namespace dolerite::testing {
namespace {

using Aggregate = SeriesQuestion::Aggregate;

// One sample with a label.
Profile OneSample(const char* type, int64_t value, int64_t time, int64_t duration = 0,
                  const char* thread = nullptr) {
  Profile p;
  p.sample_types = {{p.symbols.strings.Add(type), p.symbols.strings.Add("unit")}};
  p.period_type = p.sample_types[0];
  p.time_nanos = time;
  p.duration_nanos = duration;
  p.symbols.AddLocation({}, 1);
  p.stacks.items = {{0}};
  p.stacks.Close();
  if (thread != nullptr) {
    const StringId text = p.symbols.strings.Add(thread);
    p.symbols.attribute_sets.items = {p.symbols.AddAttribute(p.symbols.strings.Add("thread"),
                                                             AttributeKind::kString, text.value)};
    p.symbols.attribute_sets.Close();
  }
  p.samples.stack = {{1}}, p.samples.attributes = {{thread != nullptr}}, p.samples.values = {value};
  return p;
}

// Values of the first line.
std::vector<double> ValuesOf(const std::vector<Input>& inputs, const SeriesQuestion& q) {
  std::vector<double> out;
  const TimeSeries answer = AskFor({Build(inputs)}, q);
  REQUIRE(answer.lines.size() == 1);
  for (const TimeSeries::Point& point : answer.lines[0].points) out.push_back(point.value);
  return out;
}

TEST_CASE("gauges are averaged over time and added over series, counters are added") {
  const auto inputs = [](const char* type) {
    return std::vector<Input>{{{{"pod", "a"}}, OneSample(type, 10, 0)},
                              {{{"pod", "a"}}, OneSample(type, 21, 5)},
                              {{{"pod", "b"}}, OneSample(type, 100, 7)},
                              {{{"pod", "b"}}, OneSample(type, 1, 10)}};
  };
  SeriesQuestion q;
  q.step_nanos = 10;
  CHECK(ValuesOf(inputs("inuse_space"), q) == std::vector<double>{115.5, 1});
  CHECK(ValuesOf(inputs("alloc_space"), q) == std::vector<double>{131, 1});
  q.aggregate = Aggregate::kRate;
  CHECK(ValuesOf(inputs("goroutine"), q) == std::vector<double>{115.5, 1});
  q.aggregate = Aggregate::kAverage;
  CHECK(ValuesOf(inputs("inuse_space"), q) == std::vector<double>{131 / 3.0, 1});
  q.aggregate = Aggregate::kQuantile;
  CHECK(ValuesOf(inputs("inuse_space"), q) == std::vector<double>{21, 1});
  q.kinds = {{{"inuse_space", "inuse_space"}, ValueKind::kCounter},
             {{"", "inuse_space"}, ValueKind::kGauge}};
  q.aggregate = Aggregate::kSum;  // the entry that names the profile type goes first
  std::vector<Input> named = inputs("inuse_space");
  for (Input& input : named) input.series.Set("__name__", "inuse_space");
  CHECK(ValuesOf(named, q) == std::vector<double>{131, 1});
  named[0].series.Set("__name__", "heap"), named.resize(1);
  CHECK(AskFor({Build(named)}, q).exact == false);
}

TEST_CASE("rates are per second of profiled time, else of the step") {
  const std::vector<Input> inputs = {
      // 3 in 2 s and 1 in 2 s; 4 in 1 s; 20 in a step of 10 s.
      {{{"pod", "a"}}, OneSample("cpu", 3, 0, 2 * kSecond)},
      {{{"pod", "a"}}, OneSample("cpu", 1, 5 * kSecond, 2 * kSecond)},
      {{{"pod", "b"}}, OneSample("cpu", 4, 0, kSecond)},
      {{{"pod", "c"}}, OneSample("cpu", 20, 0)},
  };
  SeriesQuestion q;
  q.step_nanos = 10 * kSecond;
  q.aggregate = Aggregate::kRate;
  CHECK(ValuesOf(inputs, q) == std::vector<double>{1 + 4 + 2});
  q.group_by = {"pod"};
  const TimeSeries answer = AskFor({Build(inputs)}, q);
  REQUIRE(answer.lines.size() == 3);
  CHECK(answer.lines[0].points.at(0).value == 1);
  CHECK(answer.lines[1].points.at(0).value == 4);
  CHECK(answer.lines[2].points.at(0).value == 2);
  CHECK(answer.aggregate == "rate");
  CHECK(answer.unit == "unit");
}

TEST_CASE("rates of groups by samples' labels add up to the whole rate") {
  const std::vector<Input> inputs = {
      {{{"pod", "a"}}, OneSample("cpu", 3, 0, kSecond, "x")},
      {{{"pod", "a"}}, OneSample("cpu", 5, 5, kSecond, "y")},
      {{{"pod", "a"}}, OneSample("cpu", 2, 6, 2 * kSecond)},
  };
  SeriesQuestion q;
  q.step_nanos = 10 * kSecond;
  q.aggregate = Aggregate::kRate;
  CHECK(ValuesOf(inputs, q) == std::vector<double>{2.5});
  q.group_by = {"thread"};
  const TimeSeries answer = AskFor({Build(inputs)}, q);
  REQUIRE(answer.lines.size() == 3);
  CHECK(answer.lines[0].labels.empty());
  CHECK(answer.lines[0].points.at(0).value == 0.5);
  CHECK(answer.lines[1].labels == LabelSet{{"thread", "x"}});
  CHECK(answer.lines[1].points.at(0).value == 0.75);
  CHECK(answer.lines[2].points.at(0).value == 1.25);
}

TEST_CASE("totals of whole profiles are answered without a look at samples") {
  const std::vector<Input> inputs = GeneratedWithIds(3, 16, {}, false);
  const std::string block = Build(inputs);
  SeriesQuestion q;
  q.group_by = {"pod"};
  q.exemplars = 2;
  for (int a = 0; a <= static_cast<int>(Aggregate::kQuantile); ++a) {
    q.aggregate = static_cast<Aggregate>(a);
    QueryCost cost;
    AskFor({block}, q, {}, {}, &cost);
    CHECK(cost.profiles == inputs.size());
    CHECK(cost.row_groups == 0);
    CHECK(cost.rows == 0);
    CHECK(cost.section_bytes.count("profiles") == 1);
    CHECK(cost.section_bytes.size() == 1);
  }
  // Whether a stack is in a profile: that it was selected is known without samples.
  q.exemplars = 0;
  q.aggregate = Aggregate::kCount;
  q.function = "function1";
  QueryCost cost;
  AskFor({block}, q, {}, {}, &cost);
  CHECK(cost.rows == 0);
}

TEST_CASE("row groups that lie in one step are answered from heads") {
  std::vector<Input> inputs;
  for (int64_t i = 0; i < 16; ++i) {
    inputs.push_back(
        {{{"pod", "a"}}, OneSample("cpu", i, i * kSecond, kSecond, i % 2 ? "x" : "y")});
  }
  const std::string block = Build(inputs, {.profiles_per_group = 4});
  SeriesQuestion q;
  q.step_nanos = 8 * kSecond;
  q.function = "[unknown]";
  QueryCost cost;
  TimeSeries answer = AskFor({block}, q, {}, {}, &cost);
  CHECK(cost.row_groups == 4);
  CHECK(cost.row_groups_from_heads == 4);
  CHECK(cost.section_bytes.count("bodies") == 0);
  REQUIRE(answer.lines.at(0).points.size() == 2);
  CHECK(answer.lines[0].points[0].integer == 28);
  CHECK(answer.lines[0].points[1].integer == 92);
  q.step_nanos = 6 * kSecond;  // cuts the row group of 4 to 7 in two, and that of 12 to 15 not
  answer = AskFor({block}, q, {}, {}, &cost);
  CHECK(cost.row_groups_from_heads == 3);
  CHECK(answer.lines[0].points.at(0).integer == 15);
}

TEST_CASE("values over time that leave 64 bits are an error, never a wrapped number") {
  const auto inputs = [](std::vector<int64_t> values) {
    std::vector<Input> out;
    for (const int64_t value : values) {
      out.push_back({{}, OneSample("cpu", value, static_cast<int64_t>(out.size()))});
    }
    return out;
  };
  const auto status = [&](const std::vector<Input>& in, Aggregate aggregate) {
    SeriesQuestion q;
    q.aggregate = aggregate;
    SeriesQuery query(q);
    REQUIRE(query.Add(OpenBytes(Build(in))).ok());
    return std::move(query).Finish().status();
  };
  CHECK(absl::IsOutOfRange(status(inputs({INT64_MAX, 1}), Aggregate::kSum)));
  CHECK(absl::IsOutOfRange(status(inputs({INT64_MIN, -1}), Aggregate::kSum)));
  CHECK(status(inputs({INT64_MAX, 1}), Aggregate::kAverage).ok());
  CHECK(status(inputs({INT64_MAX, 1}), Aggregate::kMax).ok());
  CHECK(status(inputs({INT64_MAX, 1, -1}), Aggregate::kSum).ok());
  CHECK(ValuesOf(inputs({INT64_MAX, INT64_MAX}), {.aggregate = Aggregate::kAverage}) ==
        std::vector<double>{9223372036854775807.0});

  // One profile whose own total does not fit.
  Profile twice = OneSample("cpu", INT64_MAX, 0);
  twice.samples.stack.push_back({0}), twice.samples.attributes.push_back({});
  twice.samples.values.push_back(5);
  CHECK(absl::IsOutOfRange(status({{{}, twice}}, Aggregate::kMax)));
  Profile less = OneSample("cpu", -5, 1);
  CHECK(status({{{}, twice}, {{}, less}}, Aggregate::kSum).ok());
  SeriesQuestion named;
  named.exemplars = 1;
  SeriesQuery query(named);
  REQUIRE(query.Add(OpenBytes(Build({{{}, twice}, {{}, less}}))).ok());
  CHECK(absl::IsOutOfRange(std::move(query).Finish().status()));
}

TEST_CASE("times at the ends of 64 bits have steps") {
  SeriesQuestion q;
  q.step_nanos = INT64_MAX;
  const std::vector<Input> inputs = {{{}, OneSample("cpu", 1, INT64_MIN)},
                                     {{}, OneSample("cpu", 2, INT64_MIN + 1)},
                                     {{}, OneSample("cpu", 4, -1)},
                                     {{}, OneSample("cpu", 8, 0)}};
  const TimeSeries answer = AskFor({Build(inputs)}, q);
  REQUIRE(answer.lines.size() == 1);
  const auto& points = answer.lines[0].points;
  REQUIRE(points.size() == 3);
  CHECK(points[0].time_nanos == INT64_MIN);  // would begin before there are times
  CHECK(points[0].integer == 1);
  CHECK(points[1].time_nanos == -INT64_MAX);
  CHECK(points[1].integer == 6);
  CHECK(points[2].time_nanos == 0);
}

TEST_CASE("samples cut by their times count in the step of their profile") {
  Profile p = OneSample("cpu", 9, 5);
  p.samples.shape = {SampleShape::kTimed};
  p.samples.timestamps.items = {100, 200, 300};
  p.samples.timestamps.Close();
  p.samples.timestamp_values = {2, 3, 4};
  SeriesQuestion q;
  q.step_nanos = 10;
  q.selection.sample_start_nanos = 150;
  q.selection.sample_end_nanos = 300;
  const TimeSeries answer = AskFor({Build({{{}, p}})}, q);
  REQUIRE(answer.lines.at(0).points.size() == 1);
  CHECK(answer.lines[0].points[0].time_nanos == 0);
  CHECK(answer.lines[0].points[0].integer == 3);
}

TEST_CASE("quantiles are values that there are, and do not miss one by rounding") {
  std::vector<Input> inputs;
  for (int64_t i = 100; i > 0; --i) inputs.push_back({{}, OneSample("cpu", i, i)});
  for (int64_t hundredths = 1; hundredths <= 100; ++hundredths) {
    const double quantile = static_cast<double>(hundredths) / 100;
    CHECK(ValuesOf(inputs, {.aggregate = Aggregate::kQuantile, .quantile = quantile}) ==
          std::vector<double>{static_cast<double>(hundredths)});
  }
  CHECK(ValuesOf(inputs, {.aggregate = Aggregate::kQuantile, .quantile = 0}).at(0) == 1);
}

TEST_CASE("a series that needs more memory than there is is refused") {
  const std::string block = Build(GeneratedWithIds(2, 16, {}, false));
  SeriesQuestion q;
  q.group_by = {"key0"};
  QueryOptions options;
  options.memory_bytes = 1000;
  SeriesQuery query(q, options);
  CHECK(absl::IsResourceExhausted(query.Add(OpenBytes(block))));
  CHECK(std::move(query).Finish()->lines.empty());
}

TEST_CASE("questions for series that make no sense are refused") {
  const std::string block = Build({{{}, OneSample("cpu", 1, 0)}});
  const auto refused = [&](const SeriesQuestion& q) {
    SeriesQuery query(q);
    return absl::IsInvalidArgument(query.Add(OpenBytes(block)));
  };
  CHECK(!refused({}));
  CHECK(refused({.step_nanos = 0}));
  CHECK(refused({.step_nanos = -5}));
  CHECK(refused({.quantile = -0.1}));
  CHECK(refused({.quantile = 1.1}));
  CHECK(refused({.quantile = std::nan("")}));
  CHECK(refused({.group_by = {"a", ""}}));
  CHECK(refused({.exemplars = UINT32_MAX}));
  CHECK(refused({.self = true}));
  CHECK(!refused({.function = "f", .self = true}));
  // Nothing selected, nothing answered.
  SeriesQuery nothing({});
  CHECK(std::move(nothing).Finish()->lines.empty());
}

}  // namespace
}  // namespace dolerite::testing
