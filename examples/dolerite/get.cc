// `dolerite get`: one profile of a block, in a format or for people.
#include <charconv>
#include <memory>

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
    "\n"
    "Formats:\n"
    "  pprof  gzip; what it can't say (attributes, timestamps ..) is left out and counted\n"
    "  otlp   one ProfilesData message of opentelemetry-proto 1.11, protobuf, not compressed: the\n"
    "         body of an export request too. Labels of the series are resource attributes\n"
    "  text   the profile, its attributes and mappings, then each sample, its stack leaf first\n"
    "  json   the same for programs, one object a line: the profile, then its samples";

struct Options {
  OutputFlags output;
  std::string profile, block, resource_labels;
};

bool IsId(const std::string& text) {
  return text.size() == 32 && text.find_first_not_of("0123456789abcdefABCDEF") == std::string::npos;
}

std::string Lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

// The profile with the index or id that is wanted; NotFound if the block has no such profile.
absl::StatusOr<ProfileSummary> FindProfile(const BlockReader::Listing& listing,
                                           const std::string& wanted) {
  size_t index = 0;
  const char* end = wanted.data() + wanted.size();
  const bool is_id = IsId(wanted);
  if (!is_id && std::from_chars(wanted.data(), end, index).ptr != end) {
    return absl::InvalidArgumentError("--profile takes an index of `ls` or an id of 32 hex digits");
  }
  for (const ProfileSummary& profile : listing.profiles) {
    if (is_id ? Hex(profile.id) == Lower(wanted) : profile.index == index) return profile;
  }
  return absl::NotFoundError("profile " + wanted + " is not in the block");
}

// Says what the format left out.
absl::StatusOr<std::string> Encode(const ProfileSummary& summary, Profile profile,
                                   const Options& options) {
  uint64_t dropped = 0;
  absl::StatusOr<std::string> bytes;
  if (options.output.Is("pprof")) {
    bytes = WritePprof(profile, {}, &dropped);
  } else {
    const SeriesProfile otlp{*summary.series, std::move(profile)};
    bytes = WriteOtlp({&otlp, 1}, {SeriesAttributes(options.resource_labels)}, &dropped);
  }
  if (dropped > 0)
    Say("left out what " + options.output.format() + " can't say: " + Count(dropped, "value"));
  return bytes;
}

absl::Status Write(const BlockFile& file, const ProfileSummary& summary, const Options& options) {
  absl::StatusOr<Profile> profile = file.reader().ReadProfile(summary.index);
  if (!profile.ok()) return file.Blame(profile.status());
  if (options.output.Is("text") || options.output.Is("json")) {
    const auto print = options.output.Is("text") ? PrintText : PrintJson;
    return WriteOutput(options.output.path(),
                       [&](const ByteSink& sink) { return print(summary, *profile, sink); });
  }
  absl::StatusOr<std::string> bytes = Encode(summary, *std::move(profile), options);
  return bytes.ok() ? WriteOutput(options.output.path(), *bytes) : file.Blame(bytes.status());
}

int Run(Options& options) {
  if (absl::Status s = options.output.Settle({options.block}); !s.ok()) return Fail(s);
  absl::StatusOr<BlockFile> file = BlockFile::Open(options.block);
  if (!file.ok()) return Fail(file.status());
  absl::StatusOr<BlockReader::Listing> listing = file->reader().ListProfiles();
  if (!listing.ok()) return Fail(file->Blame(listing.status()));
  absl::StatusOr<ProfileSummary> profile = FindProfile(*listing, options.profile);
  if (absl::IsNotFound(profile.status())) {
    return FailNothingFound(MessageOf(file->Blame(profile.status())));
  }
  if (!profile.ok()) return Fail(file->Blame(profile.status()));
  absl::Status status = Write(*file, *profile, options);
  return status.ok() ? kOk : Fail(status);
}

}  // namespace

void AddGet(CLI::App* app, int* exit_code) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      AddCommand(app, "get", "Writes one profile as pprof, OTLP, text or JSON.", kExamples);
  command->add_option("--profile", options->profile, "Index of `ls`, or id: 32 hex digits")
      ->required()
      ->option_text("N|ID");
  options->output.AddTo(command, {"pprof", "otlp", "text", "json"});
  command->add_option("--resource-labels", options->resource_labels,
                      "As given to build: these get the names of attributes back (otlp)");
  command->add_option("BLOCK", options->block, "Block file")->required()->option_text("(one)");
  OnRun(command, exit_code, [options] { return Run(*options); });
}

}  // namespace dolerite::cli
