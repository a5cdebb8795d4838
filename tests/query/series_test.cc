// Values over time against plain loops, over selections, groups, splits and layouts.
#include <cmath>
#include <cstdio>
#include <tuple>

#include "query/envelope.h"
#include "query/naive_values.h"
#include "support/share.h"

namespace dolerite::testing {
namespace {

using Aggregate = SeriesQuestion::Aggregate;

std::string SeriesText(const TimeSeries& series) {
  std::string out = series.type + "/" + series.unit + " " + series.aggregate +
                    (series.exact ? " exact" : "") + " " + std::to_string(series.step_nanos) + "\n";
  for (const TimeSeries::Line& line : series.lines) {
    out += line.labels.ToString() + "\n";
    for (const TimeSeries::Point& point : line.points) {
      char value[40];
      std::snprintf(value, sizeof value, "%a", point.value);
      out += "  " + std::to_string(point.time_nanos) + " " + value + " " +
             std::to_string(point.integer) + TextOf(point.exemplars) + "\n";
    }
  }
  return out;
}

// The start of the step that holds a time.
int64_t NaiveStep(int64_t time, const SeriesQuestion& q) {
  int64_t start = q.origin_nanos + (time - q.origin_nanos) / q.step_nanos * q.step_nanos;
  while (start > time) start -= q.step_nanos;
  return start;
}

// All values of a point, and what their series were profiled for.
struct NaivePoint {
  std::vector<NaiveValue> values;
  std::map<LabelSet, __int128> sums;
};
using NaiveLines = std::map<LabelSet, std::map<int64_t, NaivePoint>>;

// A point's value, apart from the library: in long doubles, profile by profile.
long double ValueOf(const SeriesQuestion& q, bool gauge, const NaivePoint& point, int64_t start,
                    const std::vector<Input>& inputs, const NaiveChoice& choice) {
  std::vector<__int128> sorted;
  __int128 sum = 0;
  for (const NaiveValue& v : point.values) sorted.push_back(v.value), sum += v.value;
  std::sort(sorted.begin(), sorted.end());
  const long double n = static_cast<long double>(sorted.size());
  long double apart = 0;
  for (const auto& [series, value] : point.sums) {
    long double duration = 0, profiles = 0;
    for (const Input& input : inputs) {
      if (input.series != series || !choice.profile(input)) continue;
      if (NaiveStep(input.profile.time_nanos, q) != start) continue;
      duration += static_cast<long double>(input.profile.duration_nanos), profiles += 1;
    }
    if (duration == 0) duration = static_cast<long double>(q.step_nanos);
    apart += static_cast<long double>(value) / (gauge ? profiles : duration / 1e9L);
  }
  switch (q.aggregate) {
    case Aggregate::kSum:
      return gauge ? apart : static_cast<long double>(sum);
    case Aggregate::kRate:
      return apart;
    case Aggregate::kAverage:
      return static_cast<long double>(sum) / n;
    case Aggregate::kCount:
      return n;
    case Aggregate::kMin:
      return static_cast<long double>(sorted.front());
    case Aggregate::kMax:
      return static_cast<long double>(sorted.back());
    case Aggregate::kQuantile:
      break;
  }
  // `quantile` is a number of hundredths here.
  const size_t hundredths = static_cast<size_t>(std::lround(q.quantile * 100));
  const size_t rank = std::max<size_t>((hundredths * sorted.size() + 99) / 100, 1);
  return static_cast<long double>(sorted[rank - 1]);
}

std::vector<Exemplar> ExemplarsOf(const NaivePoint& point, size_t most) {
  std::vector<Exemplar> all;
  for (const NaiveValue& v : point.values) {
    all.push_back({*v.input->profile.id, v.input->profile.time_nanos, static_cast<int64_t>(v.value),
                   v.input->series});
  }
  std::sort(all.begin(), all.end(), [](const Exemplar& a, const Exemplar& b) {
    return std::tuple(-a.value, a.time_nanos, a.id, a.series) <
           std::tuple(-b.value, b.time_nanos, b.id, b.series);
  });
  all.resize(std::min(all.size(), most));
  return all;
}

void CheckPoint(const TimeSeries& answer, const TimeSeries::Point& point, long double expected) {
  if (answer.exact) {
    CHECK(static_cast<long double>(point.integer) == expected);
    CHECK(point.value == static_cast<double>(point.integer));
  } else {
    CHECK(std::fabs(point.value - static_cast<double>(expected)) <=
          1e-12 * std::fabs(static_cast<double>(expected)) + 1e-9);
  }
}

void CheckAgainstNaive(const std::vector<Input>& inputs, const std::vector<std::string>& blocks,
                       const NaiveChoice& choice, SeriesQuestion q, bool gauge) {
  q.selection = choice.selection;
  q.selection.sample_type = "type0";
  q.kinds = {{{"", "type0"}, gauge ? ValueKind::kGauge : ValueKind::kCounter}};
  NaiveLines lines;
  for (const NaiveValue& v : NaiveValues(inputs, choice, "type0", q.group_by, q.function, q.self)) {
    NaivePoint& point = lines[v.group][NaiveStep(v.input->profile.time_nanos, q)];
    point.values.push_back(v);
    point.sums[v.input->series] += v.value;
  }
  for (const bool heads : {true, false}) {
    QueryOptions options;
    options.heads = heads;
    const TimeSeries answer = AskFor(blocks, q, options);
    REQUIRE(answer.lines.size() == lines.size());
    auto line = answer.lines.begin();
    for (const auto& [labels, points] : lines) {
      CHECK(line->labels == labels);
      REQUIRE(line->points.size() == points.size());
      auto point = line->points.begin();
      for (const auto& [start, expected] : points) {
        CHECK(point->time_nanos == start);
        CheckPoint(answer, *point, ValueOf(q, gauge, expected, start, inputs, choice));
        CHECK(point->exemplars == ExemplarsOf(expected, q.exemplars));
        ++point;
      }
      ++line;
    }
  }
}

// A question of which each part is another one from seed to seed.
SeriesQuestion AnySeries(Random* random) {
  static const std::vector<std::string> kGroups[] = {
      {}, {"pod"}, {"pod", "service_name"}, {"key0"}, {"key1", "pod"}, {"not there"}};
  SeriesQuestion q;
  q.step_nanos = kSecond * (random->OneIn(2) ? 20'000 : 1'000);
  if (random->OneIn(2)) q.origin_nanos = kSecond * (int64_t(random->Below(100'000)) - 50'000) + 1;
  q.group_by = kGroups[random->Below(std::size(kGroups))];
  q.quantile = random->Below(101) / 100.0;
  q.exemplars = random->OneIn(3) ? random->Below(4) : 0;
  if (random->OneIn(2)) {
    q.function = "function" + std::to_string(random->Below(4));
    q.self = random->OneIn(2);
  }
  return q;
}

GenerateOptions SmallProfiles(uint64_t seed) {
  GenerateOptions options;
  options.samples = 1 + seed % 12;
  options.names = 5;
  options.everything = false;
  return options;
}

TEST_CASE("values over time of generated profiles are those of a plain loop") {
  for (uint64_t seed = 0; seed < 12; ++seed) {
    const std::vector<Input> inputs =
        GeneratedWithIds(seed, 16, SmallProfiles(seed), seed % 2 == 0);
    const std::vector<std::string> blocks = {
        Build(inputs, {.profiles_per_group = static_cast<uint32_t>(seed % 4),
                       .samples_per_chunk = seed % 3 ? 70u : 65'536u})};
    Random random(seed);
    const std::vector<NaiveChoice> choices = NaiveChoices(inputs, seed);
    for (size_t c = 0; c < choices.size(); ++c) {
      for (int a = 0; a <= static_cast<int>(Aggregate::kQuantile); ++a) {
        SeriesQuestion q = AnySeries(&random);
        q.aggregate = static_cast<Aggregate>(a);
        INFO("seed " << seed << ", choice " << c << ", aggregate " << a << ", function "
                     << q.function << ", groups " << q.group_by.size());
        CheckAgainstNaive(inputs, blocks, choices[c], q, random.OneIn(3));
      }
    }
  }
}

TEST_CASE("any split into blocks, any order of merges and a way through bytes give the same") {
  for (uint64_t seed = 0; seed < ShareOf(60); ++seed) {
    Random random(seed);
    const std::vector<Input> inputs =
        GeneratedWithIds(seed, 12, SmallProfiles(seed), seed % 2 == 0);
    SeriesQuestion q = AnySeries(&random);
    q.aggregate = static_cast<Aggregate>(seed % 7);
    const std::vector<NaiveChoice> choices = NaiveChoices(inputs, seed);
    q.selection = choices[seed % choices.size()].selection;
    if (random.OneIn(2)) q.kinds = {{{"", "type1"}, ValueKind::kGauge}};
    INFO("seed " << seed);
    CHECK(SeriesText(AskInParts(inputs, q, seed)) == SeriesText(AskFor({Build(inputs)}, q)));
  }
}

TEST_CASE("a step begins at the origin, before and behind which steps follow each other") {
  std::vector<Input> inputs(1);
  inputs[0] = GeneratedWithIds(1, 1, SmallProfiles(3), false)[0];
  const auto start = [&](int64_t time, int64_t step, int64_t origin) {
    inputs[0].profile.time_nanos = time;
    SeriesQuestion q;
    q.selection.sample_type = "type0";
    q.step_nanos = step, q.origin_nanos = origin;
    return AskFor({Build(inputs)}, q).lines.at(0).points.at(0).time_nanos;
  };
  CHECK(start(100, 15, 0) == 90);
  CHECK(start(100, 15, 100) == 100);
  CHECK(start(100, 15, 101) == 86);
  CHECK(start(100, 15, 99) == 99);
  CHECK(start(100, 15, -20) == 100);
  CHECK(start(100, 15, 1'000'001) == 86);
  // A point at start + k * step holds what lies in (start + (k - 1) * step, start + k * step].
  for (const auto& [time, begin] : {std::pair{1'000, 986}, {1'001, 1'001}, {1'015, 1'001}}) {
    CHECK(start(time, 15, 1'000 + 1) == begin);
  }
  // Ends of what a time can say.
  for (const int64_t origin : {INT64_MIN, int64_t{-1}, int64_t{1}, INT64_MAX}) {
    CHECK(start(INT64_MAX, 1, origin) == INT64_MAX);
    CHECK(start(100, 1, origin) == 100);
    const int64_t longest = start(100, INT64_MAX, origin);
    CHECK(longest <= 100);
    CHECK(static_cast<__int128>(longest) + INT64_MAX > 100);
  }
}

TEST_CASE("values over time of linked samples do not depend on what blocks leave out unread") {
  GenerateOptions options;
  options.names = 5;
  for (uint64_t seed = 0; seed < 20; ++seed) {
    const std::vector<Input> inputs = GeneratedWithIds(seed, 12, options, false);
    SeriesQuestion q;
    q.step_nanos = 20'000 * kSecond;
    q.aggregate = static_cast<Aggregate>(seed % 7);
    SpanId span{};
    for (const Input& input : inputs) {
      for (const LinkId link : input.profile.samples.link) {
        if (link.value != 0) span = input.profile.links.span_id[link.value];
      }
    }
    q.selection.span_ids = {span};
    INFO("seed " << seed);
    const std::string whole = SeriesText(AskFor({Build(inputs)}, q));
    CHECK(std::count(whole.begin(), whole.end(), '\n') > 2);
    CHECK(SeriesText(AskInParts(inputs, q, seed)) == whole);
    CHECK(SeriesText(AskFor({Build(inputs, {.samples_per_chunk = 20})}, q)) == whole);
  }
}

TEST_CASE("values over time of real profiles are those of a plain loop") {
  if (!CorpusPresent()) return;
  std::vector<Input> inputs = ReadSeries("checkout/v1.5.0");
  std::erase_if(inputs, [](const Input& i) { return i.series.Get("kind") != "cpu"; });
  inputs.resize(20);
  SeriesQuestion q;
  q.selection.sample_type = "cpu";
  q.group_by = {"pod"};
  for (const char* function : {"", "runtime.mallocgc", "runtime.schedule"}) {
    q.function = function;
    std::map<LabelSet, std::map<int64_t, int64_t>> expected, answered;
    for (const Input& input : inputs) {
      Sums sums;
      AddNaive(input.profile, "cpu", FrameBy::kFunction, &sums);
      int64_t& value = expected[{{"pod", std::string(*input.series.Get("pod"))}}]
                               [NaiveStep(input.profile.time_nanos, q)];
      for (const auto& [path, sum] : sums) {
        const bool there = q.function.empty() || std::count(path.begin(), path.end(), q.function);
        value += there ? static_cast<int64_t>(sum) : 0;
      }
    }
    for (const TimeSeries::Line& line : AskFor({Build(inputs)}, q).lines) {
      for (const auto& point : line.points) answered[line.labels][point.time_nanos] = point.integer;
    }
    CHECK(answered == expected);
  }
}

// Seals again what was damaged, so that the damage reaches the decoder.
TEST_CASE("damaged partials of series give an error or an answer, and no harm") {
  SeriesQuestion q;
  q.step_nanos = 2'000 * kSecond;
  q.group_by = {"key0"};
  q.exemplars = 2;
  for (const Aggregate aggregate : {Aggregate::kRate, Aggregate::kQuantile}) {
    q.aggregate = aggregate;
    SeriesQuery query(q);
    REQUIRE(query.Add(OpenBytes(Build(GeneratedWithIds(1, 4, SmallProfiles(5), false)))).ok());
    const std::string whole = query.Serialize();
    const std::string content = *Unpack(*Unseal(kPartialEnvelope, whole), SIZE_MAX);
    Random random(7);
    size_t errors = 0;
    for (size_t i = 0; i < 3000; ++i) {
      std::string bytes = content;
      bytes[random.Below(bytes.size())] = static_cast<char>(random());
      if (random.OneIn(4)) bytes.resize(random.Below(bytes.size()));
      absl::StatusOr<SeriesQuery> parsed = SeriesQuery::Parse(Seal(kPartialEnvelope, Pack(bytes)));
      const bool ok = parsed.ok() && std::move(*parsed).Finish().ok();
      errors += !ok;
    }
    CHECK(errors > 1000);
    CHECK(SeriesQuery::Parse(whole)->Serialize() == whole);
  }
}

}  // namespace
}  // namespace dolerite::testing
