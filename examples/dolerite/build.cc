// `dolerite build`: profile files in, one block out.
#include <memory>

#include "cli.h"
#include "dolerite/block_builder.h"
#include "dolerite/pprof.h"
#include "inputs.h"
#include "output.h"

namespace dolerite::cli {
namespace {

constexpr const char* kExamples =
    "Examples:\n"
    "  dolerite build -o day.block profiles/\n"
    "  dolerite build -o day.block --labels service_name=checkout,kind=cpu *.pb.gz\n"
    "  dolerite build -o day.block --path-labels '{service_name}/{version}/{pod}/*.{kind}.pb.gz' "
    "\\\n"
    "      --root profiles profiles/\n"
    "\n"
    "With --path-labels, files of a directory that do not match are skipped and counted; one that\n"
    "is named itself must match. A label of the path wins over the same one of --labels. A file\n"
    "that can't be read as a profile is named, the rest go in, and the exit code is 1.";

struct Options {
  InputOptions inputs;
  BlockOptions block;
  PprofReadOptions pprof;
  std::string output;
  bool json = false;
};

struct Import {
  uint64_t read = 0, failed = 0, repairs = 0;
  uint64_t samples = 0, bytes = 0;
};

void ImportFile(const InputFile& file, PprofReader* reader, BlockBuilder* builder, Import* import) {
  absl::StatusOr<std::string> bytes = ReadFile(file.path);
  Profile profile;
  absl::Status status = bytes.ok() ? reader->Read(*bytes, &profile) : bytes.status();
  if (status.ok()) status = builder->Add(file.labels, profile);
  if (!status.ok()) {
    ++import->failed;
    return Say(MessageOf(In(file.path, status)));
  }
  ++import->read;
  import->bytes += bytes->size();
  import->samples += profile.samples.size();
  if (const uint64_t repairs = reader->report().repairs(); repairs > 0) {
    import->repairs += repairs;
    Say(file.path + ": " + Count(repairs, "repair"));
  }
}

Import ImportAll(const std::vector<InputFile>& files, const PprofReadOptions& options,
                 BlockBuilder* builder) {
  PprofReader reader(options);
  Import import;
  Progress progress("file");
  for (size_t i = 0; i < files.size(); ++i) {
    if (i % 16 == 0) progress.Show(i, files.size());
    const uint64_t talk = import.failed + import.repairs;
    ImportFile(files[i], &reader, builder, &import);
    if (talk != import.failed + import.repairs) progress.Clear();
  }
  return import;
}

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

void SaySummary(const Options& options, const Import& import, uint64_t profiles, uint64_t written) {
  Say(options.output + ": " + Count(profiles, "profile") + ", " + Count(import.samples, "sample") +
      ", " + FormatBytes(import.bytes) + " in, " + FormatBytes(written) + " out, " +
      FormatRatio(import.bytes, written) + " times smaller");
}

absl::Status PrintJson(const Options& options, const Import& import, uint64_t profiles,
                       uint64_t written) {
  return WriteOutput("-", JsonLine({{"block", options.output},
                                    {"profiles", profiles},
                                    {"files", import.read},
                                    {"failed", import.failed},
                                    {"repairs", import.repairs},
                                    {"samples", import.samples},
                                    {"bytes_in", import.bytes},
                                    {"bytes_out", written}}));
}

absl::StatusOr<Inputs> CheckedInputs(const Options& options) {
  if (absl::Status status = CheckOutput(options.output, true); !status.ok()) return status;
  if (options.json && options.output == "-") {
    return absl::InvalidArgumentError("--json and the block can't both go to stdout");
  }
  return FindInputs(options.inputs);
}

int Run(const Options& options) {
  absl::StatusOr<Inputs> inputs = CheckedInputs(options);
  if (!inputs.ok()) return Fail(inputs.status());
  if (inputs->skipped > 0) {
    Say(Count(inputs->skipped, "file") + " skipped: no match for --path-labels");
  }
  BlockBuilder builder(options.block);
  const Import import = ImportAll(inputs->files, options.pprof, &builder);
  const uint64_t profiles = builder.profiles();
  if (profiles == 0) {
    Say("no profile went in: no block is written");
    return import.failed > 0 ? kFailure : kNothingFound;
  }
  absl::StatusOr<uint64_t> written = WriteBlock(options.output, std::move(builder));
  if (!written.ok()) return Fail(written.status());
  SaySummary(options, import, profiles, *written);
  if (profiles < import.read) {
    Say(Count(import.read - profiles, "file") + " held a profile that was there already");
  }
  if (import.failed > 0) Say(Count(import.failed, "file") + " did not go in");
  if (options.json) {
    absl::Status status = PrintJson(options, import, profiles, *written);
    if (!status.ok()) return Fail(status);
  }
  return import.failed > 0 ? kFailure : kOk;
}

void AddFlags(CLI::App* command, Options* options) {
  command->add_option("-o,--output", options->output, "Block to write, - for stdout")->required();
  command->add_option("--labels", options->inputs.labels, "Labels of all profiles: k=v,k=v");
  CLI::Option* pattern = command->add_option("--path-labels", options->inputs.path_labels,
                                             "Labels from paths: '{service_name}/*.{kind}.pb.gz'");
  command
      ->add_option(
          "--root", options->inputs.root,
          "What paths are relative to; else the directory given, or for files the current one")
      ->needs(pattern);
  command->add_flag("--lenient", options->pprof.lenient,
                    "Mend profiles that break pprof's rules, and say so, instead of refusing them");
  command->add_option("--dataset-label", options->block.dataset_label, "Else service_name");
  command->add_option("--profiles-per-group", options->block.profiles_per_group,
                      "Profiles of a series stored together; 0: picks");
  command->add_option("--level", options->block.zstd_level, "Of zstd, 0 to 19; else 3")
      ->check(CLI::Range(0, 19).description(""));
  command->add_flag("--smallest", options->block.smallest, "Try slow encodings too");
  command->add_flag("--json", options->json, "Print the summary as one object");
  command->add_option("FILE", options->inputs.paths, "Profiles and directories of them")
      ->required()
      ->option_text("(one or more)");
}

}  // namespace

void AddBuild(CLI::App* app, int* exit_code) {
  auto options = std::make_shared<Options>();
  CLI::App* command = AddCommand(app, "build", "Makes a block of profiles.", kExamples);
  AddFlags(command, options.get());
  OnRun(command, exit_code, [options] { return Run(*options); });
}

}  // namespace dolerite::cli
