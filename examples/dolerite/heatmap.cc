// `dolerite heatmap`: how often which values were seen when.
#include <memory>

#include "cli.h"
#include "dolerite/charts.h"
#include "output.h"
#include "query_flags.h"

namespace dolerite::cli {
namespace {

constexpr const char* kExamples =
    "Examples:\n"
    "  dolerite heatmap --profile-type cpu -o cpu.html day.block\n"
    "  dolerite heatmap --profile-type cpu --observe spans --log -o spans.svg day.block\n"
    "  dolerite heatmap --observe timestamps --step 10ms -o threads.html one.block";

struct Options {
  SelectionFlags selection;
  QueryFlags query;
  HeatmapQuestion question;
  HeatmapQuestion::Finish finish;
  std::string step = "1m", format, output = "-", title;
};

std::string AsTable(const Heatmap& heatmap) {
  Table table;
  table.right = {false, true, true, true, true, false};
  table.rows = {{"time", "from", "to", "count", "sum", "group"}};
  for (const Heatmap::Group& group : heatmap.groups) {
    for (const Heatmap::Cell& cell : group.cells) {
      table.rows.push_back({FormatTime(heatmap.start_nanos + cell.column * heatmap.step_nanos),
                            FormatValue(heatmap.edges[cell.row], heatmap.unit),
                            FormatValue(heatmap.edges[cell.row + 1], heatmap.unit),
                            std::to_string(cell.count), FormatValue(cell.sum, heatmap.unit),
                            Plain(group.labels.ToString())});
    }
  }
  return table.ToString();
}

std::string Render(const Heatmap& heatmap, const Options& options) {
  const ChartOptions chart = {
      options.title.empty() ? heatmap.type + " of " + heatmap.observed : options.title,
      SubtitleOf(options.selection)};
  if (options.format == "html") return HeatmapHtml(heatmap, chart);
  if (options.format == "svg") return HeatmapSvg(heatmap, chart);
  if (options.format == "json") return HeatmapJson(heatmap, chart);
  return AsTable(heatmap);
}

int Run(Options options) {
  absl::StatusOr<Selection> selection = options.selection.Make();
  if (!selection.ok()) return Fail(selection.status());
  options.question.selection = *std::move(selection);
  absl::StatusOr<int64_t> step = ParseDuration(options.step);
  if (!step.ok()) return Fail(In("--step", step.status()));
  options.question.step_nanos = *step;
  options.format = FormatFor(options.format, options.output);
  return AskBlocks(options.question, options.query, [&](HeatmapQuery query) {
    absl::StatusOr<Heatmap> heatmap = std::move(query).Finish(options.finish);
    if (!heatmap.ok()) return Fail(heatmap.status());
    const absl::Status status = WriteOutput(options.output, Render(*heatmap, options));
    return status.ok() ? +kOk : Fail(status);
  });
}

}  // namespace

void AddHeatmap(CLI::App* app, int* exit_code) {
  using Observe = HeatmapQuestion::Observe;
  static const std::map<std::string, Observe> kObserved = {{"profiles", Observe::kProfiles},
                                                           {"spans", Observe::kSpans},
                                                           {"timestamps", Observe::kTimestamps}};
  auto options = std::make_shared<Options>();
  CLI::App* command =
      AddCommand(app, "heatmap", "Shows how often which values were seen when.", kExamples);
  command
      ->add_option("--observe", options->question.observe,
                   "profiles (this if not given), spans, or timestamps inside profiles")
      ->transform(CLI::CheckedTransformer(kObserved).description(""))
      ->option_text("NAME");
  command->add_option("--step", options->step, "Width of a column, as in 10ms, 15s, 1m; else 1m");
  command->add_option("--rows", options->finish.rows, "Ranges of values; else 40")
      ->check(CLI::Range(1, 1000).description(""));
  command->add_flag("--log", options->finish.logarithmic, "Ranges that grow by a factor");
  command->add_option("--exemplars", options->question.exemplars,
                      "Name so many profiles for each cell");
  AddGroupByFlag(command, &options->question.group_by);
  AddChartFlags(command, &options->format, &options->output, &options->title);
  options->selection.AddTo(command);
  options->query.AddTo(command);
  OnRun(command, exit_code, [options] { return Run(*options); });
}

}  // namespace dolerite::cli
