// `dolerite top`: which functions the time (bytes, ..) went to.
#include <memory>

#include "cli.h"
#include "dolerite/top.h"
#include "output.h"
#include "query_flags.h"

namespace dolerite::cli {
namespace {

constexpr const char* kExamples =
    "Examples:\n"
    "  dolerite top --profile-type cpu day.block\n"
    "  dolerite top --profile-type heap --sample-type alloc_space -n 5 *.block\n"
    "  dolerite top --by file --where '{version=\"v1.5.0\"}' --json day.block | jq .name";

constexpr size_t kRowsOfTable = 20;

struct Options {
  SelectionFlags selection;
  FrameBy by = FrameBy::kFunction;
  QueryFlags query;
  std::vector<std::string> group_by;
  std::optional<size_t> rows;
  bool json = false;
};

// The labels of a group, if there are groups.
std::string AsJson(const std::vector<TopRow>& rows, const LabelSet* group) {
  Json labels = Json::object();
  for (const auto& [name, value] : group ? group->pairs() : std::vector<LabelSet::Pair>()) {
    labels[name] = value;
  }
  std::string out;
  for (const TopRow& row : rows) {
    Json line = {{"name", row.name}, {"flat", row.flat[0]}, {"cum", row.cum[0]}};
    if (group != nullptr) line["group"] = labels;
    out += JsonLine(line);
  }
  return out;
}

double Share(int64_t value, int64_t total) {
  return total == 0 ? 0 : static_cast<double>(value) / static_cast<double>(total);
}

std::string AsTable(const Tree& tree, const std::vector<TopRow>& rows, size_t all) {
  const int64_t total = tree.columns[0].total[0];
  Table table;
  table.right = {true, true, true, true, false};
  table.rows.push_back({"flat", "flat%", "cum", "cum%", "name"});
  for (const TopRow& row : rows) {
    table.rows.push_back({FormatValue(row.flat[0], tree.unit),
                          FormatPercent(Share(row.flat[0], total)),
                          FormatValue(row.cum[0], tree.unit),
                          FormatPercent(Share(row.cum[0], total)), Plain(row.name)});
  }
  const std::string rest = all > rows.size() ? " of all " + std::to_string(all) + " names" : "";
  table.rows.push_back({FormatValue(total, tree.unit), FormatPercent(Share(total, total)), "", "",
                        "total" + rest + ", " + tree.type + " in " + tree.unit});
  return table.ToString();
}

std::string Render(const Tree& tree, const Options& options, const LabelSet* group) {
  std::vector<TopRow> rows = Top(tree);
  const size_t all = rows.size();
  const size_t wanted = options.rows.value_or(options.json ? 0 : kRowsOfTable);
  if (wanted != 0 && wanted < all) rows.resize(wanted);
  if (options.json) return AsJson(rows, group);
  const std::string heading = group == nullptr ? "" : Plain(group->ToString()) + "\n";
  return heading + AsTable(tree, rows, all);
}

int Write(const std::string& text) {
  const absl::Status status = WriteOutput("-", text);
  return status.ok() ? +kOk : Fail(status);
}

int RunGroups(const Selection& selection, const Options& options) {
  const GroupedTreesQuestion question = {selection, options.by, options.group_by};
  return AskBlocks(question, options.query, [&](GroupedTreesQuery query) {
    absl::StatusOr<std::vector<GroupedTree>> groups = std::move(query).Finish();
    if (!groups.ok()) return Fail(groups.status());
    if (groups->empty()) return FailNothingFound("no sample is selected");
    std::string out;
    for (const GroupedTree& group : *groups) {
      if (!out.empty() && !options.json) out += "\n";
      out += Render(group.tree, options, &group.labels);
    }
    return Write(out);
  });
}

int Run(const Options& options) {
  absl::StatusOr<Selection> selection = options.selection.Make();
  if (!selection.ok()) return Fail(selection.status());
  if (!options.group_by.empty()) return RunGroups(*selection, options);
  return AskBlocks(TreeQuestion{*selection, options.by}, options.query, [&](TreeQuery query) {
    absl::StatusOr<Tree> tree = std::move(query).Finish();
    if (!tree.ok()) return Fail(tree.status());
    if (IsEmpty(*tree)) return FailNothingFound("no sample is selected");
    return Write(Render(*tree, options, nullptr));
  });
}

}  // namespace

void AddTop(CLI::App* app, int* exit_code) {
  auto options = std::make_shared<Options>();
  CLI::App* command = AddCommand(app, "top", "Lists the heaviest functions.", kExamples);
  AddByFlag(command, &options->by);
  AddGroupByFlag(command, &options->group_by);
  command->add_option("-n", options->rows, "Rows; 0: all. A table has 20 of itself, JSON all")
      ->check(CLI::NonNegativeNumber.description(""));
  command->add_flag("--json", options->json, "One object a line: name, flat, cum");
  options->selection.AddTo(command);
  options->query.AddTo(command);
  OnRun(command, exit_code, [options] { return Run(*options); });
}

}  // namespace dolerite::cli
