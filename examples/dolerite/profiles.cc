// `dolerite ls` and `dolerite get`: the single profiles of a block.
#include <charconv>
#include <memory>

#include "blocks.h"
#include "cli.h"
#include "dolerite/pprof.h"
#include "output.h"

namespace dolerite::cli {
namespace {

constexpr const char* kLsExamples =
    "Examples:\n"
    "  dolerite ls day.block\n"
    "  dolerite ls --where '{pod=\"a\"}' --profile-type cpu --json day.block";

constexpr const char* kGetExamples =
    "Examples:\n"
    "  dolerite get --profile 0 -o first.pb.gz day.block && go tool pprof -top first.pb.gz\n"
    "  dolerite get --profile 0f1e2d3c4b5a69788796a5b4c3d2e1f0 -o - day.block | gunzip >raw.pb";

struct LsOptions {
  SelectionFlags selection;
  std::vector<std::string> blocks;
  bool json = false;
};

struct GetOptions {
  std::string profile, output, block;
};

Json Labels(const LabelSet& labels) {
  Json out = Json::object();
  for (const auto& [name, value] : labels.pairs()) out[name] = value;
  return out;
}

Json AsJson(const ProfileSummary& profile, const std::string& block) {
  return {{"block", block},
          {"index", profile.index},
          {"id", Hex(profile.id)},
          {"type", profile.type->name},
          {"time", FormatTime(profile.time_nanos)},
          {"time_nanos", profile.time_nanos},
          {"duration_nanos", profile.duration_nanos},
          {"samples", profile.samples},
          {"labels", Labels(*profile.series)}};
}

std::vector<std::string> Cells(const ProfileSummary& profile) {
  return {std::to_string(profile.index),
          Hex(profile.id),
          Plain(profile.type->name),
          FormatTime(profile.time_nanos),
          FormatValue(profile.duration_nanos, "nanoseconds"),
          std::to_string(profile.samples),
          Plain(profile.series->ToString())};
}

// What `ls` prints, block by block.
struct Printed {
  size_t profiles = 0;
  std::string json;
  Table table;
};

absl::Status Print(const BlockFile& block, const SelectionFilter& filter, bool name_block,
                   Printed* out) {
  absl::StatusOr<BlockReader::Listing> listing = block.reader().ListProfiles();
  if (!listing.ok()) return listing.status();
  for (const ProfileSummary& profile : listing->profiles) {
    if (!Takes(filter, profile)) continue;
    ++out->profiles;
    out->json += JsonLine(AsJson(profile, block.path()));
    std::vector<std::string> cells = Cells(profile);
    if (name_block) cells.push_back(Plain(block.path()));
    out->table.rows.push_back(std::move(cells));
  }
  return absl::OkStatus();
}

int RunLs(const LsOptions& options) {
  absl::StatusOr<Selection> selection = options.selection.Make();
  if (!selection.ok()) return Fail(selection.status());
  absl::StatusOr<SelectionFilter> filter = SelectionFilter::Make(*selection);
  if (!filter.ok()) return Fail(filter.status());
  Printed out;
  const bool several = options.blocks.size() > 1;
  out.table.right = {true, false, false, false, true, true, false, false};
  out.table.rows = {{"index", "id", "type", "time", "duration", "samples", "series"}};
  if (several) out.table.rows[0].push_back("block");
  absl::Status status = ForEachBlock(
      options.blocks, [&](const BlockFile& block) { return Print(block, *filter, several, &out); });
  if (!status.ok()) return Fail(status);
  if (out.profiles == 0) return FailNothingFound("no profile is selected");
  status = WriteOutput("-", options.json ? out.json : out.table.ToString());
  return status.ok() ? kOk : Fail(status);
}

bool IsId(const std::string& text) {
  return text.size() == 32 && text.find_first_not_of("0123456789abcdefABCDEF") == std::string::npos;
}

std::string Lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

// NotFound if the block has no such profile.
absl::StatusOr<size_t> FindProfile(const BlockReader& block, const std::string& wanted) {
  absl::StatusOr<BlockReader::Listing> listing = block.ListProfiles();
  if (!listing.ok()) return listing.status();
  size_t index = 0;
  const char* end = wanted.data() + wanted.size();
  const bool is_id = IsId(wanted);
  if (!is_id && std::from_chars(wanted.data(), end, index).ptr != end) {
    return absl::InvalidArgumentError("--profile takes an index of `ls` or an id of 32 hex digits");
  }
  for (const ProfileSummary& profile : listing->profiles) {
    if (is_id ? Hex(profile.id) == Lower(wanted) : profile.index == index) return profile.index;
  }
  return absl::NotFoundError("profile " + wanted + " is not in the block");
}

absl::StatusOr<std::string> PprofOf(const BlockReader& block, size_t index) {
  absl::StatusOr<Profile> profile = block.ReadProfile(index);
  if (!profile.ok()) return profile.status();
  uint64_t dropped = 0;
  absl::StatusOr<std::string> bytes = WritePprof(*profile, {}, &dropped);
  if (dropped > 0) Say("left out what pprof can't say: " + Count(dropped, "value"));
  return bytes;
}

int RunGet(const GetOptions& options) {
  if (absl::Status status = CheckOutput(options.output, true); !status.ok()) return Fail(status);
  absl::StatusOr<BlockFile> file = BlockFile::Open(options.block);
  if (!file.ok()) return Fail(file.status());
  absl::StatusOr<size_t> index = FindProfile(file->reader(), options.profile);
  if (absl::IsNotFound(index.status())) {
    return FailNothingFound(MessageOf(file->Blame(index.status())));
  }
  if (!index.ok()) return Fail(file->Blame(index.status()));
  absl::StatusOr<std::string> bytes = PprofOf(file->reader(), *index);
  if (!bytes.ok()) return Fail(file->Blame(bytes.status()));
  absl::Status status = WriteOutput(options.output, *bytes);
  return status.ok() ? kOk : Fail(status);
}

}  // namespace

void AddLs(CLI::App* app, int* exit_code) {
  auto options = std::make_shared<LsOptions>();
  CLI::App* command = AddCommand(app, "ls", "Lists the profiles of blocks.", kLsExamples);
  options->selection.AddTo(command);
  command->remove_option(command->get_option("--sample-type"));
  command->add_flag("--json", options->json, "One object a line");
  AddBlocksArgument(command, &options->blocks);
  OnRun(command, exit_code, [options] { return RunLs(*options); });
}

void AddGet(CLI::App* app, int* exit_code) {
  auto options = std::make_shared<GetOptions>();
  CLI::App* command = AddCommand(app, "get", "Writes one profile as pprof.", kGetExamples);
  command->add_option("--profile", options->profile, "Index of `ls`, or id: 32 hex digits")
      ->required()
      ->option_text("N|ID");
  command->add_option("-o,--output", options->output, "File to write, - for stdout")->required();
  command->add_option("BLOCK", options->block, "Block file")->required()->option_text("(one)");
  OnRun(command, exit_code, [options] { return RunGet(*options); });
}

}  // namespace dolerite::cli
