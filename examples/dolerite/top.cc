// `dolerite top`: which functions the time (bytes, ..) went to.
#include <algorithm>
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
    "  dolerite top --by file --where '{version=\"v1.5.0\"}' --json day.block | jq -s '.[1:]'\n"
    "\n"
    "--json prints one object a line. The first is about the answer: type, unit, aggregate and\n"
    "total of the values, profiles and the time from the first to the last, rows, rows_left_out\n"
    "and their flat sum, and flat_without_frames: samples with no stack. A row's share is flat or\n"
    "cum over total. With --group-by there is one such object for each group.";

constexpr size_t kRowsOfTable = 20;

struct Options {
  SelectionFlags selection;
  FrameBy by = FrameBy::kFunction;
  QueryFlags query;
  std::vector<std::string> group_by;
  std::optional<size_t> rows;
  bool json = false;
};

// How many profiles an answer is about, and of which time. All groups have the same.
struct Scope {
  uint64_t profiles = 0;
  int64_t first_nanos = 0, last_nanos = 0;
};

// Asks for it only where it is printed: a second question, answered without a look at samples. It
// comes after the first, so that an answer of nothing costs nothing more. `profiles`: those of the
// first question, since the second one may read datasets whose samples are damaged.
absl::StatusOr<Scope> ScopeOf(const Selection& selection, const Options& options,
                              uint64_t profiles) {
  if (!options.json) return Scope();
  CatalogQuery query(CatalogQuestion{selection}, options.query.options());
  std::vector<Damage> left_out;  // the first question has said so
  absl::Status status = AddAll(options.query, &left_out, &query);
  if (!status.ok()) return status;
  absl::StatusOr<Catalog> catalog = std::move(query).Finish();
  if (!catalog.ok()) return catalog.status();
  // There is a series at least: the first question found profiles.
  Scope scope{profiles, INT64_MAX, INT64_MIN};
  for (const ListedSeries& series : catalog->series) {
    scope.first_nanos = std::min(scope.first_nanos, series.min_time_nanos);
    scope.last_nanos = std::max(scope.last_nanos, series.max_time_nanos);
  }
  return scope;
}

// A tree's rows, of which the first `shown` are printed. All are kept, for the header sums up the
// rest.
struct Rows {
  std::vector<TopRow> rows;
  size_t shown = 0;
};

Rows RowsOf(const Tree& tree, const Options& options) {
  Rows out{Top(tree), 0};
  // People want the heaviest rows, programs all.
  const size_t wanted = options.rows.value_or(options.json ? 0 : kRowsOfTable);
  out.shown = wanted == 0 ? out.rows.size() : std::min(wanted, out.rows.size());
  return out;
}

// The first line. With it a reader can compute shares, and knows what the other lines leave out.
Json Header(const Tree& tree, const Rows& rows, const Scope& scope) {
  // Through unsigned numbers: rows of both signs may pass 63 bits on the way.
  int64_t left_out = 0;  // at most the sum of the tree's self values, which fits
  for (size_t i = rows.shown; i < rows.rows.size(); ++i) {
    left_out = static_cast<int64_t>(static_cast<uint64_t>(left_out) +
                                    static_cast<uint64_t>(rows.rows[i].flat[0]));
  }
  return {{"type", tree.type},
          {"unit", tree.unit},
          {"aggregate", tree.aggregate},
          {"total", tree.columns[0].total[0]},
          {"profiles", scope.profiles},
          {"first_time", FormatTime(scope.first_nanos)},
          {"last_time", FormatTime(scope.last_nanos)},
          {"rows", rows.shown},
          {"rows_left_out", rows.rows.size() - rows.shown},
          {"flat_left_out", left_out},
          {"flat_without_frames", tree.columns[0].self[0]}};
}

// `group`: its labels, if there are groups. They stand in each line, so that lines of all groups
// can go into one file.
std::string AsJson(const Tree& tree, const Rows& rows, const Scope& scope, const LabelSet* group) {
  Json labels = Json::object();
  if (group != nullptr) {
    for (const auto& [name, value] : group->pairs()) labels[std::string(name)] = value;
  }
  Json header = Header(tree, rows, scope);
  if (group != nullptr) header["group"] = labels;
  std::string out = JsonLine(header);
  for (const TopRow& row : std::span(rows.rows).first(rows.shown)) {
    Json line = {{"name", row.name}, {"flat", row.flat[0]}, {"cum", row.cum[0]}};
    if (group != nullptr) line["group"] = labels;
    out += JsonLine(line);
  }
  return out;
}

