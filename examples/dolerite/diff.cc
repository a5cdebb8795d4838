// `dolerite diff`: what changed between two selections, culprits first.
#include <memory>

#include "blocks.h"
#include "cli.h"
#include "diff_sides.h"
#include "dolerite/diff_table.h"
#include "dolerite/flamegraph.h"
#include "dolerite/tree_text.h"
#include "output.h"
#include "output_format.h"
#include "query_flags.h"

namespace dolerite::cli {
namespace {

constexpr const char* kDiffExamples =
    "Examples:\n"
    "  dolerite diff --base '{version=\"v1\"}' --against '{version=\"v2\"}' --profile-type cpu "
    "day.block\n"
    "  dolerite diff --base '{pod=\"a\"}' --against '{pod=\"b\"}' --format html -o ab.html "
    "day.block\n"
    "  dolerite diff --base '{run=\"1\"}' --against '{run=\"2\"}' --rank value --format json "
    "*.block\n"
    "\n"
    "What grew comes first, by d * |d| / (base + against), where d is the change of the "
    "cumulative\n"
    "share: the function that changed comes before its callers. What shrank comes last.";

struct DiffOptions {
  SelectionFlags selection;
  std::string base, against;
  FrameBy by = FrameBy::kFunction;
  ChangeOf rank = ChangeOf::kShare;
  bool normalize = false;
  OutputFlags output;
  std::optional<size_t> rows, max_nodes;
  QueryFlags query;
};

// With a plus sign, so that growth is not taken for a value.
std::string Points(double change) { return (change > 0 ? "+" : "") + FormatPercent(change); }

std::string Change(const DiffRow& row, std::string_view unit) {
  // As unsigned numbers, which may wrap: a difference of two values of both signs may have 65 bits.
  const int64_t change = static_cast<int64_t>(static_cast<uint64_t>(row.against_cum) -
                                              static_cast<uint64_t>(row.base_cum));
  return (change > 0 ? "+" : "") + FormatValue(change, unit);
}

std::string AsTable(const Tree& tree, const std::vector<DiffRow>& rows) {
  Table table;
  table.right = {true, true, true, true, true, true, false};
  table.rows.push_back({"base", "base%", "against", "against%", "change", "change%", "name"});
  for (const DiffRow& row : rows) {
    table.rows.push_back({FormatValue(row.base_cum, tree.unit), FormatPercent(row.base_cum_share),
                          FormatValue(row.against_cum, tree.unit),
                          FormatPercent(row.against_cum_share), Change(row, tree.unit),
                          Points(row.cum_change()), Plain(row.name)});
  }
  // A row of which only the cumulative values are shown.
  DiffRow total;
  total.base_cum = tree.columns[0].total[0], total.against_cum = tree.columns[1].total[0];
  table.rows.push_back({FormatValue(total.base_cum, tree.unit), "",
                        FormatValue(total.against_cum, tree.unit), "", Change(total, tree.unit), "",
                        Plain("total, " + tree.type + " in " + tree.unit + ", cumulative")});
  return table.ToString();
}

// Rows are cut after they are ranked.
std::string Rows(const Tree& tree, const FormOf<DiffQuestion>& form) {
  std::vector<DiffRow> rows = DiffTable(tree, form.rank);
  if (form.rows != 0 && form.rows < rows.size()) rows.resize(form.rows);
  return AsTable(tree, rows);
}

std::string Render(const Tree& tree, const DiffOptions& options, const FormOf<DiffQuestion>& form) {
  if (options.output.Is("folded")) return FoldedStacks(tree);
  if (options.output.Is("json")) return DiffJson(tree, form.rank, form.rows);
  if (options.output.Is("text")) return Rows(tree, form);
  return FlameGraphHtml(
      tree, {form.title.empty() ? tree.type + " in " + tree.unit + ", compared" : form.title,
             form.subtitle, form.base_name, form.against_name});
}

// What both sides share (--where, times, profile type), and what only one has.
absl::StatusOr<Selection> SideOf(const DiffOptions& options, const std::string& flag,
                                 const std::string& side) {
  absl::StatusOr<Selection> selection = options.selection.Make();
  if (!selection.ok()) return selection;
  absl::StatusOr<std::vector<LabelMatcher>> matchers = ParseMatchers(side);
  if (!matchers.ok()) return In(flag, matchers.status());
  selection->matchers.insert(selection->matchers.end(), matchers->begin(), matchers->end());
  return selection;
}

size_t MaxNodes(const DiffOptions& options) {
  if (options.output.Is("html")) return options.max_nodes.value_or(kNodesOfPage);
  // Tables are exact only for the whole tree: a cut would leave small functions out of sums.
  return options.output.Is("folded") ? options.max_nodes.value_or(0) : 0;
}

// Text has the first and last culprits; JSON has all rows unless told otherwise.
Asked<DiffQuestion> QuestionOf(const Selection& base, const Selection& against,
                               const DiffOptions& options) {
  using Form = FormOf<DiffQuestion>;
  Asked<DiffQuestion> asked{
      {base, against, options.by}, {options.normalize, MaxNodes(options)}, {}};
  Form& form = asked.answer;
  if (options.output.Is("folded")) {
    form.format = Form::Format::kFolded;
  } else if (options.output.Is("html")) {
    form.format = Form::Format::kHtml;
    form.subtitle = options.base + " and " + options.against;
    form.base_name = options.base;
    form.against_name = options.against;
  } else {
    form.format = Form::Format::kTable;
    form.rank = options.rank;
    form.rows = options.rows.value_or(options.output.Is("json") ? 0 : kRowsOfTable);
  }
  return asked;
}

int Run(DiffOptions& options) {
  if (absl::Status s = options.output.Settle(options.query.blocks); !s.ok()) return Fail(s);
  absl::StatusOr<Selection> base = SideOf(options, "--base", options.base);
  if (!base.ok()) return Fail(base.status());
  absl::StatusOr<Selection> against = SideOf(options, "--against", options.against);
  if (!against.ok()) return Fail(against.status());
  const Asked<DiffQuestion> asked = QuestionOf(*base, *against, options);
  // The base is scaled, if at all, when both sides are known.
  return AskBlocks(asked, options.query, [&](DiffQuery query, const auto& made) {
    absl::StatusOr<Tree> tree = std::move(query).Finish(made.finish);
    // An empty side is more often a mistake in --base or --against than an answer: say which.
    // FailedPrecondition: a side without a total can't be scaled.
    const bool one_sided = tree.ok()
                               ? tree->columns[0].total[0] == 0 || tree->columns[1].total[0] == 0
                               : tree.status().code() == absl::StatusCode::kFailedPrecondition;
    if (one_sided) {
      // If both have profiles, an empty side is an answer.
      const int code = CheckSides(made.question, "--base " + options.base,
                                  "--against " + options.against, options.query);
      if (code != kOk) return code;
    }
    if (!tree.ok()) return Fail(tree.status());
    *tree = Shown(*std::move(tree), options.query);
    if (IsEmpty(made.question, *tree)) return FailNothingFound("no sample is selected");
    const absl::Status status =
        WriteOutput(options.output.path(), Render(*tree, options, made.answer));
    return status.ok() ? +kOk : Fail(status);
  });
}

void AddFlags(CLI::App* command, DiffOptions* options) {
  command->add_option("--base", options->base, "Labels of one side: '{version=\"v1\"}'")
      ->required();
  command->add_option("--against", options->against, "Labels of the other side")->required();
  command->add_flag("--normalize", options->normalize,
                    "Scale the base so that both sides have the same total");
  AddChoice<ChangeOf>(command, "--rank", &options->rank,
                      {{"share", ChangeOf::kShare}, {"value", ChangeOf::kValue}},
                      "Order by change of `share` (of the side's total; this if not given) or of "
                      "plain `value`, for sides that did the same work");
  options->output.AddTo(command, {"text", "html", "json", "folded"});
  command->add_option("-n", options->rows, "Rows; 0: all. Text has 20 of itself, JSON all")
      ->check(WholeNumber());
  command->add_option("--max-nodes", options->max_nodes, "Of html (else 8192) and folded; 0: all")
      ->check(WholeNumber());
}

}  // namespace

void AddDiff(CLI::App* app, int* exit_code) {
  auto options = std::make_shared<DiffOptions>();
  CLI::App* command =
      AddCommand(app, "diff", "Shows what changed between two selections.", kDiffExamples);
  AddFlags(command, options.get());
  options->selection.AddTo(command);
  AddByFlag(command, &options->by);
  options->query.AddTo(command);
  OnRun(command, exit_code, [options] { return Run(*options); });
}

}  // namespace dolerite::cli
