// `dolerite callers` and `dolerite callees`: who calls a function, and what it calls.
#include <algorithm>
#include <memory>

#include "cli.h"
#include "dolerite/call_graph.h"
#include "dolerite/top.h"
#include "output.h"
#include "output_format.h"
#include "query_flags.h"

namespace dolerite::cli {
namespace {

constexpr const char* kCallersExamples =
    "Examples:\n"
    "  dolerite callers runtime.mallocgc --profile-type cpu day.block\n"
    "  dolerite callers runtime.mallocgc --depth 4 --profile-type cpu day.block\n"
    "  dolerite callers runtime.mallocgc --profile-type cpu -o malloc.html day.block";
constexpr const char* kCalleesExamples =
    "Examples:\n"
    "  dolerite callees main.main --profile-type cpu day.block\n"
    "  dolerite callees main.main --depth 4 --profile-type cpu day.block\n"
    "  dolerite callees main.main --profile-type cpu -o main.html day.block";

struct CallersOptions {
  SelectionFlags selection;
  QueryFlags query;
  FrameBy by = FrameBy::kFunction;
  OutputFlags output;
  std::string function;
  size_t depth = 1;
  bool callers = false;
  bool all_callers = false;
};

double Share(int64_t value, double all) { return all == 0 ? 0 : static_cast<double>(value) / all; }

// Children heaviest first, each indented below its parent, down to `depth`. Shares are of the
// function's `cum` (with --all-callers the root's total is more), and of `all`: the magnitude of
// all that is selected, which values of both signs do not cancel out of.
std::string AsTable(const Tree& tree, size_t max_depth, int64_t cum, uint64_t all) {
  const std::vector<int64_t>& total = tree.columns[0].total;
  // Trees are stored by parents, and a table goes down.
  std::vector<std::vector<uint32_t>> children(tree.size());
  for (uint32_t node = 1; node < tree.size(); ++node) children[tree.parent[node]].push_back(node);
  Table table;
  table.right = {true, true, true, false};
  table.rows = {{Plain(tree.type), "of the function", "of all", "name"}};
  // A stack of its own, for trees may be deeper than calls can nest.
  std::vector<std::pair<uint32_t, size_t>> pending = {{0, 0}};
  while (!pending.empty()) {
    const auto [node, depth] = pending.back();
    pending.pop_back();
    const int64_t value = node == 0 ? cum : total[node];
    table.rows.push_back({FormatValue(value, tree.unit),
                          FormatPercent(Share(value, static_cast<double>(cum))),
                          FormatPercent(Share(value, static_cast<double>(all))),
                          std::string(2 * depth, ' ') + Plain(tree.names[tree.name[node]])});
    if (depth == max_depth) continue;
    std::vector<uint32_t>& below = children[node];
    std::stable_sort(below.begin(), below.end(),
                     [&](uint32_t a, uint32_t b) { return total[a] > total[b]; });
    // Backwards, so that the heaviest is taken first.
    for (size_t i = below.size(); i-- > 0;) pending.emplace_back(below[i], depth + 1);
  }
  return table.ToString();
}

// A table shows some steps only, and inverted trees may be much larger than the trees.
absl::StatusOr<Tree> AnswerOf(const Tree& tree, const CallersOptions& options) {
  const size_t steps = options.depth + 1;
  if (options.all_callers) return AllCallers(tree, options.function, steps);
  if (options.callers) return Callers(tree, options.function, steps);
  return Callees(tree, options.function);
}

// JSON has the whole answer. Only a page is cut.
Asked<TreeQuestion> QuestionOf(const Selection& selection, const CallersOptions& options) {
  using Form = FormOf<TreeQuestion>;
  Asked<TreeQuestion> asked{{selection, options.by}, {}, {}};
  asked.answer.view = options.all_callers ? Form::View::kAllCallers
                      : options.callers   ? Form::View::kCallers
                                          : Form::View::kCallees;
  asked.answer.function = options.function;
  if (options.output.Is("html")) {
    asked.answer.format = Form::Format::kHtml;
    asked.answer.subtitle = SubtitleOf(options.selection);
    asked.finish.max_nodes = kNodesOfPage;
  }
  return asked;
}

int RunTable(const Asked<TreeQuestion>& asked, const CallersOptions& options) {
  return AskBlocks(asked, options.query, [&](TreeQuery query, const auto&) {
    absl::StatusOr<Tree> tree = std::move(query).Finish();
    if (!tree.ok()) return Fail(tree.status());
    *tree = Shown(*std::move(tree), options.query);
    absl::StatusOr<Tree> answer = AnswerOf(*tree, options);
    if (!answer.ok()) return Fail(answer.status());
    // The table of functions tells whether the function is there at all, and its cumulative value,
    // which no answer tree has by itself: recursion counts once in it.
    const auto named = [&](const TopRow& row) { return row.name == options.function; };
    const std::vector<TopRow> rows = Top(*tree);
    const auto found = std::find_if(rows.begin(), rows.end(), named);
    if (found == rows.end()) {
      return FailNothingFound("no stack has \"" + options.function + "\"; see `dolerite top -n 0`");
    }
    const absl::Status status = WriteOutput(
        options.output.path(), AsTable(*answer, options.depth, found->cum[0], tree->Magnitude(0)));
    return status.ok() ? +kOk : Fail(status);
  });
}

int Run(CallersOptions& options) {
  // The order of all commands: check the flags, then the selection, then read blocks, then write.
  // Nothing is written if anything before it fails.
  if (absl::Status s = options.output.Settle(options.query.blocks); !s.ok()) return Fail(s);
  absl::StatusOr<Selection> selection = options.selection.Make();
  if (!selection.ok()) return Fail(selection.status());
  const Asked<TreeQuestion> asked = QuestionOf(*selection, options);
  if (options.output.Is("text")) return RunTable(asked, options);
  return AskAndWrite(asked, options.query, options.output.path(), "no sample is selected");
}

void Add(CLI::App* app, int* exit_code, bool callers) {
  auto options = std::make_shared<CallersOptions>();
  options->callers = callers;
  CLI::App* command =
      callers ? AddCommand(app, "callers", "Shows who calls a function.", kCallersExamples)
              : AddCommand(app, "callees", "Shows what a function calls.", kCalleesExamples);
  command->add_option("FUNCTION", options->function, "Its name, as in `top`")
      ->required()
      ->option_text(" ");
  command->add_option("--depth", options->depth, "Steps shown in a table; else 1")
      ->check(WholeNumber());
  if (callers) {
    command->add_flag("--all-callers", options->all_callers,
                      "Of a recursive function the callers of inner calls too, as pprof's peek has "
                      "them: a stack counts once for each caller; else of the outermost call only");
  }
  options->output.AddTo(command, {"text", "json", "html"});
  AddByFlag(command, &options->by);
  options->selection.AddTo(command);
  options->query.AddTo(command);
  OnRun(command, exit_code, [options] { return Run(*options); });
}

}  // namespace

void AddCallers(CLI::App* app, int* exit_code) { Add(app, exit_code, true); }
void AddCallees(CLI::App* app, int* exit_code) { Add(app, exit_code, false); }

}  // namespace dolerite::cli
