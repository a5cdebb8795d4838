// `dolerite top`: which functions the time (bytes, ..) went to.
#include <memory>

#include "blocks.h"
#include "cli.h"
#include "output.h"

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
  std::vector<std::string> blocks;
  std::optional<size_t> rows;
  bool json = false;
};

std::string AsJson(const std::vector<TopRow>& rows) {
  std::string out;
  for (const TopRow& row : rows) {
    out += JsonLine({{"name", row.name}, {"flat", row.flat[0]}, {"cum", row.cum[0]}});
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

int Run(const Options& options) {
  absl::StatusOr<Selection> selection = options.selection.Make();
  if (!selection.ok()) return Fail(selection.status());
  TreeQuery query(*selection, {.by = options.by});
  if (absl::Status status = AddBlocks(options.blocks, &query); !status.ok()) return Fail(status);
  if (query.cost().profiles == 0) return FailNothingFound("no profile is selected");
  absl::StatusOr<Tree> tree = std::move(query).Finish();
  if (!tree.ok()) return Fail(tree.status());
  std::vector<TopRow> rows = Top(*tree);
  const size_t all = rows.size();
  const size_t wanted = options.rows.value_or(options.json ? 0 : kRowsOfTable);
  if (wanted != 0 && wanted < all) rows.resize(wanted);
  absl::Status status = WriteOutput("-", options.json ? AsJson(rows) : AsTable(*tree, rows, all));
  return status.ok() ? kOk : Fail(status);
}

}  // namespace

void AddTop(CLI::App* app, int* exit_code) {
  auto options = std::make_shared<Options>();
  CLI::App* command = AddCommand(app, "top", "Lists the heaviest functions.", kExamples);
  options->selection.AddTo(command);
  AddByFlag(command, &options->by);
  command->add_option("-n", options->rows, "Rows; 0: all. A table has 20 of itself, JSON all")
      ->check(CLI::NonNegativeNumber.description(""));
  command->add_flag("--json", options->json, "One object a line: name, flat, cum");
  AddBlocksArgument(command, &options->blocks);
  OnRun(command, exit_code, [options] { return Run(*options); });
}

}  // namespace dolerite::cli
