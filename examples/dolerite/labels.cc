// `dolerite labels`: which profile types, series and labels there are.
#include <memory>

#include "cli.h"
#include "output.h"
#include "query_flags.h"

namespace dolerite::cli {
namespace {

constexpr const char* kLabelsExamples =
    "Examples:\n"
    "  dolerite labels day.block\n"
    "  dolerite labels --values pod day.block\n"
    "  dolerite labels --types day.block\n"
    "  dolerite labels --series --where '{pod=\"a\"}' --json day.block";

// Values that a line of a table lists.
constexpr size_t kValuesOfLine = 5;

struct LabelsOptions {
  SelectionFlags selection;
  QueryFlags query;
  std::string values;
  bool types = false, series = false, samples = false, json = false;
};

using LabelValues = std::map<std::string, std::set<std::string>>;

// As `cpu/nanoseconds, samples/count`.
std::string TypesOf(const ProfileType& type) {
  std::string out;
  for (const ProfileType::Value& v : type.sample_types) {
    out += (out.empty() ? "" : ", ") + v.type + "/" + v.unit;
  }
  return out;
}

// Each answer as a table for people. JSON is the library's.
std::string Types(const Catalog& catalog) {
  Table table;
  table.right = {false, false, false, false};
  table.rows = {{"type", "sample types", "default", "period"}};
  for (const ProfileType& type : catalog.ProfileTypes()) {
    const std::string period = type.period_type.type + "/" + type.period_type.unit;
    table.rows.push_back(
        {Plain(type.name), Plain(TypesOf(type)), Plain(type.default_sample_type), Plain(period)});
  }
  return table.ToString();
}

// Series with their times, as the catalog orders them.
std::string SeriesOf(const Catalog& catalog) {
  Table table;
  table.right = {false, true, false, false, false};
  table.rows = {{"type", "profiles", "first", "last", "series"}};
  for (const ListedSeries& s : catalog.series) {
    table.rows.push_back({Plain(s.type->name), std::to_string(s.profiles),
                          FormatTime(s.min_time_nanos), FormatTime(s.max_time_nanos),
                          Plain(s.labels.ToString())});
  }
  return table.ToString();
}

// One value a line, for scripts.
std::string Values(const LabelValues& labels, const std::string& name) {
  std::string out;
  const auto at = labels.find(name);
  if (at == labels.end()) return out;
  for (const std::string& value : at->second) out += Plain(value) + "\n";
  return out;
}

// Names with some of their values; JSON has all of them.
std::string Names(const LabelValues& labels) {
  Table table;
  table.right = {false, true, false};
  table.rows = {{"label", "values", ""}};
  for (const auto& [name, values] : labels) {
    std::string some;
    size_t listed = 0;
    for (auto v = values.begin(); v != values.end() && listed < kValuesOfLine; ++v, ++listed) {
      some += (some.empty() ? "" : ", ") + Plain(*v);
    }
    if (values.size() > listed) some += ", ..";
    table.rows.push_back({Plain(name), std::to_string(values.size()), some});
  }
  return table.ToString();
}

using View = FormOf<CatalogQuestion>::View;

std::string Render(const Catalog& catalog, const Asked<CatalogQuestion>& asked) {
  if (asked.answer.view == View::kTypes) return Types(catalog);
  if (asked.answer.view == View::kSeries) return SeriesOf(catalog);
  const LabelValues labels =
      asked.question.sample_labels ? catalog.sample_labels : catalog.SeriesLabels();
  return asked.answer.view == View::kValues ? Values(labels, asked.answer.label) : Names(labels);
}

View ViewOf(const LabelsOptions& options) {
  if (options.types) return View::kTypes;
  if (options.series) return View::kSeries;
  return options.values.empty() ? View::kLabels : View::kValues;
}

int Run(const LabelsOptions& options) {
  absl::StatusOr<Selection> selection = options.selection.Make();
  if (!selection.ok()) return Fail(selection.status());
  // Labels of samples cost more than those of series, so they are asked for by flag.
  const View view = ViewOf(options);
  const Asked<CatalogQuestion> asked{
      {*std::move(selection), options.samples},
      {},
      {.view = view, .label = view == View::kValues ? options.values : ""}};
  // Only --values can be empty here: blocks without profiles are refused before.
  const char* const nothing = "no such label";
  if (options.json) return AskAndWrite(asked, options.query, "-", nothing);
  return AskBlocks(asked, options.query, [&](CatalogQuery query, const auto& made) {
    absl::StatusOr<Catalog> catalog = std::move(query).Finish();
    if (!catalog.ok()) return Fail(catalog.status());
    const std::string out = Render(*catalog, made);
    if (out.empty()) return FailNothingFound(nothing);
    const absl::Status status = WriteOutput("-", out);
    return status.ok() ? +kOk : Fail(status);
  });
}

}  // namespace

void AddLabels(CLI::App* app, int* exit_code) {
  auto options = std::make_shared<LabelsOptions>();
  CLI::App* command =
      AddCommand(app, "labels", "Lists labels, series and profile types.", kLabelsExamples);
  command->add_option("--values", options->values, "All values of one label, one a line")
      ->option_text("NAME");
  command->add_flag("--samples", options->samples, "Labels of samples, not of series");
  command->add_flag("--types", options->types, "Profile types instead");
  command->add_flag("--series", options->series, "Series instead");
  command->add_flag("--json", options->json, "One object a line");
  options->selection.AddTo(command);
  options->query.AddTo(command);
  OnRun(command, exit_code, [options] { return Run(*options); });
}

}  // namespace dolerite::cli
