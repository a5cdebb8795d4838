// What do values over time cost: of one function, for which samples are read, and of whole
// profiles, which are in the profile table? Over 10,000 profiles: those of the corpus repeated,
// each copy after the other, from a block of whole groups and from one kept profile by profile.
#include <string>

#include "dolerite/block_reader.h"
#include "dolerite/query.h"
#include "dolerite/top.h"
#include "support/series.h"
#include "support/table.h"
#include "support/timing.h"

namespace {

using namespace dolerite;
using namespace dolerite::bench;

constexpr size_t kProfiles = 10'000;
constexpr double kGoalSeconds = 0.1;
constexpr int64_t kMinute = int64_t{60} * 1'000'000'000;

struct Values {
  TimeSeries series;
  QueryCost cost;
};

Values Ask(const BlockReader& block, const SeriesQuestion& question) {
  SeriesQuery query(question);
  Must(query.Add(block));
  Values values;
  values.cost = query.cost();
  values.series = Must(std::move(query).Finish());
  return values;
}

int64_t Sum(const TimeSeries& series) {
  int64_t sum = 0;
  for (const TimeSeries::Line& line : series.lines) {
    for (const TimeSeries::Point& point : line.points) sum += point.integer;
  }
  return sum;
}

TopRow Heaviest(const BlockReader& block) {
  TreeQuery query({.kinds = {}});  // sums, as below
  Must(query.Add(block));
  return Top(Must(std::move(query).Finish())).front();
}

// Points add up to what the flame graph of all profiles has.
void Check(const std::string& what, const Values& values, int64_t expected) {
  Require(values.series.exact && Sum(values.series) == expected,
          what + ": points do not add up to the flame graph");
}

void Answer(const std::string& name, const BlockReader& block) {
  const TopRow row = Heaviest(block);
  SeriesQuestion all, total, self;
  all.kinds = total.kinds = self.kinds = {};  // gauges too as sums, to check them
  all.step_nanos = total.step_nanos = self.step_nanos = kMinute;
  total.function = self.function = row.name;
  self.self = true;
  Check(name, Ask(block, total), row.cum[0]);
  Check(name, Ask(block, self), row.flat[0]);
  TreeQuery tree({.kinds = {}});
  Must(tree.Add(block));
  const Values totals = Ask(block, all);
  Check(name, totals, Must(std::move(tree).Finish()).columns[0].total[0]);
  Require(totals.cost.rows == 0, name + ": samples were read for totals of profiles");

  const auto print = [&](const char* what, const SeriesQuestion& question) {
    const double seconds = MedianSeconds([&] { Use(Ask(block, question)); });
    const QueryCost cost = Ask(block, question).cost;
    Print({name + ", " + what + ", " + Count(double(cost.profiles)) + " profiles", Time(seconds),
           "limit: " + Time(kGoalSeconds) + "; " + Count(double(cost.rows)) + " rows",
           Times(kGoalSeconds / seconds), "1x"});
  };
  print("one function, total", total);
  print("one function, self", self);
  print("totals of profiles", all);
}

}  // namespace

int main() {
  Title("Values over time, by minutes; profiles are repeated to size");
  for (const char* name : {"checkout-cpu", "checkout-heap"}) {
    const Series* series = FindSeries(name);
    if (series == nullptr) continue;
    const size_t copies = (kProfiles + series->sources.size() - 1) / series->sources.size();
    const int64_t shift = SpanNanos(series->sources) + kMinute;
    const auto answer = [&](const char* how, const BlockOptions& options) {
      const std::string bytes = BuildRepeated(series->sources, copies, shift, options);
      Answer(series->name + ", " + how, Must(BlockReader::FromBytes(bytes)));
    };
    answer("by groups", {});
    answer("profile by profile", {.profiles_per_group = 1});
  }
}
