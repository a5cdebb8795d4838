// `dolerite series`: values over time, of everything or of one function.
#include <algorithm>
#include <cmath>
#include <memory>

#include "cli.h"
#include "dolerite/charts.h"
#include "output.h"
#include "output_format.h"
#include "query_flags.h"

namespace dolerite::cli {
namespace {

constexpr const char* kExamples =
    "Examples:\n"
    "  dolerite series --profile-type cpu --step 1m --aggregate rate day.block\n"
    "  dolerite series --profile-type heap --sample-type inuse_space --group-by pod day.block\n"
    "  dolerite series --profile-type cpu --function runtime.gcBgMarkWorker -o gc.html day.block";

struct Options {
  SelectionFlags selection;
  QueryFlags query;
  SeriesQuestion question;
  OutputFlags output;
  std::string step = "1m", title;
};

// Whether no line has a point. If only some of the samples are asked for, points are 0 where a
// profile has no such sample: then all of them are empty if they are 0.
bool IsEmpty(const TimeSeries& series, bool of_some_samples) {
  const auto counts = [&](const TimeSeries::Point& point) {
    return !of_some_samples || point.integer != 0 || point.value != 0;
  };
  return std::none_of(series.lines.begin(), series.lines.end(), [&](const TimeSeries::Line& line) {
    return std::any_of(line.points.begin(), line.points.end(), counts);
  });
}

// Counts have no unit, and rates are of a second.
std::string Cell(const TimeSeries& series, const TimeSeries::Point& point) {
  if (series.aggregate == "count") return std::to_string(point.integer);
  if (series.exact) return FormatValue(point.integer, series.unit);
  const bool rate = series.aggregate == "rate";
  return FormatValue(std::llround(point.value), series.unit) + (rate ? "/s" : "");
}

// One line a point, series after series.
std::string AsTable(const TimeSeries& series) {
  Table table;
  // Exemplars are in all points or in none, so the first tells.
  const bool exemplars =
      std::any_of(series.lines.begin(), series.lines.end(), [](const TimeSeries::Line& line) {
        return !line.points.empty() && !line.points[0].exemplars.empty();
      });
  table.right = {false, true, false, false};
  table.rows = {{"time", Plain(series.aggregate), "series"}};
  if (exemplars) table.rows[0].push_back("profiles");
  for (const TimeSeries::Line& line : series.lines) {
    for (const TimeSeries::Point& point : line.points) {
      table.rows.push_back(
          {FormatTime(point.time_nanos), Cell(series, point), Plain(line.labels.ToString())});
      std::string ids;
      for (const Exemplar& e : point.exemplars) ids += (ids.empty() ? "" : " ") + Hex(e.id);
      if (exemplars) table.rows.back().push_back(ids);
    }
  }
  return table.ToString();
}

// In the format that the output's name or --format asks for. Titles name the function if there is
// one.
std::string Render(const TimeSeries& series, const Options& options) {
  const std::string title =
      options.question.function.empty() ? series.type + " over time" : options.question.function;
  const ChartOptions chart = {options.title.empty() ? title : options.title,
                              SubtitleOf(options.selection)};
  if (options.output.Is("html")) return TimeSeriesHtml(series, chart);
  if (options.output.Is("svg")) return TimeSeriesSvg(series, chart);
  if (options.output.Is("json")) return TimeSeriesJson(series, chart);
  return AsTable(series);
}

int Run(Options& options) {
  if (absl::Status s = options.output.Settle(options.query.blocks); !s.ok()) return Fail(s);
  absl::StatusOr<Selection> selection = options.selection.Make();
  if (!selection.ok()) return Fail(selection.status());
  options.question.selection = *std::move(selection);
  // A wrong flag is named before blocks are read.
  absl::StatusOr<int64_t> step = ParseDuration(options.step);
  if (!step.ok()) return Fail(In("--step", step.status()));
  options.question.step_nanos = *step;
  return AskBlocks(options.question, options.query, [&](SeriesQuery query) {
    absl::StatusOr<TimeSeries> series = std::move(query).Finish();
    if (!series.ok()) return Fail(series.status());
    const std::string& function = options.question.function;
    // With a function asked for, zeros say that no stack has it.
    if (IsEmpty(*series, !function.empty() || options.question.selection.selects_samples())) {
      return FailNothingFound(function.empty() ? "no sample is selected"
                                               : "no stack has \"" + function + "\"");
    }
    const absl::Status status = WriteOutput(options.output.path(), Render(*series, options));
    return status.ok() ? +kOk : Fail(status);
  });
}

}  // namespace

void AddSeries(CLI::App* app, int* exit_code) {
  using Aggregate = SeriesQuestion::Aggregate;
  auto options = std::make_shared<Options>();
  CLI::App* command = AddCommand(app, "series", "Shows values over time.", kExamples);
  command->add_option("--step", options->step, "Width of a point, as in 15s, 1m, 1h; else 1m");
  AddChoice<Aggregate>(
      command, "--aggregate", &options->question.aggregate,
      {{"sum", Aggregate::kSum},
       {"rate", Aggregate::kRate},
       {"average", Aggregate::kAverage},
       {"count", Aggregate::kCount},
       {"min", Aggregate::kMin},
       {"max", Aggregate::kMax},
       {"quantile", Aggregate::kQuantile}},
      "sum (gauges: average over time, summed over series; this if not given), rate (per second "
      "profiled), average, count, min, max or quantile");
  command->add_option("--quantile", options->question.quantile, "0 to 1; else 0.5");
  command->add_option("--function", options->question.function, "Of one function and its callees");
  command->add_flag("--self", options->question.self, "With --function: without its callees");
  command->add_option("--exemplars", options->question.exemplars,
                      "Name so many profiles for each point");
  AddGroupByFlag(command, &options->question.group_by);
  options->output.AddTo(command, {"text", "json", "svg", "html"});
  command->add_option("--title", options->title, "Of the picture");
  options->selection.AddTo(command);
  options->query.AddTo(command);
  OnRun(command, exit_code, [options] { return Run(*options); });
}

}  // namespace dolerite::cli
