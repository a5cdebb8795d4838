// `dolerite heatmap`: how often which values were seen when.
#include <algorithm>
#include <memory>

#include "cli.h"
#include "output.h"
#include "output_format.h"
#include "query_flags.h"

namespace dolerite::cli {
namespace {

constexpr const char* kHeatmapExamples =
    "Examples:\n"
    "  dolerite heatmap --profile-type cpu -o cpu.html day.block\n"
    "  dolerite heatmap --profile-type cpu --observe spans --log -o spans.svg day.block\n"
    "  dolerite heatmap --observe timestamps --step 10ms -o threads.html one.block";

struct HeatmapOptions {
  SelectionFlags selection;
  QueryFlags query;
  HeatmapQuestion question;
  HeatmapQuestion::Finish finish;
  OutputFlags output;
  std::string step = "1m", title;
};

// One line a cell, without those that are empty.
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

Asked<HeatmapQuestion> QuestionOf(const HeatmapOptions& options) {
  using Format = FormOf<HeatmapQuestion>::Format;
  const Format format = options.output.Is("html")  ? Format::kHtml
                        : options.output.Is("svg") ? Format::kSvg
                                                   : Format::kJson;
  return {options.question, options.finish, {format, options.title, SubtitleOf(options.selection)}};
}

// A picture without cells would look like a mistake of the tool.
constexpr std::string_view kNothingObserved = "nothing to observe is selected";

int RunTable(const Asked<HeatmapQuestion>& asked, const HeatmapOptions& options) {
  return AskBlocks(asked, options.query, [&](HeatmapQuery query, const auto& made) {
    absl::StatusOr<Heatmap> heatmap = std::move(query).Finish(made.finish);
    if (!heatmap.ok()) return Fail(heatmap.status());
    if (IsEmpty(made.question, *heatmap)) return FailNothingFound(kNothingObserved);
    const absl::Status status = WriteOutput(options.output.path(), AsTable(*heatmap));
    return status.ok() ? +kOk : Fail(status);
  });
}

int Run(HeatmapOptions& options) {
  if (absl::Status s = options.output.Settle(options.query.blocks); !s.ok()) return Fail(s);
  absl::StatusOr<Selection> selection = options.selection.Make();
  if (!selection.ok()) return Fail(selection.status());
  options.question.selection = *std::move(selection);
  // A wrong flag is named before blocks are read.
  absl::StatusOr<int64_t> step = ParseDuration(options.step);
  if (!step.ok()) return Fail(In("--step", step.status()));
  options.question.step_nanos = *step;
  const Asked<HeatmapQuestion> asked = QuestionOf(options);
  if (options.output.Is("text")) return RunTable(asked, options);
  return AskAndWrite(asked, options.query, options.output.path(), kNothingObserved);
}

}  // namespace

void AddHeatmap(CLI::App* app, int* exit_code) {
  // Words of the command line for what the library has as an enum.
  using Observe = HeatmapQuestion::Observe;
  auto options = std::make_shared<HeatmapOptions>();
  CLI::App* command =
      AddCommand(app, "heatmap", "Shows how often which values were seen when.", kHeatmapExamples);
  AddChoice<Observe>(command, "--observe", &options->question.observe,
                     {{"profiles", Observe::kProfiles},
                      {"spans", Observe::kSpans},
                      {"timestamps", Observe::kTimestamps}},
                     "profiles (this if not given), spans, or timestamps inside profiles");
  command->add_option("--step", options->step, "Width of a column, as in 10ms, 15s, 1m; else 1m");
  command->add_option("--rows", options->finish.rows, "Ranges of values; else 40")
      ->check(CLI::Range(1, 1000).description(""));
  command->add_flag("--log", options->finish.logarithmic, "Ranges that grow by a factor");
  command->add_option("--exemplars", options->question.exemplars,
                      "Name so many profiles for each cell");
  AddGroupByFlag(command, &options->question.group_by);
  options->output.AddTo(command, {"text", "json", "svg", "html"});
  command->add_option("--title", options->title, "Of the picture");
  options->selection.AddTo(command);
  options->query.AddTo(command);
  OnRun(command, exit_code, [options] { return Run(*options); });
}

}  // namespace dolerite::cli
