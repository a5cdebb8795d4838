// `dolerite top`: which functions the time (bytes, ..) went to.
#include <algorithm>
#include <memory>

#include "cli.h"
#include "dolerite/top.h"
#include "output.h"
#include "query_flags.h"

namespace dolerite::cli {
namespace {

constexpr const char* kTopExamples =
    "Examples:\n"
    "  dolerite top --profile-type cpu day.block\n"
    "  dolerite top --profile-type heap --sample-type alloc_space -n 5 *.block\n"
    "  dolerite top --by file --where '{version=\"v1.5.0\"}' --json day.block | jq -s '.[1:]'\n"
    "\n"
    "--json prints one object a line. The first is about the answer: type, unit, aggregate and\n"
    "total of the values, profiles and the time from the first to the last, rows, rows_left_out\n"
    "and their flat sum, and flat_without_frames: samples with no stack. A row's share is flat or\n"
    "cum over total. With --group-by there is one such object for each group.";

struct TopOptions {
  SelectionFlags selection;
  FrameBy by = FrameBy::kFunction;
  QueryFlags query;
  std::vector<std::string> group_by;
  std::optional<size_t> rows;
  bool json = false;
};

// Of the sum of magnitudes, which values of both signs do not cancel out of.
double Share(int64_t value, uint64_t all) {
  return all == 0 ? 0 : static_cast<double>(value) / static_cast<double>(all);
}

// Heaviest rows first, and the total.
std::string AsTable(const Tree& tree, size_t wanted) {
  const std::vector<TopRow> rows = Top(tree);
  const size_t shown = wanted == 0 ? rows.size() : std::min(wanted, rows.size());
  const int64_t total = tree.columns[0].total[0];
  const uint64_t sizes = tree.Magnitude(0);
  Table table;
  table.right = {true, true, true, true, false};
  table.rows.push_back({"flat", "flat%", "cum", "cum%", "name"});
  for (const TopRow& row : std::span(rows).first(shown)) {
    table.rows.push_back({FormatValue(row.flat[0], tree.unit),
                          FormatPercent(Share(row.flat[0], sizes)),
                          FormatValue(row.cum[0], tree.unit),
                          FormatPercent(Share(row.cum[0], sizes)), Plain(row.name)});
  }
  // A table that was cut says so in its last line.
  const std::string rest =
      rows.size() > shown ? " of all " + std::to_string(rows.size()) + " names" : "";
  table.rows.push_back({FormatValue(total, tree.unit), FormatPercent(Share(total, sizes)), "", "",
                        Plain("total" + rest + ", " + tree.type + " in " + tree.unit +
                              (tree.aggregate == "average" ? ", average over profiles" : ""))});
  return table.ToString();
}

int Write(const std::string& text) {
  const absl::Status status = WriteOutput("-", text);
  return status.ok() ? +kOk : Fail(status);
}

constexpr std::string_view kNoSample = "no sample is selected";

// Each group is an answer by itself, with its own total.
int RunGroups(const Asked<GroupedTreesQuestion>& asked, const TopOptions& options) {
  if (options.json) return AskAndWrite(asked, options.query, "-", kNoSample);
  return AskBlocks(asked, options.query, [&](GroupedTreesQuery query, const auto& made) {
    absl::StatusOr<std::vector<GroupedTree>> groups = std::move(query).Finish();
    if (!groups.ok()) return Fail(groups.status());
    if (groups->empty()) return FailNothingFound(kNoSample);
    std::string out;
    for (GroupedTree& group : *groups) {
      group.tree = Shown(std::move(group.tree), options.query);
      if (!out.empty()) out += "\n";
      out += Plain(group.labels.ToString()) + "\n" + AsTable(group.tree, made.answer.rows);
    }
    return Write(out);
  });
}

int Run(const TopOptions& options) {
  absl::StatusOr<Selection> selection = options.selection.Make();
  if (!selection.ok()) return Fail(selection.status());
  // People want the heaviest rows, programs all.
  const size_t rows = options.rows.value_or(options.json ? 0 : kRowsOfTable);
  if (!options.group_by.empty()) {
    return RunGroups({{*selection, options.by, options.group_by},
                      {},
                      {.format = FormOf<GroupedTreesQuestion>::Format::kTable, .rows = rows}},
                     options);
  }
  const Asked<TreeQuestion> asked = {
      {*selection, options.by}, {}, {.format = FormOf<TreeQuestion>::Format::kTable, .rows = rows}};
  if (options.json) return AskAndWrite(asked, options.query, "-", kNoSample);
  return AskBlocks(asked, options.query, [&](TreeQuery query, const auto& made) {
    absl::StatusOr<Tree> tree = std::move(query).Finish();
    if (!tree.ok()) return Fail(tree.status());
    *tree = Shown(*std::move(tree), options.query);
    if (IsEmpty(made.question, *tree)) return FailNothingFound(kNoSample);
    return Write(AsTable(*tree, rows));
  });
}

}  // namespace

void AddTop(CLI::App* app, int* exit_code) {
  auto options = std::make_shared<TopOptions>();
  CLI::App* command = AddCommand(app, "top", "Lists the heaviest functions.", kTopExamples);
  AddByFlag(command, &options->by);
  AddGroupByFlag(command, &options->group_by);
  command->add_option("-n", options->rows, "Rows; 0: all. A table has 20 of itself, JSON all")
      ->check(WholeNumber());
  command->add_flag("--json", options->json,
                    "One object a line: first what the answer is about, then name, flat, cum");
  options->selection.AddTo(command);
  options->query.AddTo(command);
  OnRun(command, exit_code, [options] { return Run(*options); });
}

}  // namespace dolerite::cli
