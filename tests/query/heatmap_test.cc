// Time by value against plain loops, over selections, groups, splits and layouts.
#include <cmath>
#include <set>
#include <tuple>

#include "query/envelope.h"
#include "query/naive_values.h"
#include "support/share.h"

namespace dolerite::testing {
namespace {

using Observe = HeatmapQuestion::Observe;

std::string HeatmapText(const Heatmap& map) {
  std::string out = map.type + "/" + map.unit + " of " + map.observed + " from " +
                    std::to_string(map.start_nanos) + " by " + std::to_string(map.step_nanos) +
                    ", " + std::to_string(map.columns) + (map.logarithmic ? " log" : "") + ":";
  for (const int64_t edge : map.edges) out += " " + std::to_string(edge);
  for (const Heatmap::Group& group : map.groups) {
    out += "\n" + group.labels.ToString();
    for (const Heatmap::Cell& cell : group.cells) {
      out += "\n  " + std::to_string(cell.column) + "," + std::to_string(cell.row) + ": " +
             std::to_string(cell.count) + "x " + std::to_string(cell.sum) + TextOf(cell.exemplars);
    }
  }
  return out + "\n";
}

// One thing that was observed.
struct Seen {
  LabelSet group;
  int64_t time = 0;
  __int128 value = 0;
  const Input* input = nullptr;
  TraceId trace{};  // of spans
  SpanId span{};
};

bool Before(const Input& a, const Input& b) {
  return std::tuple(a.profile.time_nanos, *a.profile.id, a.series) <
         std::tuple(b.profile.time_nanos, *b.profile.id, b.series);
}

std::vector<Seen> NaiveSpans(const std::vector<Input>& inputs, const NaiveChoice& choice,
                             const std::vector<std::string>& group_by) {
  std::map<std::tuple<LabelSet, TraceId, SpanId>, Seen> spans;
  for (const Input& input : inputs) {
    const Profile& p = input.profile;
    if (!choice.profile(input)) continue;
    for (size_t i = 0; i < p.samples.size(); ++i) {
      const uint32_t link = p.samples.link.empty() ? 0 : p.samples.link[i].value;
      if (link == 0 || !choice.sample(p, i)) continue;
      const LabelSet group = NaiveGroup(input, i, group_by);
      Seen& span = spans[{group, p.links.trace_id[link], p.links.span_id[link]}];
      span.group = group;
      span.trace = p.links.trace_id[link], span.span = p.links.span_id[link];
      span.value += p.samples.values[i * p.sample_types.size() + NaiveType(p, "type0")];
      if (span.input == nullptr || Before(input, *span.input)) span.input = &input;
      span.time = span.input->profile.time_nanos;
    }
  }
  std::vector<Seen> out;
  for (const auto& [key, span] : spans) out.push_back(span);
  return out;
}

// One sample type: a value told for each moment is the one that is asked for.
void AddMoments(const Input& input, size_t i, size_t timed, const LabelSet& group,
                std::vector<Seen>* out) {
  const Samples& s = input.profile.samples;
  const size_t n = s.shape.empty() ? 0 : s.timestamps.length(i);
  const int64_t whole = s.values[i];
  if (n == 0) return out->push_back({group, input.profile.time_nanos, whole, &input});
  for (size_t m = 0; m < n; ++m) {
    const uint64_t at = s.timestamps.begin(i)[m];
    const int64_t count = static_cast<int64_t>(n), rest = whole % count;
    int64_t value = whole / count;
    if (static_cast<int64_t>(m) < std::abs(rest)) value += rest < 0 ? -1 : 1;
    if (s.shape[i] == SampleShape::kTimed) value = s.timestamp_values[timed + m];
    out->push_back({group, static_cast<int64_t>(std::min<uint64_t>(at, INT64_MAX)), value, &input});
  }
}

std::vector<Seen> NaiveMoments(const std::vector<Input>& inputs, const NaiveChoice& choice,
                               const std::vector<std::string>& group_by) {
  std::vector<Seen> out;
  for (const Input& input : inputs) {
    const Samples& s = input.profile.samples;
    if (!choice.profile(input)) continue;
    size_t timed = 0;
    for (size_t i = 0; i < s.size(); ++i) {
      if (choice.sample(input.profile, i)) {
        AddMoments(input, i, timed, NaiveGroup(input, i, group_by), &out);
      }
      if (!s.shape.empty() && s.shape[i] == SampleShape::kTimed) timed += s.timestamps.length(i);
    }
  }
  return out;
}

std::vector<Seen> NaiveSeen(const std::vector<Input>& inputs, const NaiveChoice& choice,
                            const HeatmapQuestion& q) {
  if (q.observe == Observe::kSpans) return NaiveSpans(inputs, choice, q.group_by);
  if (q.observe == Observe::kTimestamps) return NaiveMoments(inputs, choice, q.group_by);
  std::vector<Seen> out;
  for (const NaiveValue& v : NaiveValues(inputs, choice, "type0", q.group_by)) {
    out.push_back({v.group, v.input->profile.time_nanos, v.value, v.input});
  }
  return out;
}

// The row that a value lies in, by the contract of Heatmap::edges.
uint32_t NaiveRow(const Heatmap& map, __int128 value) {
  for (uint32_t row = 0; row < map.rows(); ++row) {
    const bool last = row + 1 == map.rows();
    if (value < map.edges[row + 1] || (last && value == map.edges[row + 1])) return row;
  }
  FAIL("a value above all edges");
  return 0;
}

std::vector<Exemplar> ExemplarsOf(const std::vector<Seen>& all, size_t most) {
  std::vector<Exemplar> out;
  for (const Seen& seen : all) {
    out.push_back({*seen.input->profile.id, seen.input->profile.time_nanos,
                   static_cast<int64_t>(seen.value), seen.input->series, seen.trace, seen.span});
  }
  std::sort(out.begin(), out.end(), [](const Exemplar& a, const Exemplar& b) {
    return std::tuple(-a.value, a.time_nanos, a.id, a.series, a.trace_id, a.span_id) <
           std::tuple(-b.value, b.time_nanos, b.id, b.series, b.trace_id, b.span_id);
  });
  // A profile, or a span of it, is named once.
  std::set<std::tuple<ProfileId, LabelSet, TraceId, SpanId>> named;
  std::erase_if(out, [&](const Exemplar& e) {
    return !named.emplace(e.id, e.series, e.trace_id, e.span_id).second;
  });
  out.resize(std::min(out.size(), most));
  return out;
}

void CheckEdges(const Heatmap& map, const std::vector<Seen>& all, uint32_t rows) {
  CHECK(map.rows() >= 1);
  CHECK(map.rows() <= rows);
  CHECK(std::adjacent_find(map.edges.begin(), map.edges.end(), std::greater_equal<>()) ==
        map.edges.end());
  __int128 least = all[0].value, most = all[0].value;
  for (const Seen& seen : all)
    least = std::min(least, seen.value), most = std::max(most, seen.value);
  const bool fits = map.edges.front() <= least && most <= map.edges.back();
  CHECK(fits);
}

// Columns counted from the origin.
int64_t NaiveColumn(int64_t time, const HeatmapQuestion& q) {
  int64_t column = (time - q.origin_nanos) / q.step_nanos;
  while (q.origin_nanos + column * q.step_nanos > time) --column;
  return column;
}

void CheckAgainstNaive(const std::vector<Input>& inputs, const std::vector<std::string>& blocks,
                       const NaiveChoice& choice, HeatmapQuestion q,
                       const HeatmapQuestion::Finish& how) {
  q.selection = choice.selection;
  q.selection.sample_type = "type0";
  const std::vector<Seen> all = NaiveSeen(inputs, choice, q);
  for (const bool heads : {true, false}) {
    QueryOptions options;
    options.heads = heads;
    const Heatmap map = AskFor(blocks, q, options, how);
    CHECK(map.edges.empty() == all.empty());
    if (all.empty()) continue;
    CheckEdges(map, all, how.rows);
    int64_t first = INT64_MAX, last = INT64_MIN;
    for (const Seen& seen : all) {
      first = std::min(first, NaiveColumn(seen.time, q));
      last = std::max(last, NaiveColumn(seen.time, q));
    }
    CHECK(map.start_nanos == q.origin_nanos + first * q.step_nanos);
    CHECK(map.columns == last - first + 1);
    std::map<LabelSet, std::map<std::pair<uint32_t, uint32_t>, std::vector<Seen>>> groups;
    for (const Seen& seen : all) {
      const auto column = static_cast<uint32_t>(NaiveColumn(seen.time, q) - first);
      groups[seen.group][{column, NaiveRow(map, seen.value)}].push_back(seen);
    }
    REQUIRE(map.groups.size() == groups.size());
    auto group = map.groups.begin();
    for (const auto& [labels, cells] : groups) {
      CHECK(group->labels == labels);
      REQUIRE(group->cells.size() == cells.size());
      auto cell = group->cells.begin();
      for (const auto& [place, seen] : cells) {
        CHECK(std::pair(cell->column, cell->row) == place);
        CHECK(cell->count == seen.size());
        __int128 sum = 0;
        for (const Seen& one : seen) sum += one.value;
        const bool same = cell->sum == sum;
        CHECK(same);
        CHECK(cell->exemplars == ExemplarsOf(seen, q.exemplars));
        ++cell;
      }
      ++group;
    }
  }
}

HeatmapQuestion AnyHeatmap(Random* random) {
  static const std::vector<std::string> kGroups[] = {{}, {"pod"}, {"key0"}, {"key1", "pod"}};
  HeatmapQuestion q;
  q.observe = static_cast<Observe>(random->Below(3));
  q.step_nanos = kSecond * (random->OneIn(2) ? 2'000 : 100);
  if (random->OneIn(2)) q.origin_nanos = kSecond * (int64_t(random->Below(10'000)) - 5'000) + 1;
  q.group_by = kGroups[random->Below(std::size(kGroups))];
  q.exemplars = random->OneIn(2) ? random->Below(4) : 0;
  return q;
}

// Profiles of one value with links and moments that lie together; labels are text and integers.
std::vector<Input> Linked(uint64_t seed, size_t count) {
  GenerateOptions options;
  options.samples = 1 + seed % 20;
  options.names = 5;
  options.sample_types = 1;
  options.everything = false;
  std::vector<Input> inputs = GeneratedWithIds(seed, count, options, false);
  Random random(seed);
  for (Input& input : inputs) {
    Profile& p = input.profile;
    const bool timed = random.OneIn(2);
    for (uint8_t id = 1; id < 5; ++id) {
      p.links.trace_id.emplace_back()[3] = static_cast<uint8_t>(id / 3);
      p.links.span_id.emplace_back()[7] = id;
    }
    for (size_t i = 0; i < p.samples.size(); ++i) {
      p.samples.link.push_back({random.OneIn(3) ? 0 : 1 + random.Below(4)});
      if (!timed) continue;
      const auto shape = static_cast<SampleShape>(random.Below(4));
      p.samples.shape.push_back(shape);
      for (uint32_t n = shape == SampleShape::kAggregate ? 0 : 1 + random.Below(3); n > 0; --n) {
        p.samples.timestamps.items.push_back(static_cast<uint64_t>(p.time_nanos) +
                                             random.Below(400) * kSecond);
        if (shape != SampleShape::kTimed) continue;
        p.samples.timestamp_values.push_back(random.Below(50) - 10);
      }
      p.samples.timestamps.Close();
    }
  }
  return inputs;
}

// Stored values of samples that have a value for each moment are their sums, and of events how many
// there are.
void SumMoments(std::vector<Input>* inputs) {
  for (Input& input : *inputs) {
    Samples& s = input.profile.samples;
    size_t timed = 0;
    for (size_t i = 0; i < s.shape.size(); ++i) {
      const size_t n = s.timestamps.length(i);
      if (s.shape[i] == SampleShape::kEvents) s.values[i] = static_cast<int64_t>(n);
      if (s.shape[i] != SampleShape::kTimed) continue;
      s.values[i] = 0;
      for (size_t m = 0; m < n; ++m) s.values[i] += s.timestamp_values[timed++];
    }
  }
}

TEST_CASE("heatmaps of generated profiles are those of a plain loop") {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    std::vector<Input> inputs = Linked(seed, 14);
    SumMoments(&inputs);
    const std::vector<std::string> blocks = {
        Build(inputs, {.profiles_per_group = static_cast<uint32_t>(seed % 4),
                       .samples_per_chunk = seed % 3 ? 70u : 65'536u})};
    Random random(seed);
    std::vector<NaiveChoice> choices = NaiveChoices(inputs, seed);
    choices.erase(choices.begin() + 4);  // frames that are left out: a matter of series
    for (size_t c = 0; c < choices.size(); ++c) {
      const HeatmapQuestion q = AnyHeatmap(&random);
      const HeatmapQuestion::Finish how{1 + random.Below(30), random.OneIn(2)};
      INFO("seed " << seed << ", choice " << c << ", observe " << static_cast<int>(q.observe)
                   << ", rows " << how.rows << (how.logarithmic ? " log" : ""));
      CheckAgainstNaive(inputs, blocks, choices[c], q, how);
    }
  }
}

TEST_CASE("any split into blocks, any order of merges and a way through bytes give one heatmap") {
  for (uint64_t seed = 0; seed < ShareOf(60); ++seed) {
    Random random(seed);
    std::vector<Input> inputs = Linked(seed, 12);
    SumMoments(&inputs);
    HeatmapQuestion q = AnyHeatmap(&random);
    const std::vector<NaiveChoice> choices = NaiveChoices(inputs, seed);
    q.selection = choices[seed % choices.size()].selection;
    const HeatmapQuestion::Finish how{1 + random.Below(30), random.OneIn(2)};
    INFO("seed " << seed);
    CHECK(HeatmapText(AskInParts(inputs, q, seed, how)) ==
          HeatmapText(AskFor({Build(inputs)}, q, {}, how)));
  }
}

Profile OneSample(int64_t value, int64_t time, uint8_t span = 0) {
  Profile p;
  p.sample_types = {{p.symbols.strings.Add("cpu"), p.symbols.strings.Add("nanoseconds")}};
  p.period_type = p.sample_types[0];
  p.time_nanos = time;
  p.symbols.AddLocation({}, 1);
  p.stacks.items = {{0}};
  p.stacks.Close();
  p.samples.stack = {{1}}, p.samples.attributes = {{}}, p.samples.values = {value};
  if (span == 0) return p;
  p.links.trace_id.emplace_back()[0] = 9;
  p.links.span_id.emplace_back()[0] = span;
  p.samples.link = {{1}};
  return p;
}

std::vector<Input> Profiles(const std::vector<std::pair<int64_t, int64_t>>& times_and_values) {
  std::vector<Input> out;
  for (const auto& [time, value] : times_and_values) {
    out.push_back({{{"pod", "a"}}, OneSample(value, time)});
  }
  return out;
}

std::vector<int64_t> Edges(const std::vector<int64_t>& values, uint32_t rows, bool logarithmic) {
  std::vector<std::pair<int64_t, int64_t>> all;
  for (size_t i = 0; i < values.size(); ++i) all.emplace_back(i, values[i]);
  return AskFor<HeatmapQuestion>({Build(Profiles(all))}, {}, {}, {rows, logarithmic}).edges;
}

TEST_CASE("rows are ranges of equal widths, or of equal ratios") {
  using E = std::vector<int64_t>;
  CHECK(Edges({0, 10}, 5, false) == E{0, 2, 4, 6, 8, 10});
  CHECK(Edges({0, 10}, 4, false) == E{0, 3, 6, 9, 12});
  CHECK(Edges({0, 10}, 40, false) == E{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10});
  CHECK(Edges({-7, -3}, 2, false) == E{-7, -5, -3});
  CHECK(Edges({5}, 40, false) == E{5, 6});
  CHECK(Edges({INT64_MAX}, 3, false) == E{INT64_MAX - 1, INT64_MAX});
  CHECK(Edges({INT64_MIN, INT64_MAX}, 1, false) == E{INT64_MIN, INT64_MAX});
  CHECK(Edges({INT64_MIN, INT64_MAX}, 2, false) == E{INT64_MIN, 0, INT64_MAX});
  CHECK(Edges({1, 1000}, 3, true) == E{1, 10, 100, 1000});
  CHECK(Edges({0, 1, 1000}, 4, true) == E{0, 1, 10, 100, 1000});
  CHECK(Edges({-5, 0, 100, 10000}, 3, true) == E{-5, 100, 1000, 10000});
  CHECK(Edges({-5, 0, 100}, 1, true) == E{-5, 100});
  CHECK(Edges({1, 4}, 40, true) == E{1, 2, 3, 4});
  CHECK(Edges({7}, 40, true) == E{7, 8});
  CHECK(Edges({0}, 40, true) == E{0, 1});
  CHECK(Edges({-9, -2}, 40, true) == E{-9, -2});
  CHECK(Edges({INT64_MAX}, 9, true) == E{INT64_MAX - 1, INT64_MAX});
  CHECK(Edges({0, INT64_MAX}, 9, true) == E{0, INT64_MAX - 1, INT64_MAX});
  CHECK(Edges({1, INT64_MAX}, 63, true).size() == 64);
}

TEST_CASE("a heatmap by hand") {
  HeatmapQuestion q;
  q.step_nanos = 10;
  const Heatmap map =
      AskFor({Build(Profiles({{-1, 4}, {0, 0}, {5, 1}, {9, 10}, {25, 10}}))}, q, {}, {2, false});
  CHECK(HeatmapText(map) ==
        "cpu/nanoseconds of profiles from -10 by 10, 4: 0 5 10\n"
        "{}\n  0,0: 1x 4\n  1,0: 2x 1\n  1,1: 1x 10\n  3,1: 1x 10\n");
}

TEST_CASE("spans are summed over profiles and lie at the time of the first one") {
  const std::vector<Input> inputs = {
      {{{"pod", "a"}}, OneSample(30, 25, 1)},  // the same span, profiled twice
      {{{"pod", "b"}}, OneSample(4, 3, 1)},
      {{{"pod", "a"}}, OneSample(7, 12, 2)},
      {{{"pod", "a"}}, OneSample(1000, 12)},  // of no span
  };
  HeatmapQuestion q;
  q.observe = Observe::kSpans;
  q.step_nanos = 10;
  for (const auto& blocks : {std::vector<std::string>{Build(inputs)},
                             {Build({inputs[0], inputs[3]}), Build({inputs[1], inputs[2]})}}) {
    CHECK(HeatmapText(AskFor(blocks, q, {}, {1, false})) ==
          "cpu/nanoseconds of spans from 0 by 10, 2: 7 34\n{}\n  0,0: 1x 34\n  1,0: 1x 7\n");
  }
}

TEST_CASE("heatmaps that cannot be are refused") {
  const auto finished = [](const std::vector<Input>& inputs, HeatmapQuestion q,
                           const HeatmapQuestion::Finish& how) {
    HeatmapQuery query(q);
    REQUIRE(query.Add(OpenBytes(Build(inputs))).ok());
    return std::move(query).Finish(how).status();
  };
  const std::vector<Input> far = Profiles({{INT64_MIN, 1}, {INT64_MAX, 1}});
  CHECK(absl::IsResourceExhausted(finished(far, {.step_nanos = 1}, {})));
  CHECK(finished(far, {.step_nanos = INT64_MAX}, {}).ok());
  CHECK(absl::IsInvalidArgument(finished(far, {.step_nanos = INT64_MAX}, {0, false})));
  CHECK(absl::IsInvalidArgument(finished(far, {.step_nanos = INT64_MAX}, {UINT32_MAX, false})));
  const std::vector<Input> large = Profiles({{0, INT64_MAX}, {1, INT64_MAX}});
  CHECK(absl::IsOutOfRange(finished(large, {}, {})));
  CHECK(finished(large, {.step_nanos = 1}, {}).ok());

  const auto refused = [&](const HeatmapQuestion& q) {
    HeatmapQuery query(q);
    return absl::IsInvalidArgument(query.Add(OpenBytes(Build(large))));
  };
  CHECK(!refused({}));
  CHECK(refused({.step_nanos = 0}));
  CHECK(refused({.group_by = {""}}));
  CHECK(refused({.exemplars = 1001}));
  CHECK(std::move(HeatmapQuery({})).Finish()->edges.empty());
}

TEST_CASE("totals by time are answered without a look at samples") {
  const std::vector<Input> inputs = Linked(5, 12);
  QueryCost cost;
  AskFor({Build(inputs)}, HeatmapQuestion{.group_by = {"pod"}, .exemplars = 1}, {}, {}, &cost);
  CHECK(cost.profiles == inputs.size());
  CHECK(cost.rows == 0);
  CHECK(cost.section_bytes.size() == 1);
  CHECK(cost.section_bytes.count("profiles") == 1);
}

// Seals again what was damaged, so that the damage reaches the decoder.
TEST_CASE("damaged partials of heatmaps give an error or an answer, and no harm") {
  for (const Observe observe : {Observe::kProfiles, Observe::kSpans}) {
    HeatmapQuery query({.observe = observe, .group_by = {"key0"}, .exemplars = 2});
    REQUIRE(query.Add(OpenBytes(Build(Linked(4, 4)))).ok());
    const std::string whole = query.Serialize();
    const std::string content = *Unpack(*Unseal(kPartialEnvelope, whole), SIZE_MAX);
    Random random(7);
    size_t errors = 0;
    for (size_t i = 0; i < 3000; ++i) {
      std::string bytes = content;
      bytes[random.Below(bytes.size())] = static_cast<char>(random());
      if (random.OneIn(4)) bytes.resize(random.Below(bytes.size()));
      absl::StatusOr<HeatmapQuery> parsed =
          HeatmapQuery::Parse(Seal(kPartialEnvelope, Pack(bytes)));
      errors += !(parsed.ok() && std::move(*parsed).Finish().ok());
    }
    CHECK(errors > 1000);
    CHECK(HeatmapQuery::Parse(whole)->Serialize() == whole);
  }
}

}  // namespace
}  // namespace dolerite::testing
