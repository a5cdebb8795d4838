// `dolerite ls`: the profiles of blocks and archives.
#include <algorithm>
#include <memory>

#include "blocks.h"
#include "cli.h"
#include "dolerite/view_profiles.h"
#include "output.h"
#include "places.h"
#include "profile_view.h"
#include "query_flags.h"

namespace dolerite::cli {
namespace {

constexpr const char* kProfilesExamples =
    "Examples:\n"
    "  dolerite ls day.block\n"
    "  dolerite ls --where '{pod=\"a\"}' --profile-type cpu --json day.block\n"
    "  dolerite ls --long day.block\n"
    "\n"
    "--long adds how many links (different spans) and timestamps a profile has, and its\n"
    "attributes. It reads every profile that is listed, each block in one pass.";

struct ProfilesOptions {
  SelectionFlags selection;
  std::vector<std::string> blocks;
  bool json = false, details = false, print_question = false;
};

// What is printed, block by block.
// All of it is made before the first line is written, so that a failure leaves no half of an
// answer.
struct Printed {
  bool several = false;  // blocks, so that each profile says which one has it
  size_t profiles = 0;
  std::string json;
  Table table;
};

// Numbers are aligned right. With several blocks the last column is the block's name.
Table Heading(bool details, bool several) {
  Table table{{true, false, false, false, true, true, false}, {}};
  table.rows = {{"index", "id", "type", "time", "duration", "samples", "series"}};
  if (details) {
    table.right = {true, false, false, false, true, true, true, true, false, false};
    table.rows = {{"index", "id", "type", "time", "duration", "samples", "links", "timestamps",
                   "series", "attributes"}};
  }
  if (several) table.right.push_back(false), table.rows[0].push_back("block");
  return table;
}

// `profile` may be null: only --long needs it.
std::vector<std::string> Cells(const ProfileSummary& summary, const Profile* profile) {
  std::vector<std::string> cells = {std::to_string(summary.index),
                                    Hex(summary.id),
                                    Plain(summary.type->name),
                                    FormatTime(summary.time_nanos),
                                    FormatValue(summary.duration_nanos, "nanoseconds"),
                                    std::to_string(summary.samples)};
  if (profile != nullptr) {
    const ProfileCounts counts = CountsOf(*profile);
    cells.push_back(std::to_string(counts.links));
    cells.push_back(std::to_string(counts.timestamps));
  }
  cells.push_back(Plain(summary.series->ToString()));
  if (profile != nullptr) {
    cells.push_back("{" + LabelsText(*profile, profile->attributes) + "}");
  }
  return cells;
}

// One profile as it is printed: as an object, or as cells of the table.
struct Row {
  std::string json;
  std::vector<std::string> cells;
};

// `profile` may be null, as for Cells.
Row MakeRow(const ProfilesOptions& options, const BlockFile& block, bool several,
            const ProfileSummary& summary, const Profile* profile) {
  Row row;
  if (options.json) {
    Json json = {{"block", block.path()}};
    json.update(SummaryJson(summary));
    if (profile != nullptr) AddDetails(*profile, &json);
    row.json = JsonLine(json);
  } else {
    row.cells = Cells(summary, profile);
    if (several) row.cells.push_back(Plain(block.path()));
  }
  return row;
}

absl::Status AddProfiles(const ProfilesOptions& options, const BlockFile& block,
                         const Selection& selection, Printed* out) {
  absl::StatusOr<std::vector<size_t>> selected = SelectedProfiles(block, selection);
  if (!selected.ok()) return selected.status();
  // Once more through the listing, which knows more of a profile than the answer does.
  absl::StatusOr<BlockReader::Listing> listing = block.reader().ListProfiles();
  if (!listing.ok()) return listing.status();
  // A pass visits profiles in the order in which the block stores them; rows are by index.
  std::vector<Row> rows(selected->size());
  const auto make = [&](size_t index, const Profile* profile) {
    const auto at = std::lower_bound(selected->begin(), selected->end(), index);
    rows[static_cast<size_t>(at - selected->begin())] =
        MakeRow(options, block, out->several, listing->profiles[index], profile);
  };
  if (options.details) {
    const absl::Status status =
        ViewProfiles(block.reader(), *selected, [&](size_t index, const Profile& profile) {
          make(index, &profile);
          return absl::OkStatus();
        });
    if (!status.ok()) return status;
  } else {
    for (const size_t index : *selected) make(index, nullptr);
  }
  out->profiles += rows.size();
  for (Row& row : rows) {
    out->json += row.json;
    if (!row.cells.empty()) out->table.rows.push_back(std::move(row.cells));
  }
  return absl::OkStatus();
}

int Run(const ProfilesOptions& options) {
  absl::StatusOr<Selection> selection = options.selection.Make();
  if (!selection.ok()) return Fail(selection.status());
  if (options.print_question) return PrintQuestionLine(Asked<ListQuestion>{{*selection}, {}, {}});
  Printed out;
  out.several = options.blocks.size() > 1 || IsArchive(options.blocks[0]);
  out.table = Heading(options.details, out.several);
  // Blocks are listed in the order in which they were named, and profiles as the block has them.
  absl::Status status = ForEachBlock(options.blocks, *selection, [&](const BlockFile& block) {
    return AddProfiles(options, block, *selection, &out);
  });
  if (!status.ok()) return Fail(status);
  if (out.profiles == 0) return FailNothingFound("no profile is selected");
  status = WriteOutput("-", options.json ? out.json : out.table.ToString());
  return status.ok() ? kOk : Fail(status);
}

}  // namespace

void AddLs(CLI::App* app, int* exit_code) {
  auto options = std::make_shared<ProfilesOptions>();
  CLI::App* command =
      AddCommand(app, "ls", "Lists the profiles of blocks and archives.", kProfilesExamples);
  options->selection.AddTo(command);
  // A list has no values, so no sample type can be chosen.
  command->remove_option(command->get_option("--sample-type"));
  command->alias("profiles");
  command->add_flag("--long", options->details, "Links, timestamps and attributes too");
  command->add_flag("--json", options->json, "One object a line");
  AddPrintQuestionFlag(command, &options->print_question);
  AddBlocksArgument(command, &options->blocks);
  OnRun(command, exit_code, [options] { return Run(*options); });
}

}  // namespace dolerite::cli
