// `dolerite get`: one profile of a block, or all of them, in a format or for people.
#include <algorithm>
#include <charconv>
#include <filesystem>
#include <memory>
#include <optional>

#include "blocks.h"
#include "cli.h"
#include "dolerite/otlp.h"
#include "dolerite/pprof.h"
#include "import.h"
#include "output.h"
#include "output_format.h"
#include "places.h"
#include "profile_view.h"

namespace dolerite::cli {
namespace {

constexpr const char* kGetExamples =
    "Examples:\n"
    "  dolerite get --profile 0 -o first.pb.gz day.block && go tool pprof -top first.pb.gz\n"
    "  dolerite get --profile 0f1e2d3c4b5a69788796a5b4c3d2e1f0 -o - day.block | gunzip >raw.pb\n"
    "  dolerite get --profile 0 --format otlp -o first.otlp day.block\n"
    "  dolerite get --profile 0 --format text day.block | less\n"
    "  dolerite get --profile 0 --format json day.block | jq 'select(.trace_id)'\n"
    "  dolerite get --all profiles/ day.block && ls profiles/\n"
    "\n"
    "Formats:\n"
    "  pprof  gzip; what it can't say (attributes, timestamps ..) is left out and counted\n"
    "  otlp   one ProfilesData message of opentelemetry-proto 1.11, protobuf, not compressed: the\n"
    "         body of an export request too. Labels of the series are resource attributes\n"
    "  text   the profile, its attributes and mappings, then each sample, its stack leaf first\n"
    "  json   the same for programs, one object a line: the profile, then its samples\n"
    "\n"
    "An archive names profiles by id. Files of --all are named by number and id: "
    "000000-0f1e2d3c4b5a69788796a5b4c3d2e1f0.pb.gz,\n"
    "and .otlp, .txt or .json in other formats.";

struct GetOptions {
  OutputFlags output;
  std::string profile, all, block, resource_labels;
};

bool IsId(const std::string& text) {
  // Indices never have 32 digits, so the length shows an id.
  return text.size() == 32 && text.find_first_not_of("0123456789abcdefABCDEF") == std::string::npos;
}

std::string Lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

// The number of a profile in `ls`; nullopt for an id. A number that is too large is in no block.
absl::StatusOr<std::optional<size_t>> ParseIndex(const std::string& wanted) {
  if (IsId(wanted)) return std::nullopt;
  size_t index = SIZE_MAX;
  const char* end = wanted.data() + wanted.size();
  const auto [parsed, error] = std::from_chars(wanted.data(), end, index);
  if (parsed != end || error == std::errc::invalid_argument) {
    return absl::InvalidArgumentError("--profile takes an index of `ls` or an id of 32 hex digits");
  }
  return index;
}

// Adds to `dropped` what the format can't say.
absl::StatusOr<std::string> Encode(const ProfileSummary& summary, Profile profile,
                                   const GetOptions& options, uint64_t* dropped) {
  uint64_t left_out = 0;
  absl::StatusOr<std::string> bytes;
  if (options.output.Is("pprof")) {
    bytes = WritePprof(profile, {}, &left_out);
  } else {
    const SeriesProfile otlp{*summary.series, std::move(profile)};
    bytes = WriteOtlp({&otlp, 1}, {SeriesAttributes(options.resource_labels)}, &left_out);
  }
  *dropped += left_out;
  return bytes;
}

// One profile as a file or on stdout.
// Text and JSON go out sample by sample; the other formats are encoded as a whole.
absl::Status WriteProfile(const BlockFile& file, const ProfileSummary& summary, Profile profile,
                          const GetOptions& options, const std::string& output, uint64_t* dropped) {
  if (options.output.Is("text") || options.output.Is("json")) {
    const auto print = options.output.Is("text") ? PrintText : PrintJson;
    return WriteOutput(output, [&](const ByteSink& sink) { return print(summary, profile, sink); });
  }
  absl::StatusOr<std::string> bytes = Encode(summary, std::move(profile), options, dropped);
  return bytes.ok() ? WriteOutput(output, *bytes) : file.Blame(bytes.status());
}

void SayDropped(const GetOptions& options, uint64_t dropped) {
  if (dropped == 0) return;
  Say("left out what " + options.output.format() + " can't say: " + Count(dropped, "value"));
}

// Which profile is wanted, as a selection or by its number.
struct Wanted {
  Selection selection;
  std::optional<size_t> index;
};

absl::StatusOr<Wanted> FindWanted(const GetOptions& options) {
  absl::StatusOr<std::optional<size_t>> index = ParseIndex(options.profile);
  if (!index.ok()) return index.status();
  // Blocks of an archive come and go, and with them the numbers of profiles.
  if (*index && IsArchive(options.block)) {
    return absl::InvalidArgumentError(options.block +
                                      ": profiles of an archive are named by their id, which "
                                      "dolerite ls shows; a number is of one block");
  }
  SelectionFlags flags;
  if (!*index) flags.profile_ids = {Lower(options.profile)};
  absl::StatusOr<Selection> selection = flags.Make();
  if (!selection.ok()) return selection.status();
  return Wanted{*std::move(selection), *index};
}

// From the first block that has it. False if none has.
absl::StatusOr<bool> WriteOne(const GetOptions& options) {
  absl::StatusOr<Wanted> wanted = FindWanted(options);
  if (!wanted.ok()) return wanted.status();
  bool found = false;
  uint64_t dropped = 0;
  absl::Status failed;  // what the disk or a format said, not the block
  const auto write = [&](const BlockFile& file) {
    absl::StatusOr<std::vector<size_t>> selected = SelectedProfiles(file, wanted->selection);
    if (!selected.ok()) return selected.status();
    for (const size_t index : *selected) {
      if (found || (wanted->index && index != *wanted->index)) continue;
      found = true;
      absl::StatusOr<BlockReader::Listing> listing = file.reader().ListProfiles();
      if (!listing.ok()) return listing.status();
      absl::StatusOr<Profile> profile = file.reader().ReadProfile(index);
      if (!profile.ok()) return profile.status();
      failed = WriteProfile(file, listing->profiles[index], *std::move(profile), options,
                            options.output.path(), &dropped);
    }
    return absl::OkStatus();
  };
  const absl::Status status = ForEachBlock({options.block}, wanted->selection, write);
  if (!status.ok()) return status;
  if (!failed.ok()) return failed;
  SayDropped(options, dropped);
  return found;
}

// The file of a profile under --all: digits and an ending, whatever the block holds. Names sort as
// numbers do up to a million.
std::string FileName(size_t number, const ProfileSummary& summary, const std::string& format) {
  std::string digits = std::to_string(number);
  digits.insert(0, 6 - std::min<size_t>(6, digits.size()), '0');
  const char* ending = format == "pprof"  ? ".pb.gz"
                       : format == "otlp" ? ".otlp"
                       : format == "text" ? ".txt"
                                          : ".json";
  return digits + "-" + Hex(summary.id) + ending;
}

// Of one block. `written` counts over all blocks.
// What the disk or a format said goes into `failed`: it is not the block's fault.
absl::Status WriteBlock(const BlockFile& file, const GetOptions& options, size_t* written,
                        uint64_t* dropped, absl::Status* failed) {
  absl::StatusOr<BlockReader::Listing> listing = file.reader().ListProfiles();
  if (!listing.ok()) return listing.status();
  absl::StatusOr<std::vector<size_t>> seen = SelectedProfiles(file, {});
  if (!seen.ok()) return seen.status();
  // A block file gives its own indices as numbers, whatever order it stores profiles in.
  const size_t before = *written;
  // One pass over the block.
  const absl::Status status =
      file.reader().ReadProfiles(*seen, [&](size_t index, Profile& profile) {
        const size_t rank = static_cast<size_t>(
            std::lower_bound(seen->begin(), seen->end(), index) - seen->begin());
        const ProfileSummary& summary = listing->profiles[index];
        const std::string name = FileName(before + rank, summary, options.output.format());
        // Stops the pass: its status then comes back as ReadProfiles' own.
        *failed = WriteProfile(file, summary, std::move(profile), options,
                               (std::filesystem::path(options.all) / name).string(), dropped);
        return *failed;
      });
  *written += seen->size();
  return status;
}

absl::Status WriteAll(const GetOptions& options) {
  std::error_code error;
  std::filesystem::create_directories(options.all, error);
  if (error) return absl::ErrnoToStatus(error.value(), options.all);
  size_t written = 0;
  uint64_t dropped = 0;
  absl::Status failed;
  const absl::Status status = ForEachBlock({options.block}, {}, [&](const BlockFile& file) {
    return WriteBlock(file, options, &written, &dropped, &failed);
  });
  if (!failed.ok()) return failed;
  if (!status.ok()) return status;
  SayDropped(options, dropped);
  Say("wrote " + Count(written, "profile") + " to " + options.all);
  return absl::OkStatus();
}

// Exactly one of the two, and only then the format, which depends on it: a single output may name
// its format by its ending.
absl::Status Settle(GetOptions* options) {
  if (options->profile.empty() == options->all.empty()) {
    return absl::InvalidArgumentError("give either --profile N|ID or --all DIR");
  }
  if (options->all.empty()) return options->output.Settle({options->block});
  return options->output.SettleForNames();
}

int Run(GetOptions& options) {
  if (absl::Status status = Settle(&options); !status.ok()) return Fail(status);
  if (!options.all.empty()) {
    const absl::Status status = WriteAll(options);
    return status.ok() ? kOk : Fail(status);
  }
  absl::StatusOr<bool> found = WriteOne(options);
  if (!found.ok()) return Fail(found.status());
  // No such profile is an empty answer and not a failure.
  return *found
             ? kOk
             : FailNothingFound(options.block + ": profile " + options.profile + " is not in it");
}

}  // namespace

void AddGet(CLI::App* app, int* exit_code) {
  auto options = std::make_shared<GetOptions>();
  CLI::App* command = AddCommand(
      app, "get", "Writes one or all profiles as pprof, OTLP, text or JSON.", kGetExamples);
  command->add_option("--profile", options->profile, "Index of `ls`, or id: 32 hex digits")
      ->option_text("N|ID");
  command->add_option("--all", options->all, "Writes every profile to a file of this directory")
      ->option_text("DIR");
  options->output.AddTo(command, {"pprof", "otlp", "text", "json"});
  command->add_option("--resource-labels", options->resource_labels,
                      "As given to build: these get the names of attributes back (otlp)");
  AddBlockArgument(command, &options->block);
  OnRun(command, exit_code, [options] { return Run(*options); });
}

}  // namespace dolerite::cli
