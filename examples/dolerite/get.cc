// `dolerite get`: one profile of a block, or all of them, in a format or for people.
#include <charconv>
#include <filesystem>
#include <memory>
#include <numeric>

#include "blocks.h"
#include "cli.h"
#include "dolerite/otlp.h"
#include "dolerite/pprof.h"
#include "import.h"
#include "output.h"
#include "output_format.h"
#include "profile_view.h"

namespace dolerite::cli {
namespace {

constexpr const char* kExamples =
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
    "Files of --all are named by index and id: 000000-0f1e2d3c4b5a69788796a5b4c3d2e1f0.pb.gz,\n"
    "and .otlp, .txt or .json in other formats.";

struct Options {
  OutputFlags output;
  std::string profile, all, block, resource_labels;
};

bool IsId(const std::string& text) {
  // Indices never have 32 digits, so an id is told by its length.
  return text.size() == 32 && text.find_first_not_of("0123456789abcdefABCDEF") == std::string::npos;
}

std::string Lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

// The profile with the index or id that is wanted; NotFound if the block has no such profile.
absl::StatusOr<ProfileSummary> FindProfile(const BlockReader::Listing& listing,
                                           const std::string& wanted) {
  size_t index = SIZE_MAX;  // stays where a number is too large: no block has so many profiles
  const char* end = wanted.data() + wanted.size();
  const bool is_id = IsId(wanted);
  const auto [parsed, error] = std::from_chars(wanted.data(), end, index);
  if (!is_id && (parsed != end || error == std::errc::invalid_argument)) {
    return absl::InvalidArgumentError("--profile takes an index of `ls` or an id of 32 hex digits");
  }
  for (const ProfileSummary& profile : listing.profiles) {
    if (is_id ? Hex(profile.id) == Lower(wanted) : profile.index == index) return profile;
  }
  return absl::NotFoundError("profile " + wanted + " is not in the block");
}

// Adds to `dropped` what the format can't say.
absl::StatusOr<std::string> Encode(const ProfileSummary& summary, Profile profile,
                                   const Options& options, uint64_t* dropped) {
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
                          const Options& options, const std::string& output, uint64_t* dropped) {
  if (options.output.Is("text") || options.output.Is("json")) {
    const auto print = options.output.Is("text") ? PrintText : PrintJson;
    return WriteOutput(output, [&](const ByteSink& sink) { return print(summary, profile, sink); });
  }
  absl::StatusOr<std::string> bytes = Encode(summary, std::move(profile), options, dropped);
  return bytes.ok() ? WriteOutput(output, *bytes) : file.Blame(bytes.status());
}

void SayDropped(const Options& options, uint64_t dropped) {
  if (dropped == 0) return;
  Say("left out what " + options.output.format() + " can't say: " + Count(dropped, "value"));
}

absl::Status WriteOne(const BlockFile& file, const ProfileSummary& summary,
                      const Options& options) {
  absl::StatusOr<Profile> profile = file.reader().ReadProfile(summary.index);
  if (!profile.ok()) return file.Blame(profile.status());
  uint64_t dropped = 0;
  absl::Status status =
      WriteProfile(file, summary, *std::move(profile), options, options.output.path(), &dropped);
  SayDropped(options, dropped);
  return status;
}

// The file of a profile under --all: digits and an ending, whatever the block holds. Names sort as
// indices do up to a million.
std::string FileName(const ProfileSummary& summary, const std::string& format) {
  std::string index = std::to_string(summary.index);
  index.insert(0, 6 - std::min<size_t>(6, index.size()), '0');
  const char* ending = format == "pprof"  ? ".pb.gz"
                       : format == "otlp" ? ".otlp"
                       : format == "text" ? ".txt"
                                          : ".json";
  return index + "-" + Hex(summary.id) + ending;
}

absl::Status WriteAll(const BlockFile& file, const BlockReader::Listing& listing,
                      const Options& options) {
  std::error_code error;
  std::filesystem::create_directories(options.all, error);
  if (error) return absl::ErrnoToStatus(error.value(), options.all);
  // One pass over the block, in whatever order it stores profiles.
  std::vector<size_t> indices(listing.profiles.size());
  std::iota(indices.begin(), indices.end(), size_t{0});
  uint64_t dropped = 0;
  absl::Status failed;  // what the disk or a format said, not the block
  const absl::Status status = file.reader().ReadProfiles(indices, [&](size_t index,
                                                                      Profile& profile) {
    const ProfileSummary& summary = listing.profiles[index];
    const std::string output =
        (std::filesystem::path(options.all) / FileName(summary, options.output.format())).string();
    // Stops the pass: its status then comes back as ReadProfiles' own.
    failed = WriteProfile(file, summary, std::move(profile), options, output, &dropped);
    return failed;
  });
  if (!status.ok()) return failed.ok() ? file.Blame(status) : failed;
  SayDropped(options, dropped);
  Say("wrote " + Count(indices.size(), "profile") + " to " + options.all);
  return absl::OkStatus();
}

// Exactly one of the two, and only then the format, which depends on it: a single output may name
// its format by its ending.
absl::Status Settle(Options* options) {
  if (options->profile.empty() == options->all.empty()) {
    return absl::InvalidArgumentError("give either --profile N|ID or --all DIR");
  }
  if (options->all.empty()) return options->output.Settle({options->block});
  return options->output.SettleForNames();
}

int Run(Options& options) {
  if (absl::Status status = Settle(&options); !status.ok()) return Fail(status);
  absl::StatusOr<BlockFile> file = BlockFile::Open(options.block);
  if (!file.ok()) return Fail(file.status());
  absl::StatusOr<BlockReader::Listing> listing = file->reader().ListProfiles();
  if (!listing.ok()) return Fail(file->Blame(listing.status()));
  if (!options.all.empty()) {
    absl::Status status = WriteAll(*file, *listing, options);
    return status.ok() ? kOk : Fail(status);
  }
  absl::StatusOr<ProfileSummary> profile = FindProfile(*listing, options.profile);
  // No such profile is an empty answer and not a failure.
  if (absl::IsNotFound(profile.status())) {
    return FailNothingFound(MessageOf(file->Blame(profile.status())));
  }
  if (!profile.ok()) return Fail(file->Blame(profile.status()));
  absl::Status status = WriteOne(*file, *profile, options);
  return status.ok() ? kOk : Fail(status);
}

}  // namespace

void AddGet(CLI::App* app, int* exit_code) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      AddCommand(app, "get", "Writes one or all profiles as pprof, OTLP, text or JSON.", kExamples);
  command->add_option("--profile", options->profile, "Index of `ls`, or id: 32 hex digits")
      ->option_text("N|ID");
  command->add_option("--all", options->all, "Writes every profile to a file of this directory")
      ->option_text("DIR");
  options->output.AddTo(command, {"pprof", "otlp", "text", "json"});
  command->add_option("--resource-labels", options->resource_labels,
                      "As given to build: these get the names of attributes back (otlp)");
  command->add_option("BLOCK", options->block, "Block file")->required()->option_text("(one)");
  OnRun(command, exit_code, [options] { return Run(*options); });
}

}  // namespace dolerite::cli
