// `dolerite build`: profile files in, one block out.
#include <memory>

#include "blocks.h"
#include "cli.h"
#include "dolerite/block_builder.h"
#include "output.h"
#include "overlaps.h"
#include "reading_flags.h"

namespace dolerite::cli {
namespace {

constexpr const char* kBuildExamples =
    "Examples:\n"
    "  dolerite build -o day.block profiles/\n"
    "  dolerite build -o day.block --labels service_name=checkout,kind=cpu *.pb.gz\n"
    "  dolerite build -o day.block --path-labels '{service_name}/{version}/{pod}/*.{kind}.pb.gz' "
    "\\\n"
    "      --root profiles profiles/\n"
    "  dolerite build -o day.block received.otlp old.pb.gz\n"
    "\n"
    "Files may be pprof or OTLP Profiles (protobuf of any layout, one message or several behind\n"
    "their lengths, or JSON), plain, gzip or zstd, mixed: what is in a file counts, not its name.\n"
    "An OTLP file holds any number of profiles; labels come from their resource's attributes.\n"
    "\n"
    "With --path-labels, files of a directory that do not match are skipped and counted; one that\n"
    "is named itself must match. A label of the path wins over the same one of --labels, and both\n"
    "over one that a file holds. A pprof file whose labels name no kind takes it from a word of\n"
    "its name (cpu, heap, allocs, mutex, block, goroutine ..), if its sample types fit. A file "
    "that\n"
    "can't be read is named, the rest go in, and the exit code is 1.";

struct BuildOptions {
  ReadingFlags reading;
  BlockOptions block;
  std::string output;
  bool json = false;
};

// Nothing is at `path` until the whole block is written.
absl::StatusOr<uint64_t> WriteBlock(const std::string& path, BlockBuilder builder) {
  uint64_t written = 0;
  absl::Status status = WriteOutput(path, [&](const ByteSink& sink) {
    return std::move(builder).Finish([&](std::string_view bytes) {
      written += bytes.size();
      return sink(bytes);
    });
  });
  if (!status.ok()) return status;
  return written;
}

// What the block holds, in which equal profiles are one. If the block can't be opened, as on
// stdout, what went in. None of it decides the exit code: the block is written by then.
struct Stored {
  uint64_t profiles = 0, samples = 0, bytes = 0;
  Overlaps overlaps;
};

Stored CountStored(const std::string& path, const ImportReport& import, uint64_t bytes) {
  Stored stored{import.profiles, import.samples, bytes, {}};
  if (path == "-") return stored;
  // The block is opened again: what it holds is the truth about what was stored.
  const absl::StatusOr<BlockFile> block = BlockFile::Open(path);
  if (!block.ok()) return stored;
  stored.profiles = stored.samples = 0;
  for (const DatasetSummary& dataset : block->reader().summary().datasets) {
    stored.profiles += dataset.profiles;
    stored.samples += dataset.samples;
  }
  const absl::StatusOr<BlockReader::Listing> listing = block->reader().ListProfiles();
  if (listing.ok()) stored.overlaps = FindOverlaps(*listing);
  return stored;
}

void SayTotal(const BuildOptions& options, const ImportReport& import, const Stored& stored) {
  Say(options.output + ": " + Count(stored.profiles, "profile") + ", " +
      Count(stored.samples, "sample") + ", " + FormatBytes(import.bytes) + " in, " +
      FormatBytes(stored.bytes) + " out, " + FormatRatio(import.bytes, stored.bytes) +
      " times smaller");
  // The builder counts what it took, and the block what it kept.
  if (const uint64_t again = import.profiles - stored.profiles; again > 0) {
    Say(Count(again, "profile") + " came again and " + (again == 1 ? "was" : "were") +
        " stored once");
  }
  // Not an error: the same series may well have two profiles of one time. But it is how kinds that
  // nobody labelled look.
  if (stored.overlaps.profiles > 0) {
    Say("warning: " + Count(stored.overlaps.profiles, "profile") + " of the same series and time " +
        "as another, first " + stored.overlaps.example +
        ". Queries add them up: if they are different kinds or processes, give labels that tell "
        "them apart (--labels, --path-labels)");
  }
}

// All counts, 0 or not: programs need no defaults.
absl::Status PrintReport(const BuildOptions& options, const ImportReport& import,
                         const Stored& stored) {
  const OtlpReadReport& otlp = import.otlp;
  return WriteOutput("-", JsonLine({{"block", options.output},
                                    {"profiles", stored.profiles},
                                    {"files", import.files},
                                    {"failed", import.failed},
                                    {"repairs", import.repairs},
                                    {"kinds_of_names", import.kinds_of_names},
                                    {"overlapping", stored.overlaps.profiles},
                                    {"samples", stored.samples},
                                    {"bytes_in", import.bytes},
                                    {"bytes_out", stored.bytes},
                                    {"otlp",
                                     {{"files", import.otlp_files},
                                      {"messages", otlp.messages},
                                      {"profiles_joined", otlp.profiles_joined},
                                      {"samples_combined", otlp.samples_combined},
                                      {"unknown_fields", otlp.unknown_fields},
                                      {"null_entries_ignored", otlp.null_entries_ignored},
                                      {"mappings_dropped", otlp.mappings_dropped},
                                      {"temporalities_dropped", otlp.temporalities_dropped},
                                      {"refused", otlp.refused},
                                      {"labels_replaced", import.labels_replaced}}}}));
}

// All that can be wrong with the command is found before the first file is read, which may take
// long.
absl::StatusOr<Inputs> CheckedInputs(const BuildOptions& options) {
  if (absl::Status status = CheckOutput(options.output, true); !status.ok()) return status;
  if (options.json && options.output == "-") {
    return absl::InvalidArgumentError("--json and the block can't both go to stdout");
  }
  absl::StatusOr<Inputs> inputs = FindInputs(options.reading.inputs);
  if (!inputs.ok()) return inputs;
  // `-o` may name a profile by mistake, as when a pattern follows it.
  std::vector<std::string> paths;
  for (const InputFile& file : inputs->files) paths.push_back(file.path);
  if (absl::Status status = CheckNoInput(options.output, paths); !status.ok()) return status;
  return inputs;
}

// Exit codes: a file that failed is a failure even though the block was written with the others.
int Run(const BuildOptions& options) {
  absl::StatusOr<ImportOptions> reading = options.reading.Make(options.block.type_labels);
  if (!reading.ok()) return Fail(reading.status());
  absl::StatusOr<Inputs> inputs = CheckedInputs(options);
  if (!inputs.ok()) return Fail(inputs.status());
  if (inputs->skipped > 0) {
    Say(Count(inputs->skipped, "file") + " skipped: no match for --path-labels");
  }
  absl::StatusOr<BlockBuilder> builder = BlockBuilder::Make(options.block);
  if (!builder.ok()) return Fail(builder.status());
  const ImportReport import = ImportAll(
      inputs->files, *reading, [&](const auto&... profile) { return builder->Add(profile...); });
  SayFiles(import);
  // An empty block would look like success.
  if (import.profiles == 0) {
    Say("no profile went in: no block is written");
    return import.failed > 0 ? kFailure : kNothingFound;
  }
  absl::StatusOr<uint64_t> written = WriteBlock(options.output, *std::move(builder));
  if (!written.ok()) return Fail(written.status());
  const Stored stored = CountStored(options.output, import, *written);
  SayTotal(options, import, stored);
  if (options.json) {
    absl::Status status = PrintReport(options, import, stored);
    if (!status.ok()) return Fail(status);
  }
  return import.failed > 0 ? kFailure : kOk;
}

void AddFlags(CLI::App* command, BuildOptions* options) {
  command->add_option("-o,--output", options->output, "Block to write, - for stdout")->required();
  options->reading.AddTo(command);
  command->add_option("--dataset-label", options->block.dataset_label, "Else service_name");
  AddEncodingFlags(command, &options->block);
  command->add_flag("--json", options->json, "Print the summary as one object");
  options->reading.AddFilesTo(command);
}

}  // namespace

void AddBuild(CLI::App* app, int* exit_code) {
  auto options = std::make_shared<BuildOptions>();
  CLI::App* command =
      AddCommand(app, "build", "Makes a block of pprof and OTLP profiles.", kBuildExamples);
  AddFlags(command, options.get());
  OnRun(command, exit_code, [options] { return Run(*options); });
}

}  // namespace dolerite::cli
