// `dolerite series`: values over time, of everything or of one function.
#include <algorithm>
#include <cmath>
#include <memory>

#include "cli.h"
#include "dolerite/charts.h"
#include "output.h"
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
  std::string step = "1m", format, output = "-", title;
};

std::string Cell(const TimeSeries& series, const TimeSeries::Point& point) {
  if (series.aggregate == "count") return std::to_string(point.integer);
  if (series.exact) return FormatValue(point.integer, series.unit);
  const bool rate = series.aggregate == "rate";
  return FormatValue(std::llround(point.value), series.unit) + (rate ? "/s" : "");
}

std::string AsTable(const TimeSeries& series) {
  Table table;
  const bool exemplars =
      std::any_of(series.lines.begin(), series.lines.end(), [](const TimeSeries::Line& line) {
        return !line.points.empty() && !line.points[0].exemplars.empty();
      });
  table.right = {false, true, false, false};
  table.rows = {{"time", series.aggregate, "series"}};
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

std::string Render(const TimeSeries& series, const Options& options) {
  const std::string title =
      options.question.function.empty() ? series.type + " over time" : options.question.function;
  const ChartOptions chart = {options.title.empty() ? title : options.title,
                              SubtitleOf(options.selection)};
  if (options.format == "html") return TimeSeriesHtml(series, chart);
  if (options.format == "svg") return TimeSeriesSvg(series, chart);
  if (options.format == "json") return TimeSeriesJson(series, chart);
  return AsTable(series);
}

int Run(Options options) {
  absl::StatusOr<Selection> selection = options.selection.Make();
  if (!selection.ok()) return Fail(selection.status());
  options.question.selection = *std::move(selection);
  absl::StatusOr<int64_t> step = ParseDuration(options.step);
  if (!step.ok()) return Fail(In("--step", step.status()));
  options.question.step_nanos = *step;
  options.format = FormatFor(options.format, options.output);
  return AskBlocks(options.question, options.query, [&](SeriesQuery query) {
    absl::StatusOr<TimeSeries> series = std::move(query).Finish();
    if (!series.ok()) return Fail(series.status());
    const absl::Status status = WriteOutput(options.output, Render(*series, options));
    return status.ok() ? +kOk : Fail(status);
  });
}

}  // namespace

void AddSeries(CLI::App* app, int* exit_code) {
  using Aggregate = SeriesQuestion::Aggregate;
  static const std::map<std::string, Aggregate> kAggregates = {
      {"sum", Aggregate::kSum},          {"rate", Aggregate::kRate},
      {"average", Aggregate::kAverage},  {"count", Aggregate::kCount},
      {"min", Aggregate::kMin},          {"max", Aggregate::kMax},
      {"quantile", Aggregate::kQuantile}};
  auto options = std::make_shared<Options>();
  CLI::App* command = AddCommand(app, "series", "Shows values over time.", kExamples);
  command->add_option("--step", options->step, "Width of a point, as in 15s, 1m, 1h; else 1m");
  command
      ->add_option("--aggregate", options->question.aggregate,
                   "sum (gauges: average over time, summed over series; this if not given), rate "
                   "(per second profiled), average, count, min, max or quantile")
      ->transform(CLI::CheckedTransformer(kAggregates).description(""))
      ->option_text("NAME");
  command->add_option("--quantile", options->question.quantile, "0 to 1; else 0.5");
  command->add_option("--function", options->question.function, "Of one function and its callees");
  command->add_flag("--self", options->question.self, "With --function: without its callees");
  command->add_option("--exemplars", options->question.exemplars,
                      "Name so many profiles for each point");
  AddGroupByFlag(command, &options->question.group_by);
  AddChartFlags(command, &options->format, &options->output, &options->title);
  options->selection.AddTo(command);
  options->query.AddTo(command);
  OnRun(command, exit_code, [options] { return Run(*options); });
}

}  // namespace dolerite::cli
