// `dolerite flame`: all stacks as one tree, for people and for other tools.
#include <memory>

#include "cli.h"
#include "dolerite/flamegraph.h"
#include "dolerite/pprof.h"
#include "group_tree.h"
#include "output.h"
#include "query_flags.h"

namespace dolerite::cli {
namespace {

constexpr const char* kExamples =
    "Examples:\n"
    "  dolerite flame --profile-type cpu -o cpu.html day.block\n"
    "  dolerite flame --profile-type heap --format folded day.block | sort\n"
    "  dolerite flame --profile-type cpu --format pprof -o cpu.pb.gz a.block b.block\n"
    "  dolerite flame --where '{pod=\"a\"}' --from 2026-05-04T10:00:00Z -o a.html day.block";

// More rectangles than a page can show well.
constexpr size_t kNodesOfPage = 8192;

struct Options {
  SelectionFlags selection;
  FrameBy by = FrameBy::kFunction;
  QueryFlags query;
  std::vector<std::string> group_by;
  std::string format = "html", output = "-", title;
  std::optional<size_t> max_nodes;
};

std::string Render(const Tree& tree, const Options& options) {
  if (options.format == "folded") return FoldedStacks(tree);
  if (options.format == "json") return TreeJson(tree);
  FlameGraphOptions page;
  page.title = options.title.empty() ? tree.type + " in " + tree.unit : options.title;
  page.subtitle = SubtitleOf(options.selection);
  return FlameGraphHtml(tree, page);
}

absl::StatusOr<std::string> FlameOf(TreeQuery query, const Options& options) {
  const size_t max_nodes = options.max_nodes.value_or(options.format == "html" ? kNodesOfPage : 0);
  absl::StatusOr<Tree> tree = std::move(query).Finish({max_nodes});
  if (!tree.ok()) return tree.status();
  if (IsEmpty(*tree)) return "";
  return Render(*tree, options);
}

absl::StatusOr<std::string> PprofOf(ProfileQuery query, const Options&) {
  absl::StatusOr<Profile> profile = std::move(query).Finish();
  if (!profile.ok()) return profile.status();
  return WritePprof(*profile);
}

absl::StatusOr<std::string> GroupsOf(GroupedTreesQuery query, const Options& options) {
  const size_t max_nodes = options.max_nodes.value_or(options.format == "html" ? kNodesOfPage : 0);
  absl::StatusOr<std::vector<GroupedTree>> groups = std::move(query).Finish();
  if (!groups.ok()) return groups.status();
  if (groups->empty()) return "";
  Tree tree = JoinGroups(*groups);
  if (absl::Status status = tree.SumTotals(); !status.ok()) return status;
  tree.Cut(max_nodes);
  return Render(tree, options);
}

template <class Question, class Answer>
int Ask(const Question& question, const Options& options, Answer answer) {
  return AskBlocks(question, options.query, [&](Query<Question> query) {
    absl::StatusOr<std::string> bytes = answer(std::move(query), options);
    if (!bytes.ok()) return Fail(bytes.status());
    if (bytes->empty()) return FailNothingFound("no sample is selected");
    const absl::Status status = WriteOutput(options.output, *bytes);
    return status.ok() ? +kOk : Fail(status);
  });
}

int Run(const Options& options) {
  const bool pprof = options.format == "pprof";
  if (absl::Status status = CheckOutput(options.output, pprof); !status.ok()) return Fail(status);
  if (pprof && !options.group_by.empty()) {
    return FailUsage(
        "--group-by makes frames of labels, which pprof can't say; use another format");
  }
  absl::StatusOr<Selection> selection = options.selection.Make();
  if (!selection.ok()) return Fail(selection.status());
  if (pprof) return Ask(ProfileQuestion{*selection}, options, PprofOf);
  if (options.group_by.empty()) return Ask(TreeQuestion{*selection, options.by}, options, FlameOf);
  return Ask(GroupedTreesQuestion{*selection, options.by, options.group_by}, options, GroupsOf);
}

}  // namespace

void AddFlame(CLI::App* app, int* exit_code) {
  auto options = std::make_shared<Options>();
  CLI::App* command = AddCommand(app, "flame", "Writes a flame graph.", kExamples);
  command->add_option("--format", options->format, "html, folded, pprof or json; else html")
      ->check(CLI::IsMember({"html", "folded", "pprof", "json"}).description(""));
  command->add_option("-o,--output", options->output, "File to write; else stdout");
  AddByFlag(command, &options->by);
  AddGroupByFlag(command, &options->group_by);
  command
      ->add_option("--max-nodes", options->max_nodes,
                   "Cut to the heaviest nodes; 0: none. A page has 8192 of itself, others all")
      ->check(CLI::NonNegativeNumber.description(""));
  command->add_option("--title", options->title, "Of the page");
  options->selection.AddTo(command);
  options->query.AddTo(command);
  OnRun(command, exit_code, [options] { return Run(*options); });
}

}  // namespace dolerite::cli
