// `dolerite series`: values over time, of everything or of one function.
#include <algorithm>
#include <cmath>
#include <memory>

#include "cli.h"
#include "output.h"
#include "output_format.h"
#include "query_flags.h"

namespace dolerite::cli {
namespace {

constexpr const char* kSeriesExamples =
    "Examples:\n"
    "  dolerite series --profile-type cpu --step 1m --aggregate rate day.block\n"
    "  dolerite series --profile-type heap --sample-type inuse_space --group-by pod day.block\n"
    "  dolerite series --profile-type cpu --function runtime.gcBgMarkWorker -o gc.html day.block";

struct SeriesOptions {
  SelectionFlags selection;
  QueryFlags query;
  SeriesQuestion question;
  OutputFlags output;
  std::string step = "1m", title;
};

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

// Titles name the function if there is one. Tables have none, but the question may be asked again.
Asked<SeriesQuestion> QuestionOf(const SeriesOptions& options) {
  using Format = FormOf<SeriesQuestion>::Format;
  const Format format = options.output.Is("html")  ? Format::kHtml
                        : options.output.Is("svg") ? Format::kSvg
                                                   : Format::kJson;
  return {options.question, {}, {format, options.title, SubtitleOf(options.selection)}};
}

int RunTable(const Asked<SeriesQuestion>& asked, const SeriesOptions& options,
             const std::string& nothing) {
  return AskBlocks(asked, options.query, [&](SeriesQuery query, const auto& made) {
    absl::StatusOr<TimeSeries> series = std::move(query).Finish();
    if (!series.ok()) return Fail(series.status());
    if (IsEmpty(made.question, *series)) return FailNothingFound(nothing);
    const absl::Status status = WriteOutput(options.output.path(), AsTable(*series));
    return status.ok() ? +kOk : Fail(status);
  });
}

int Run(SeriesOptions& options) {
  if (absl::Status s = options.output.Settle(options.query.blocks); !s.ok()) return Fail(s);
  absl::StatusOr<Selection> selection = options.selection.Make();
  if (!selection.ok()) return Fail(selection.status());
  options.question.selection = *std::move(selection);
  // A wrong flag is named before blocks are read.
  absl::StatusOr<int64_t> step = ParseDuration(options.step);
  if (!step.ok()) return Fail(In("--step", step.status()));
  options.question.step_nanos = *step;
  const Asked<SeriesQuestion> asked = QuestionOf(options);
  // With a function asked for, zeros say that no stack has it.
  const std::string& function = options.question.function;
  const std::string nothing =
      function.empty() ? "no sample is selected" : "no stack has \"" + function + "\"";
  if (options.output.Is("text")) return RunTable(asked, options, nothing);
  return AskAndWrite(asked, options.query, options.output.path(), nothing);
}

}  // namespace

void AddSeries(CLI::App* app, int* exit_code) {
  using Aggregate = SeriesQuestion::Aggregate;
  auto options = std::make_shared<SeriesOptions>();
  CLI::App* command = AddCommand(app, "series", "Shows values over time.", kSeriesExamples);
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
