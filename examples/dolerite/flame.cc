// `dolerite flame`: all stacks as one tree, for people and for other tools.
#include <memory>

#include "cli.h"
#include "dolerite/flamegraph.h"
#include "dolerite/pprof.h"
#include "dolerite/tree_text.h"
#include "group_tree.h"
#include "output.h"
#include "output_format.h"
#include "query_flags.h"

namespace dolerite::cli {
namespace {

constexpr const char* kExamples =
    "Examples:\n"
    "  dolerite flame --profile-type cpu -o cpu.html day.block\n"
    "  dolerite flame --profile-type heap --format folded day.block | sort\n"
    "  dolerite flame --profile-type cpu -o cpu.pb.gz a.block b.block\n"
    "  dolerite flame --where '{pod=\"a\"}' --from 2026-05-04T10:00:00Z -o a.html day.block";

// More rectangles than a page can show well.
constexpr size_t kNodesOfPage = 8192;

struct Options {
  SelectionFlags selection;
  FrameBy by = FrameBy::kFunction;
  QueryFlags query;
  std::vector<std::string> group_by;
  OutputFlags output;
  std::string title;
  std::optional<size_t> max_nodes;
  CLI::Option* by_flag = nullptr;

  size_t MaxNodes() const { return max_nodes.value_or(output.Is("html") ? kNodesOfPage : 0); }
};

// The page names what was selected, for it is looked at later and elsewhere.
std::string Render(const Tree& tree, const Options& options) {
  if (options.output.Is("folded")) return FoldedStacks(tree);
  if (options.output.Is("json")) return TreeJson(tree);
  FlameGraphOptions page;
  page.title = options.title.empty() ? tree.type + " in " + tree.unit : options.title;
  page.subtitle = SubtitleOf(options.selection);
  return FlameGraphHtml(tree, page);
}

// The empty text means that nothing was selected, in all three.
absl::StatusOr<std::string> FlameOf(TreeQuery query, const Options& options) {
  absl::StatusOr<Tree> tree = std::move(query).Finish({options.MaxNodes()});
  if (!tree.ok()) return tree.status();
  *tree = Shown(*std::move(tree), options.query);
  if (IsEmpty(*tree)) return "";
  return Render(*tree, options);
}

// Whole samples with labels, so that pprof can go on filtering.
absl::StatusOr<std::string> PprofOf(ProfileQuery query, const Options&) {
  absl::StatusOr<Profile> profile = std::move(query).Finish();
  if (!profile.ok()) return profile.status();
  if (profile->samples.size() == 0) return "";
  return WritePprof(*profile);
}

// Groups are joined before the cut, so that the heaviest nodes of all groups stay.
absl::StatusOr<std::string> GroupsOf(GroupedTreesQuery query, const Options& options) {
  absl::StatusOr<std::vector<GroupedTree>> groups = std::move(query).Finish();
  if (!groups.ok()) return groups.status();
  if (groups->empty()) return "";
  Tree tree = JoinGroups(*groups);
  if (absl::Status status = tree.SumTotals(); !status.ok()) return status;
  tree = Shown(std::move(tree), options.query);
  tree.Cut(options.MaxNodes());
  return Render(tree, options);
}

template <class Question, class Answer>
int Ask(const Question& question, const Options& options, Answer answer) {
  return AskBlocks(question, options.query, [&](Query<Question> query) {
    absl::StatusOr<std::string> bytes = answer(std::move(query), options);
    if (!bytes.ok()) return Fail(bytes.status());
    if (bytes->empty()) return FailNothingFound("no sample is selected");
    const absl::Status status = WriteOutput(options.output.path(), *bytes);
    return status.ok() ? +kOk : Fail(status);
  });
}

// pprof gets the whole samples: what makes or cuts a tree has no meaning there.
// An error rather than a flag that does nothing: its user would believe that it did.
absl::Status CheckPprof(const Options& options) {
  const char* flag = nullptr;
  if (!options.group_by.empty()) flag = "--group-by";
  if (options.by_flag->count() > 0) flag = "--by";
  if (options.max_nodes) flag = "--max-nodes";
  if (flag == nullptr) return absl::OkStatus();
  return absl::InvalidArgumentError(std::string(flag) +
                                    " shapes a tree, but pprof gets whole samples: leave it out, "
                                    "or write html, folded or json");
}

int Run(Options& options) {
  if (absl::Status s = options.output.Settle(options.query.blocks); !s.ok()) return Fail(s);
  const bool pprof = options.output.Is("pprof");
  if (pprof) {
    if (absl::Status status = CheckPprof(options); !status.ok()) return Fail(status);
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
  options->output.AddTo(command, {"html", "folded", "pprof", "json"});
  options->by_flag = AddByFlag(command, &options->by);
  AddGroupByFlag(command, &options->group_by);
  command
      ->add_option("--max-nodes", options->max_nodes,
                   "Cut to the heaviest nodes; 0: none. A page has 8192 of itself, others all")
      ->check(WholeNumber());
  command->add_option("--title", options->title, "Of the page");
  options->selection.AddTo(command);
  options->query.AddTo(command);
  OnRun(command, exit_code, [options] { return Run(*options); });
}

}  // namespace dolerite::cli
