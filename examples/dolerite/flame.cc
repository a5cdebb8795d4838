// `dolerite flame`: all stacks as one tree, for people and for other tools.
#include <memory>

#include "blocks.h"
#include "cli.h"
#include "dolerite/flamegraph.h"
#include "dolerite/pprof.h"
#include "output.h"

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
  std::vector<std::string> blocks;
  std::string format = "html", output = "-", title;
  std::optional<size_t> max_nodes;
};

std::string Subtitle(const SelectionFlags& flags) {
  std::string out = flags.where;
  if (!flags.from.empty()) out += " from " + flags.from;
  if (!flags.to.empty()) out += " to " + flags.to;
  return out;
}

std::string Render(const Tree& tree, const Options& options) {
  if (options.format == "folded") return FoldedStacks(tree);
  if (options.format == "json") return TreeJson(tree);
  FlameGraphOptions page;
  page.title = options.title.empty() ? tree.type + " in " + tree.unit : options.title;
  page.subtitle = Subtitle(options.selection);
  return FlameGraphHtml(tree, page);
}

absl::StatusOr<std::string> FlameOf(TreeQuery query, const Options& options) {
  const size_t max_nodes = options.max_nodes.value_or(options.format == "html" ? kNodesOfPage : 0);
  absl::StatusOr<Tree> tree = std::move(query).Finish(max_nodes);
  if (!tree.ok()) return tree.status();
  return Render(*tree, options);
}

absl::StatusOr<std::string> PprofOf(ProfileQuery query) {
  absl::StatusOr<Profile> profile = std::move(query).Finish();
  if (!profile.ok()) return profile.status();
  return WritePprof(*profile);
}

template <class Query, class Answer>
int Ask(Query query, const Options& options, Answer answer) {
  if (absl::Status status = AddBlocks(options.blocks, &query); !status.ok()) return Fail(status);
  if (query.cost().profiles == 0) return FailNothingFound("no profile is selected");
  absl::StatusOr<std::string> bytes = answer(std::move(query));
  if (!bytes.ok()) return Fail(bytes.status());
  absl::Status status = WriteOutput(options.output, *bytes);
  return status.ok() ? kOk : Fail(status);
}

int Run(const Options& options) {
  const bool pprof = options.format == "pprof";
  if (absl::Status status = CheckOutput(options.output, pprof); !status.ok()) return Fail(status);
  absl::StatusOr<Selection> selection = options.selection.Make();
  if (!selection.ok()) return Fail(selection.status());
  const QueryOptions by = {.by = options.by};
  if (pprof) return Ask(ProfileQuery(*selection, by), options, PprofOf);
  return Ask(TreeQuery(*selection, by), options,
             [&](TreeQuery query) { return FlameOf(std::move(query), options); });
}

}  // namespace

void AddFlame(CLI::App* app, int* exit_code) {
  auto options = std::make_shared<Options>();
  CLI::App* command = AddCommand(app, "flame", "Writes a flame graph.", kExamples);
  command->add_option("--format", options->format, "html, folded, pprof or json; else html")
      ->check(CLI::IsMember({"html", "folded", "pprof", "json"}).description(""));
  command->add_option("-o,--output", options->output, "File to write; else stdout");
  options->selection.AddTo(command);
  AddByFlag(command, &options->by);
  command
      ->add_option("--max-nodes", options->max_nodes,
                   "Cut to the heaviest nodes; 0: none. A page has 8192 of itself, others all")
      ->check(CLI::NonNegativeNumber.description(""));
  command->add_option("--title", options->title, "Of the page");
  AddBlocksArgument(command, &options->blocks);
  OnRun(command, exit_code, [options] { return Run(*options); });
}

}  // namespace dolerite::cli
