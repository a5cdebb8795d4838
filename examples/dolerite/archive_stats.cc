// `dolerite stats`: what an archive holds, where its bytes are, and what it costs.
#include <algorithm>
#include <map>
#include <memory>
#include <set>

#include "archive_costs.h"
#include "archives.h"
#include "cli.h"
#include "output.h"

namespace dolerite::cli {
namespace {

constexpr const char* kStatsExamples =
    "Examples:\n"
    "  dolerite stats profiles/\n"
    "  dolerite stats --json profiles/ | jq .levels\n"
    "  dolerite stats --price-storage 0.01 --queries-per-day 50 s3://bucket/profiles\n"
    "\n"
    "Columns are those of some blocks of each level, scaled to all of it. The query is a flame\n"
    "graph of the largest service's last day; its requests are counted. A month has 30 days of\n"
    "appends, of one compactor and one collector, of queries like this one, and of keeping what\n"
    "is there now.";

constexpr int64_t kDay = int64_t{24 * 3600} * 1'000'000'000;
constexpr size_t kShownDays = 14, kShownColumns = 20;
// Blocks of a level that are looked into: to tell columns apart, all of a block is read.
constexpr uint64_t kBlocksOfLevel = 16;

// Flags.
struct StatsOptions {
  std::string archive;
  Prices prices;
  bool json = false;
};

// Blocks of one level of compaction.
struct LevelStats {
  uint64_t blocks = 0, bytes = 0, profiles = 0;
  uint64_t seen_bytes = 0;                                               // of blocks looked into
  std::map<std::pair<std::string, std::string>, uint64_t> columns = {};  // by section and column
};

struct DayStats {
  double profiles = 0, bytes = 0;
};

// All that is shown, in numbers.
struct Stats {
  SnapshotSummary summary;
  uint64_t profiles = 0, series = 0;
  std::set<std::string> services;
  std::string profile_type;                  // any that is there
  std::map<std::string, uint64_t> datasets;  // profiles by service, deleted ones too
  std::map<uint32_t, LevelStats> levels;     // 0: segments
  std::map<int64_t, DayStats> days;          // by number since the epoch
  uint64_t garbage_objects = 0, garbage_bytes = 0;
  QuestionCost question;
  MonthCost month;
  std::vector<Damage> damaged;  // blocks and segments that are not counted, or not as a whole
};

// Rounded down, also before 1970.
int64_t DayOf(int64_t nanos) { return nanos / kDay - (nanos % kDay < 0 ? 1 : 0); }

// A dataset's share of its block goes to its days in equal parts: a block does not say more.
void AddDays(const BlockSummary& block, Stats* stats) {
  double profiles = 0;
  for (const DatasetSummary& dataset : block.datasets) {
    profiles += static_cast<double>(dataset.profiles);
  }
  for (const DatasetSummary& dataset : block.datasets) {
    const int64_t first = DayOf(dataset.min_time_nanos), last = DayOf(dataset.max_time_nanos);
    const double days = static_cast<double>(last - first + 1);
    const double share = static_cast<double>(dataset.profiles) / days;
    for (int64_t day = first; day <= last; ++day) {
      stats->days[day].profiles += share;
      stats->days[day].bytes += static_cast<double>(block.bytes) * share / std::max(profiles, 1.0);
    }
  }
}

// The footer tells datasets and times; for columns all of the block is read.
void AddBlock(const BlockReader& reader, const SnapshotObject& object, Stats* stats) {
  const BlockSummary& block = reader.summary();
  LevelStats& level = stats->levels[object.level];
  level.bytes += block.bytes;
  for (const DatasetSummary& dataset : block.datasets) {
    level.profiles += dataset.profiles;
    stats->datasets[dataset.name] += dataset.profiles;
  }
  AddDays(block, stats);
  if (++level.blocks > kBlocksOfLevel) return;
  absl::StatusOr<std::vector<ColumnUsage>> usage = reader.Usage();
  if (!usage.ok()) return stats->damaged.push_back({object.key, usage.status()});
  level.seen_bytes += block.bytes;
  for (const ColumnUsage& column : *usage) {
    level.columns[{column.section, column.column}] += column.stored;
  }
}

// What can't be opened is left out, and named.
absl::Status AddBlocks(const Snapshot& snapshot, Stats* stats) {
  const Selection all;
  absl::StatusOr<SnapshotBlocks> blocks = snapshot.Open({&all}, {}, true);
  if (!blocks.ok()) return blocks.status();
  Progress progress("block");
  for (size_t i = 0; i < blocks->readers.size(); ++i) {
    progress.Show(i + 1, blocks->readers.size());
    AddBlock(*blocks->readers[i], blocks->objects[i], stats);
  }
  stats->damaged.insert(stats->damaged.end(), blocks->views.left_out.begin(),
                        blocks->views.left_out.end());
  return absl::OkStatus();
}

// Profiles and series as a query sees them: without what was deleted.
absl::Status CountSeen(const Snapshot& snapshot, const std::string& label, Stats* stats) {
  CatalogQuery query(CatalogQuestion{}, {.skip_damaged = true});
  if (absl::Status status = snapshot.AddTo(&query); !status.ok()) return status;
  stats->profiles = query.cost().profiles;
  absl::StatusOr<Catalog> catalog = std::move(query).Finish();
  if (!catalog.ok()) return catalog.status();
  stats->series = catalog->series.size();
  for (const ListedSeries& series : catalog->series) {
    stats->services.emplace(series.labels.Get(label).value_or(""));
  }
  const std::vector<ProfileType> types = catalog->ProfileTypes();
  if (!types.empty()) stats->profile_type = types[0].name;
  return absl::OkStatus();
}

// What lies there beside what the snapshot sees.
absl::Status FindGarbage(ArchiveFile* file, Stats* stats) {
  uint64_t objects = 0, bytes = 0;
  for (const char* prefix : {"segments/", "blocks/", "pages/"}) {
    absl::StatusOr<std::vector<ObjectInfo>> listed = file->store().ListAll(prefix);
    if (!listed.ok()) return listed.status();
    objects += listed->size();
    for (const ObjectInfo& object : *listed) bytes += object.size;
  }
  const SnapshotSummary& live = stats->summary;
  // An archive that is written to meanwhile may have grown since the snapshot, or shrunk.
  const uint64_t live_objects = live.segments + live.blocks + live.pages;
  const uint64_t live_bytes = live.segment_bytes + live.block_bytes + live.page_bytes;
  stats->garbage_objects = objects - std::min(objects, live_objects);
  stats->garbage_bytes = bytes - std::min(bytes, live_bytes);
  return absl::OkStatus();
}

// The largest service's last day.
absl::Status Reckon(const StatsOptions& options, const std::string& label, Stats* stats) {
  if (!stats->days.empty()) {
    const auto largest =
        std::max_element(stats->datasets.begin(), stats->datasets.end(),
                         [](const auto& a, const auto& b) { return a.second < b.second; });
    TreeQuestion question;
    question.selection.start_nanos = stats->days.rbegin()->first * kDay;
    question.selection.profile_type = stats->profile_type;
    question.selection.matchers = {{label, LabelMatcher::Op::kEqual, largest->first}};
    absl::StatusOr<QuestionCost> cost = MeasureQuestion(options.archive, question);
    if (!cost.ok()) return cost.status();
    stats->question = *cost;
  }
  const uint64_t kept =
      stats->summary.block_bytes + stats->summary.segment_bytes + stats->garbage_bytes;
  stats->month = EstimateMonth(stats->question.requests, kept, options.prices);
  return absl::OkStatus();
}

// One snapshot for what is counted; blocks are opened on it once more for their footers.
absl::StatusOr<Stats> Gather(const StatsOptions& options) {
  absl::StatusOr<ArchiveFile> file = ArchiveFile::Open(options.archive, ArchiveFile::For::kReading);
  if (!file.ok()) return file.status();
  absl::StatusOr<Snapshot> snapshot = file->archive().TakeSnapshot();
  if (!snapshot.ok()) return In(options.archive, snapshot.status());
  Stats stats;
  stats.summary = snapshot->summary();
  const std::string label = file->archive().options().dataset_label;
  absl::Status status = CountSeen(*snapshot, label, &stats);
  if (status.ok()) status = AddBlocks(*snapshot, &stats);
  if (status.ok()) status = FindGarbage(&*file, &stats);
  if (status.ok()) status = Reckon(options, label, &stats);
  if (!status.ok()) return In(options.archive, status);
  return stats;
}

// A column's bytes of all of a level, from those of the blocks that were looked into.
uint64_t Scaled(const LevelStats& level, uint64_t bytes) {
  if (level.seen_bytes == 0) return 0;
  return static_cast<uint64_t>(static_cast<double>(bytes) / static_cast<double>(level.seen_bytes) *
                               static_cast<double>(level.bytes));
}

std::string DayText(int64_t day) {
  // Days of the first and last years of 64 bits of nanoseconds begin or end outside of them.
  const int64_t nanos = std::clamp(day, INT64_MIN / kDay, INT64_MAX / kDay) * kDay;
  return FormatTime(nanos).substr(0, 10);
}

Json AsJson(const Requests& requests, const Prices& prices) {
  return {{"creates", requests.creates},
          {"lists", requests.lists},
          {"reads", requests.reads},
          {"dollars", requests.Dollars(prices)}};
}

// All columns, whereas text has the largest.
Json LevelsJson(const Stats& stats) {
  Json out = Json::array();
  for (const auto& [number, level] : stats.levels) {
    Json columns = Json::array();
    for (const auto& [name, bytes] : level.columns) {
      columns.push_back(
          {{"section", name.first}, {"column", name.second}, {"bytes", Scaled(level, bytes)}});
    }
    out.push_back({{"level", number},
                   {"blocks", level.blocks},
                   {"bytes", level.bytes},
                   {"profiles", level.profiles},
                   {"columns", columns}});
  }
  return out;
}

// Numbers without units, and money in dollars.
std::string AsJson(const StatsOptions& options, const Stats& stats) {
  const SnapshotSummary& summary = stats.summary;
  const MonthCost& month = stats.month;
  Json days = Json::array();
  for (const auto& [day, at] : stats.days) {
    days.push_back({{"day", DayText(day)}, {"profiles", at.profiles}, {"bytes", at.bytes}});
  }
  Json query = AsJson(stats.question.requests, options.prices);
  query["bytes"] = stats.question.bytes;
  Json damaged = Json::array();
  for (const Damage& damage : stats.damaged) {
    damaged.push_back({{"key", damage.place}, {"error", MessageOf(damage.status)}});
  }
  return JsonLine({{"archive", options.archive},
                   {"damaged", damaged},
                   {"profiles", stats.profiles},
                   {"series", stats.series},
                   {"services", stats.services.size()},
                   {"blocks", summary.blocks},
                   {"block_bytes", summary.block_bytes},
                   {"segments", summary.segments},
                   {"segment_bytes", summary.segment_bytes},
                   {"garbage", stats.garbage_objects},
                   {"garbage_bytes", stats.garbage_bytes},
                   {"tombstones", summary.tombstones},
                   {"manifest", summary.manifest},
                   {"levels", LevelsJson(stats)},
                   {"days", days},
                   {"query", query},
                   {"month",
                    {{"append", AsJson(month.append, options.prices)},
                     {"compact", AsJson(month.compact, options.prices)},
                     {"collect", AsJson(month.collect, options.prices)},
                     {"query", AsJson(month.query, options.prices)},
                     {"storage_dollars", month.storage_dollars},
                     {"dollars", month.Dollars(options.prices)}}}});
}

// Cents are enough: the rates are guesses.
std::string Dollars(double dollars) {
  char text[32];
  std::snprintf(text, sizeof text, "$%.2f", dollars);
  return text;
}

std::string Whole(double number) { return std::to_string(static_cast<int64_t>(number + 0.5)); }

// What there is, with its bytes where it has some.
std::string Totals(const Stats& stats) {
  const SnapshotSummary& summary = stats.summary;
  Table table;
  table.right = {false, true, false};
  table.rows = {
      {"profiles", std::to_string(stats.profiles), ""},
      {"series", std::to_string(stats.series), ""},
      {"services", std::to_string(stats.services.size()), ""},
      {"blocks", std::to_string(summary.blocks), FormatBytes(summary.block_bytes)},
      {"segments waiting", std::to_string(summary.segments), FormatBytes(summary.segment_bytes)},
      {"garbage", std::to_string(stats.garbage_objects), FormatBytes(stats.garbage_bytes)},
      {"deletions remembered", std::to_string(summary.tombstones), ""},
      {"manifest", std::to_string(summary.manifest), ""}};
  return table.ToString();
}

// Level by level, from the freshest.
std::string Levels(const Stats& stats) {
  Table table;
  table.right = {true, true, true, true};
  table.rows = {{"level", "blocks", "profiles", "bytes"}};
  for (const auto& [number, level] : stats.levels) {
    table.rows.push_back({number == 0 ? "segments" : std::to_string(number),
                          std::to_string(level.blocks), std::to_string(level.profiles),
                          FormatBytes(level.bytes)});
  }
  return table.ToString();
}

// The largest columns of all levels; JSON has the rest.
std::string Columns(const Stats& stats) {
  std::vector<std::pair<uint64_t, std::vector<std::string>>> rows;
  for (const auto& [number, level] : stats.levels) {
    for (const auto& [name, bytes] : level.columns) {
      const uint64_t scaled = Scaled(level, bytes);
      const double share = static_cast<double>(scaled) / static_cast<double>(level.bytes + 1);
      rows.push_back({scaled,
                      {number == 0 ? "segments" : std::to_string(number), FormatBytes(scaled),
                       FormatPercent(share), Plain(name.first), Plain(name.second)}});
    }
  }
  std::stable_sort(rows.begin(), rows.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  Table table;
  table.right = {true, true, true, false, false};
  table.rows = {{"level", "bytes", "of level", "section", "column"}};
  for (size_t i = 0; i < rows.size() && i < kShownColumns; ++i) {
    table.rows.push_back(rows[i].second);
  }
  return table.ToString();
}

// The last days, each by the time of its profiles.
std::string Days(const Stats& stats) {
  Table table;
  table.right = {false, true, true};
  table.rows = {{"day", "profiles", "bytes"}};
  const size_t skipped = stats.days.size() - std::min(stats.days.size(), kShownDays);
  for (auto at = std::next(stats.days.begin(), static_cast<std::ptrdiff_t>(skipped));
       at != stats.days.end(); ++at) {
    table.rows.push_back({DayText(at->first), Whole(at->second.profiles),
                          FormatBytes(static_cast<uint64_t>(at->second.bytes))});
  }
  return table.ToString();
}

// Requests by kind, because kinds have prices.
std::string Costs(const StatsOptions& options, const Stats& stats) {
  const auto row = [&](const char* name, const Requests& requests) {
    return std::vector<std::string>{name, Whole(requests.creates), Whole(requests.lists),
                                    Whole(requests.reads),
                                    Dollars(requests.Dollars(options.prices))};
  };
  const Requests& one = stats.question.requests;
  Table table;
  table.right = {false, true, true, true, true};
  table.rows = {{"cost", "creates", "lists", "reads", "dollars"},
                row("1,000 queries", {one.creates * 1000, one.lists * 1000, one.reads * 1000}),
                row("a month: appends", stats.month.append),
                row("compaction", stats.month.compact),
                row("collection", stats.month.collect),
                row("queries", stats.month.query),
                {"storage", "", "", "", Dollars(stats.month.storage_dollars)},
                {"all of a month", "", "", "", Dollars(stats.month.Dollars(options.prices))}};
  return table.ToString();
}

int Run(const StatsOptions& options) {
  absl::StatusOr<Stats> stats = Gather(options);
  if (!stats.ok()) return Fail(stats.status());
  const absl::Status status = WriteOutput(
      "-", options.json ? AsJson(options, *stats)
                        : Totals(*stats) + "\n" + Levels(*stats) + "\n" + Columns(*stats) + "\n" +
                              Days(*stats) + "\n" + Costs(options, *stats));
  if (!status.ok()) return Fail(status);
  for (const Damage& damage : stats->damaged) {
    Say("not counted, or not as a whole: " + MessageOf(In(damage.place, damage.status)));
  }
  return stats->damaged.empty() ? kOk : kDamaged;
}

}  // namespace

void AddStats(CLI::App* app, int* exit_code) {
  auto options = std::make_shared<StatsOptions>();
  CLI::App* command =
      AddCommand(app, "stats", "Shows what an archive holds and what it costs.", kStatsExamples);
  options->prices.AddTo(command);
  command->add_flag("--json", options->json, "One object");
  AddArchiveArgument(command, &options->archive);
  OnRun(command, exit_code, [options] { return Run(*options); });
}

}  // namespace dolerite::cli