// Of the sum of magnitudes, which values of both signs do not cancel out of.
double Share(int64_t value, uint64_t all) {
  return all == 0 ? 0 : static_cast<double>(value) / static_cast<double>(all);
}

std::string AsTable(const Tree& tree, const Rows& rows) {
  const int64_t total = tree.columns[0].total[0];
  const uint64_t sizes = tree.Magnitude(0);
  Table table;
  table.right = {true, true, true, true, false};
  table.rows.push_back({"flat", "flat%", "cum", "cum%", "name"});
  for (const TopRow& row : std::span(rows.rows).first(rows.shown)) {
    table.rows.push_back({FormatValue(row.flat[0], tree.unit),
                          FormatPercent(Share(row.flat[0], sizes)),
                          FormatValue(row.cum[0], tree.unit),
                          FormatPercent(Share(row.cum[0], sizes)), Plain(row.name)});
  }
  const size_t all = rows.rows.size();
  // A table that was cut says so in its last line.
  const std::string rest = all > rows.shown ? " of all " + std::to_string(all) + " names" : "";
  table.rows.push_back({FormatValue(total, tree.unit), FormatPercent(Share(total, sizes)), "", "",
                        Plain("total" + rest + ", " + tree.type + " in " + tree.unit +
                              (tree.aggregate == "average" ? ", average over profiles" : ""))});
  return table.ToString();
}

// Each group is an answer by itself, with its own total.
std::string Render(const Tree& tree, const Options& options, const Scope& scope,
                   const LabelSet* group) {
  const Rows rows = RowsOf(tree, options);
  if (options.json) return AsJson(tree, rows, scope, group);
  const std::string heading = group == nullptr ? "" : Plain(group->ToString()) + "\n";
  return heading + AsTable(tree, rows);
}

int Write(const std::string& text) {
  const absl::Status status = WriteOutput("-", text);
  return status.ok() ? +kOk : Fail(status);
}

int RunGroups(const Selection& selection, const Options& options) {
  const GroupedTreesQuestion question = {selection, options.by, options.group_by};
  return AskBlocks(question, options.query, [&](GroupedTreesQuery query) {
    const uint64_t profiles = query.cost().profiles;
    absl::StatusOr<std::vector<GroupedTree>> groups = std::move(query).Finish();
    if (!groups.ok()) return Fail(groups.status());
    if (groups->empty()) return FailNothingFound("no sample is selected");
    absl::StatusOr<Scope> scope = ScopeOf(selection, options, profiles);
    if (!scope.ok()) return Fail(scope.status());
    std::string out;
    for (GroupedTree& group : *groups) {
      group.tree = Shown(std::move(group.tree), options.query);
      if (!out.empty() && !options.json) out += "\n";
      out += Render(group.tree, options, *scope, &group.labels);
    }
    return Write(out);
  });
}

int Run(const Options& options) {
  absl::StatusOr<Selection> selection = options.selection.Make();
  if (!selection.ok()) return Fail(selection.status());
  if (!options.group_by.empty()) return RunGroups(*selection, options);
  return AskBlocks(TreeQuestion{*selection, options.by}, options.query, [&](TreeQuery query) {
    const uint64_t profiles = query.cost().profiles;
    absl::StatusOr<Tree> tree = std::move(query).Finish();
    if (!tree.ok()) return Fail(tree.status());
    *tree = Shown(*std::move(tree), options.query);
    if (IsEmpty(*tree)) return FailNothingFound("no sample is selected");
    absl::StatusOr<Scope> scope = ScopeOf(*selection, options, profiles);
    if (!scope.ok()) return Fail(scope.status());
    return Write(Render(*tree, options, *scope, nullptr));
  });
}

}  // namespace

void AddTop(CLI::App* app, int* exit_code) {
  auto options = std::make_shared<Options>();
  CLI::App* command = AddCommand(app, "top", "Lists the heaviest functions.", kExamples);
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
