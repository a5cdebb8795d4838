// `dolerite info`: what a block holds, and where its bytes went.
#include <algorithm>
#include <map>
#include <memory>
#include <tuple>

#include "blocks.h"
#include "cli.h"
#include "output.h"
#include "places.h"

namespace dolerite::cli {
namespace {

constexpr const char* kInfoExamples =
    "Examples:\n"
    "  dolerite info day.block\n"
    "  dolerite info --json day.block | jq '.columns | sort_by(-.stored) | .[:5]'";

struct InfoOptions {
  std::string block;
  bool json = false;
};

// Times twice: as text for people, as numbers for programs.
Json AsJson(const DatasetSummary& dataset) {
  return {{"name", dataset.name},
          {"profiles", dataset.profiles},
          {"samples", dataset.samples},
          {"series", dataset.series},
          {"min_time", FormatTime(dataset.min_time_nanos)},
          {"max_time", FormatTime(dataset.max_time_nanos)},
          {"min_time_nanos", dataset.min_time_nanos},
          {"max_time_nanos", dataset.max_time_nanos}};
}

Json AsJson(const ColumnUsage& usage) {
  return {{"dataset", usage.dataset}, {"section", usage.section}, {"column", usage.column},
          {"stored", usage.stored},   {"decoded", usage.decoded}, {"rows", usage.rows}};
}

// What is shown of a block, or of all blocks of an archive together.
struct ShownBlocks {
  BlockSummary block;
  std::vector<ColumnUsage> columns;
  size_t blocks = 0;
};

// Datasets of one name become one, and so do their columns.
void Merge(const BlockSummary& block, const std::vector<ColumnUsage>& columns, ShownBlocks* out) {
  if (out->blocks++ == 0) {
    out->block = block, out->columns = columns;
    return;
  }
  out->block.bytes += block.bytes;
  for (const DatasetSummary& dataset : block.datasets) {
    auto& all = out->block.datasets;
    const auto same = std::find_if(all.begin(), all.end(),
                                   [&](const auto& other) { return other.name == dataset.name; });
    if (same == all.end()) {
      all.push_back(dataset);
      continue;
    }
    same->profiles += dataset.profiles, same->samples += dataset.samples;
    // Series of several blocks may be the same: the most that one has is said.
    same->series = std::max(same->series, dataset.series);
    same->min_time_nanos = std::min(same->min_time_nanos, dataset.min_time_nanos);
    same->max_time_nanos = std::max(same->max_time_nanos, dataset.max_time_nanos);
  }
  std::map<std::tuple<std::string, std::string, std::string>, size_t> places;
  for (size_t i = 0; i < out->columns.size(); ++i) {
    const ColumnUsage& column = out->columns[i];
    places[{column.dataset, column.section, column.column}] = i;
  }
  for (const ColumnUsage& column : columns) {
    const auto at = places.find({column.dataset, column.section, column.column});
    if (at == places.end()) {
      out->columns.push_back(column);
      continue;
    }
    ColumnUsage& sum = out->columns[at->second];
    sum.stored += column.stored, sum.decoded += column.decoded, sum.rows += column.rows;
  }
}

std::string AsJson(const InfoOptions& options, const ShownBlocks& shown) {
  const BlockSummary& block = shown.block;
  Json out = {{"id", Hex(block.id)}, {"bytes", block.bytes}, {"format", block.format_version}};
  if (IsArchive(options.block)) {
    out = {{"archive", options.block}, {"blocks", shown.blocks}, {"bytes", block.bytes}};
  }
  out["datasets"] = Json::array();
  for (const DatasetSummary& dataset : block.datasets) out["datasets"].push_back(AsJson(dataset));
  out["columns"] = Json::array();
  for (const ColumnUsage& usage : shown.columns) out["columns"].push_back(AsJson(usage));
  return JsonLine(out);
}

// One line a dataset, as the footer has them.
std::string Datasets(const BlockSummary& block) {
  Table table;
  table.right = {true, true, true, false, false, false};
  table.rows.push_back({"profiles", "series", "samples", "from", "to", "dataset"});
  for (const DatasetSummary& dataset : block.datasets) {
    table.rows.push_back({std::to_string(dataset.profiles), std::to_string(dataset.series),
                          std::to_string(dataset.samples), FormatTime(dataset.min_time_nanos),
                          FormatTime(dataset.max_time_nanos), Plain(dataset.name)});
  }
  return table.ToString();
}

// Bits, as columns often need less than a byte for a row.
std::string PerRow(const ColumnUsage& usage) {
  if (usage.rows == 0) return "";
  char text[48];
  std::snprintf(text, sizeof text, "%.2f",
                8 * static_cast<double>(usage.stored) / static_cast<double>(usage.rows));
  return text;
}

// The sum of the stored and decoded bytes of each section, in the order of the block.
std::vector<ColumnUsage> SumSections(const std::vector<ColumnUsage>& columns) {
  std::vector<ColumnUsage> sections;
  std::map<std::pair<std::string, std::string>, size_t> rows;  // by dataset and section
  for (const ColumnUsage& column : columns) {
    const auto [at, is_new] = rows.try_emplace({column.dataset, column.section}, sections.size());
    if (is_new) sections.push_back({column.dataset, column.section, "", 0, 0, 0});
    ColumnUsage& section = sections[at->second];
    // Rows are not added: each column counts its own.
    section.stored += column.stored, section.decoded += column.decoded;
  }
  return sections;
}

// One line of a table of bytes.
std::vector<std::string> UsageCells(const ColumnUsage& usage, uint64_t bytes) {
  const double share =
      bytes == 0 ? 0 : static_cast<double>(usage.stored) / static_cast<double>(bytes);
  return {std::to_string(usage.stored),
          FormatPercent(share),
          std::to_string(usage.decoded),
          FormatRatio(usage.decoded, usage.stored),
          usage.rows == 0 ? "" : std::to_string(usage.rows),
          PerRow(usage),
          Plain(usage.section),
          Plain(usage.column),
          Plain(usage.dataset)};
}

// All rows, and one that sums them to the bytes of the block.
std::string UsageTable(const BlockSummary& block, const std::vector<ColumnUsage>& rows) {
  Table table;
  table.right = {true, true, true, true, true, true, false, false, false};
  table.rows.push_back({"stored", "of block", "decoded", "ratio", "rows", "bits/row", "section",
                        "column", "dataset"});
  ColumnUsage rest, total;
  for (const ColumnUsage& usage : rows) {
    total.stored += usage.stored, total.decoded += usage.decoded;
    table.rows.push_back(UsageCells(usage, block.bytes));
  }
  rest.section = "(the rest)";
  // What no column has, such as the footer. Never below zero, whatever the block says.
  rest.stored = block.bytes - std::min(block.bytes, total.stored);
  if (rest.stored > 0) table.rows.push_back(UsageCells(rest, block.bytes));
  total.section = "total";
  total.stored = block.bytes;
  table.rows.push_back(UsageCells(total, block.bytes));
  return table.ToString();
}

// From the coarse to the fine: datasets, sections, columns.
std::string AsText(const InfoOptions& options, const ShownBlocks& shown) {
  const BlockSummary& block = shown.block;
  const std::string title = IsArchive(options.block)
                                ? Plain(options.block) + ": " + Count(shown.blocks, "object") +
                                      ", " + std::to_string(block.bytes) + " bytes"
                                : "block " + Hex(block.id) + ", " + std::to_string(block.bytes) +
                                      " bytes, format version " +
                                      std::to_string(block.format_version);
  return title + "\n\n" + Datasets(block) + "\n" + UsageTable(block, SumSections(shown.columns)) +
         "\n" + UsageTable(block, shown.columns);
}

int Run(const InfoOptions& options) {
  ShownBlocks shown;
  // One block of a file, or all that a snapshot of an archive sees.
  absl::Status status = ForEachBlock({options.block}, {}, [&](const BlockFile& file) {
    absl::StatusOr<std::vector<ColumnUsage>> columns = file.reader().Usage();
    if (columns.ok()) Merge(file.reader().summary(), *columns, &shown);
    return columns.status();
  });
  if (!status.ok()) return Fail(status);
  if (shown.blocks == 0) return FailNothingFound(options.block + " holds no profile");
  status = WriteOutput("-", options.json ? AsJson(options, shown) : AsText(options, shown));
  return status.ok() ? kOk : Fail(status);
}

}  // namespace

void AddInfo(CLI::App* app, int* exit_code) {
  auto options = std::make_shared<InfoOptions>();
  CLI::App* command = AddCommand(
      app, "info", "Shows what a block or archive holds and where its bytes went.", kInfoExamples);
  command->add_flag("--json", options->json, "One object");
  AddBlockArgument(command, &options->block);
  OnRun(command, exit_code, [options] { return Run(*options); });
}

}  // namespace dolerite::cli
