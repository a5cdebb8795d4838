// `dolerite flame`: all stacks as one tree, for people and for other tools.
#include <memory>

#include "cli.h"
#include "output.h"
#include "output_format.h"
#include "query_flags.h"

namespace dolerite::cli {
namespace {

constexpr const char* kFlameExamples =
    "Examples:\n"
    "  dolerite flame --profile-type cpu -o cpu.html day.block\n"
    "  dolerite flame --profile-type heap --format folded day.block | sort\n"
    "  dolerite flame --profile-type cpu -o cpu.pb.gz a.block b.block\n"
    "  dolerite flame --where '{pod=\"a\"}' --from 2026-05-04T10:00:00Z -o a.html day.block";

struct FlameOptions {
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
template <class Form>
void SetPage(const FlameOptions& options, Form* form) {
  if (!options.output.Is("html")) return;
  form->format = Form::Format::kHtml;
  form->title = options.title;
  form->subtitle = SubtitleOf(options.selection);
}

Asked<TreeQuestion> TreeOf(const Selection& selection, const FlameOptions& options) {
  Asked<TreeQuestion> asked{{selection, options.by}, {options.MaxNodes()}, {}};
  using Format = FormOf<TreeQuestion>::Format;
  if (options.output.Is("folded")) asked.answer.format = Format::kFolded;
  SetPage(options, &asked.answer);
  return asked;
}

// All formats show the groups as one tree.
Asked<GroupedTreesQuestion> GroupsOf(const Selection& selection, const FlameOptions& options) {
  Asked<GroupedTreesQuestion> asked{
      {selection, options.by, options.group_by}, {options.MaxNodes()}, {}};
  using Format = FormOf<GroupedTreesQuestion>::Format;
  asked.answer.format = options.output.Is("folded") ? Format::kFolded : Format::kJoined;
  SetPage(options, &asked.answer);
  return asked;
}

// pprof gets the whole samples: what makes or cuts a tree has no meaning there.
// An error rather than a flag that does nothing: its user would believe that it did.
absl::Status CheckPprof(const FlameOptions& options) {
  const char* flag = nullptr;
  if (!options.group_by.empty()) flag = "--group-by";
  if (options.by_flag->count() > 0) flag = "--by";
  if (options.max_nodes) flag = "--max-nodes";
  if (flag == nullptr) return absl::OkStatus();
  return absl::InvalidArgumentError(std::string(flag) +
                                    " shapes a tree, but pprof gets whole samples: leave it out, "
                                    "or write html, folded or json");
}

int Run(FlameOptions& options) {
  if (absl::Status s = options.output.Settle(options.query.blocks); !s.ok()) return Fail(s);
  const bool pprof = options.output.Is("pprof");
  if (pprof) {
    if (absl::Status status = CheckPprof(options); !status.ok()) return Fail(status);
  }
  absl::StatusOr<Selection> selection = options.selection.Make();
  if (!selection.ok()) return Fail(selection.status());
  const std::string& path = options.output.path();
  const char* const nothing = "no sample is selected";
  if (pprof) {
    return AskAndWrite<ProfileQuestion>({{*selection}, {}, {}}, options.query, path, nothing);
  }
  if (options.group_by.empty()) {
    return AskAndWrite(TreeOf(*selection, options), options.query, path, nothing);
  }
  return AskAndWrite(GroupsOf(*selection, options), options.query, path, nothing);
}

}  // namespace

void AddFlame(CLI::App* app, int* exit_code) {
  auto options = std::make_shared<FlameOptions>();
  CLI::App* command = AddCommand(app, "flame", "Writes a flame graph.", kFlameExamples);
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
