// `dolerite import`: profile files in, segments of an archive out.
#include <memory>

#include "archives.h"
#include "cli.h"
#include "output.h"
#include "reading_flags.h"

namespace dolerite::cli {
namespace {

constexpr const char* kExamples =
    "Examples:\n"
    "  dolerite import archive/ --labels service_name=checkout profiles/\n"
    "  dolerite import archive/ --path-labels '{service_name}/{pod}/*.{kind}.pb.gz' profiles/\n"
    "  dolerite flame --profile-type cpu -o cpu.html archive/\n"
    "\n"
    "Makes the archive if it is missing. Profiles that it has already, or that were deleted from "
    "it,\n"
    "are left out, so that a second run, or one after an interruption, adds nothing twice.";

// Encoded bytes for each byte that a builder holds, until a segment tells.
constexpr double kFirstRatio = 0.1;

struct Options {
  ReadingFlags reading;
  BlockOptions block;
  std::string archive;
  uint64_t segment_bytes = uint64_t{4} << 20;
  bool json = false;
};

struct Totals {
  uint64_t added = 0, known = 0, segments = 0, bytes = 0;
};

// Fills segments and appends them one by one.
class SegmentWriter {
 public:
  SegmentWriter(Archive* archive, const Options& options) : archive_(archive), options_(options) {}

  absl::Status Add(const LabelSet& series, const Profile& profile) {
    if (!failed_.ok()) return failed_;
    absl::Status added = AddToBuilder(series, profile);
    // The block is full before the segment was: a new one has room.
    if (absl::IsResourceExhausted(added) && builder_ && builder_->profiles() > 0) {
      if (absl::Status status = Finish(); !status.ok()) return status;
      added = AddToBuilder(series, profile);
    }
    if (!added.ok()) return added;
    const double held = static_cast<double>(builder_->memory_bytes());
    return held * ratio_ >= static_cast<double>(options_.segment_bytes) ? Finish() : added;
  }

  // Appends what is there. After a failure nothing more is taken.
  absl::Status Finish() {
    if (failed_.ok()) failed_ = AppendSegment();
    return failed_;
  }

  const Totals& totals() const { return totals_; }
  const absl::Status& failed() const { return failed_; }

 private:
  absl::Status AddToBuilder(const LabelSet& series, const Profile& profile) {
    if (!builder_) {
      absl::StatusOr<BlockBuilder> made = BlockBuilder::Make(options_.block);
      if (!made.ok()) return made.status();
      builder_.emplace(*std::move(made));
    }
    return builder_->Add(series, profile);
  }

  absl::Status AppendSegment() {
    if (!builder_ || builder_->profiles() == 0) return absl::OkStatus();
    const double held = static_cast<double>(builder_->memory_bytes());
    absl::StatusOr<std::string> bytes = std::move(*builder_).Finish();
    builder_.reset();
    if (!bytes.ok()) return bytes.status();
    ratio_ = static_cast<double>(bytes->size()) / (held + 1);
    absl::StatusOr<AppendResult> result =
        archive_->AppendMissing(*bytes, WallNanos(), options_.block);
    if (!result.ok()) return result.status();
    totals_.added += result->added, totals_.known += result->known;
    totals_.bytes += result->bytes, totals_.segments += !result->key.empty();
    return absl::OkStatus();
  }

  Archive* const archive_;
  const Options& options_;
  std::optional<BlockBuilder> builder_;
  double ratio_ = kFirstRatio;
  absl::Status failed_;  // of the archive: the same for all profiles that follow
  Totals totals_;
};

int Run(Options options) {
  absl::StatusOr<ImportOptions> reading = options.reading.Make(options.block.type_labels);
  if (!reading.ok()) return Fail(reading.status());
  absl::StatusOr<Inputs> inputs = FindInputs(options.reading.inputs);
  if (!inputs.ok()) return Fail(inputs.status());
  if (inputs->skipped > 0) {
    Say(Count(inputs->skipped, "file") + " skipped: no match for --path-labels");
  }
  absl::StatusOr<ArchiveFile> file =
      ArchiveFile::Open(options.archive, ArchiveFile::For::kImport, 1,
                        {.dataset_label = options.block.dataset_label});
  if (!file.ok()) return Fail(file.status());
  options.block.dataset_label = file->archive().options().dataset_label;
  SegmentWriter writer(&file->archive(), options);
  const ImportReport import = ImportAll(
      inputs->files, *reading, [&](const auto&... profile) { return writer.Add(profile...); });
  SayFiles(import);
  if (absl::Status status = writer.Finish(); !status.ok()) {
    return Fail(In(options.archive, status));
  }
  const Totals& totals = writer.totals();
  Say(options.archive + ": " + Count(totals.added + totals.known, "profile") + " read, " +
      std::to_string(totals.added) + " new, " + std::to_string(totals.known) + " known; " +
      Count(totals.segments, "segment") + ", " + FormatBytes(totals.bytes));
  if (options.json) {
    const absl::Status status = WriteOutput("-", JsonLine({{"archive", options.archive},
                                                           {"profiles", import.profiles},
                                                           {"new", totals.added},
                                                           {"known", totals.known},
                                                           {"failed", import.failed},
                                                           {"segments", totals.segments},
                                                           {"bytes", totals.bytes}}));
    if (!status.ok()) return Fail(status);
  }
  if (import.failed > 0) return kFailure;
  return import.profiles == 0 ? kNothingFound : kOk;
}

}  // namespace

void AddImport(CLI::App* app, int* exit_code) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      AddCommand(app, "import", "Adds pprof and OTLP profiles to an archive.", kExamples);
  options->reading.AddTo(command);
  command->add_option("--dataset-label", options->block.dataset_label,
                      "Of an archive that is made; else service_name");
  command->add_option("--level", options->block.zstd_level, "Of zstd, 0 to 19; else 1")
      ->check(CLI::Range(0, 19).description(""));
  command
      ->add_option("--segment-bytes", options->segment_bytes, "Of each segment, about; else 4MiB")
      ->transform(CLI::AsSizeValue(false).description(""))
      ->option_text("SIZE");
  command->add_flag("--json", options->json, "Print the summary as one object");
  AddArchiveArgument(command, &options->archive);
  options->reading.AddFilesTo(command);
  OnRun(command, exit_code, [options] { return Run(*options); });
}

}  // namespace dolerite::cli
