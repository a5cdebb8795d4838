// `dolerite import`: profile files in, segments of an archive out.
#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "archives.h"
#include "cli.h"
#include "dolerite/ingester.h"
#include "output.h"
#include "query_flags.h"
#include "reading_flags.h"

namespace dolerite::cli {
namespace {

constexpr const char* kImportExamples =
    "Examples:\n"
    "  dolerite import archive/ --labels service_name=checkout profiles/\n"
    "  dolerite import archive/ --path-labels '{service_name}/{pod}/*.{kind}.pb.gz' profiles/\n"
    "  dolerite flame --profile-type cpu -o cpu.html archive/\n"
    "\n"
    "Makes the archive if it is missing. Profiles that it has already, or that were deleted from "
    "it,\n"
    "are left out, so that a second run, or one after an interruption, adds nothing twice.";

// Files that are read side by side, unless --threads says otherwise.
constexpr size_t kMostThreads = 16;
// A profile that is refused so often, for lack of memory, is given up.
constexpr int kAttempts = 100;

struct ArchiveImportOptions {
  ReadingFlags reading;
  BlockOptions block;
  std::string archive;
  uint64_t segment_bytes = uint64_t{4} << 20;
  size_t threads = std::clamp<size_t>(std::thread::hardware_concurrency(), 1, kMostThreads);
  bool json = false;
};

struct Totals {
  uint64_t added = 0, known = 0, failed = 0;
  std::map<std::string, absl::Status> damaged;  // segments and blocks of the archive, by key
};

// Takes profiles from many threads. Whoever adds one also stores the segments that are full.
class ArchiveSink {
 public:
  ArchiveSink(Ingester* ingester, size_t memory) : ingester_(ingester), memory_(memory) {}

  absl::Status Add(const LabelSet& series, const Profile& profile) {
    absl::Status added;
    for (int attempt = 0; attempt < kAttempts && !stop_; ++attempt) {
      added = ingester_->Add(series, profile, WallNanos()).status();
      if (!absl::IsResourceExhausted(added)) break;
      // Too much is held: all of it is stored, by this thread or by those that do so already.
      Store(true);
      WaitForRoom();
    }
    Store(false);
    return added;
  }

  // The first error of the archive, after which nothing more is read.
  absl::Status Finish() {
    Store(true);
    Store(true);  // another thread's segment may have failed meanwhile
    for (const IngestResult& result : ingester_->TakeResults()) {
      for (const Damage& source : result.damaged) totals_.damaged[source.place] = source.status;
      const uint64_t profiles = result.last - result.first + 1;
      if (result.status.ok()) {
        totals_.known += result.known, totals_.added += profiles - result.known;
      } else {
        totals_.failed += profiles;
        if (status_.ok()) status_ = result.status;
      }
    }
    return status_;
  }

  const Totals& totals() const { return totals_; }
  const std::atomic<bool>& stop() const { return stop_; }

 private:
  void Store(bool all) {
    if (stop_) return;
    const int64_t now = WallNanos();
    const absl::Status status = all ? ingester_->Flush(now) : ingester_->Tick(now);
    // Later errors are mostly the same one again.
    std::lock_guard<std::mutex> lock(mutex_);
    if (!status.ok() && status_.ok()) status_ = status;
    if (!status.ok()) stop_ = true;
    stored_.notify_all();
  }

  // Until other threads have stored enough. None waits unless another one is storing.
  void WaitForRoom() {
    std::unique_lock<std::mutex> lock(mutex_);
    stored_.wait(lock, [&] { return ingester_->summary().memory_bytes < memory_ || stop_; });
  }

  Ingester* const ingester_;
  const size_t memory_;
  std::atomic<bool> stop_{false};
  std::mutex mutex_;  // of what follows
  std::condition_variable stored_;
  absl::Status status_;
  Totals totals_;  // once all threads are done
};

absl::StatusOr<Inputs> FindFiles(const ArchiveImportOptions& options) {
  absl::StatusOr<Inputs> inputs = FindInputs(options.reading.inputs);
  if (inputs.ok() && inputs->skipped > 0) {
    Say(Count(inputs->skipped, "file") + " skipped: no match for --path-labels");
  }
  return inputs;
}

// The same counts for people and, if they are asked for, for programs. What was refused before it
// came to the archive failed too.
int Summarize(const ArchiveImportOptions& options, const ImportReport& import, const Totals& totals,
              const IngesterSummary& stored) {
  for (const auto& [key, status] : totals.damaged) {
    Say(options.archive + ": " + key + " is damaged, and its profiles may have been added again; " +
        "see `dolerite verify`: " + MessageOf(status));
  }
  const uint64_t failed = totals.failed + import.refused;
  const uint64_t read = totals.added + totals.known + failed;
  Say(options.archive + ": " + Count(read, "profile") + " read, " + std::to_string(totals.added) +
      " new, " + std::to_string(totals.known) + " known, " + std::to_string(failed) + " failed; " +
      Count(stored.stored_segments, "segment") + ", " + FormatBytes(stored.stored_bytes));
  if (options.json) {
    const absl::Status status = WriteOutput("-", JsonLine({{"archive", options.archive},
                                                           {"files", import.files},
                                                           {"read", read},
                                                           {"new", totals.added},
                                                           {"known", totals.known},
                                                           {"failed", failed},
                                                           {"segments", stored.stored_segments},
                                                           {"bytes", stored.stored_bytes}}));
    if (!status.ok()) return Fail(status);
  }
  if (failed > 0) return kFailure;
  return read == 0 ? kNothingFound : kOk;
}

int Run(ArchiveImportOptions options) {
  absl::StatusOr<ImportOptions> reading = options.reading.Make(options.block.type_labels);
  if (!reading.ok()) return Fail(reading.status());
  absl::StatusOr<Inputs> inputs = FindFiles(options);
  if (!inputs.ok()) return Fail(inputs.status());
  // Only now, so that a mistake in the arguments makes no archive; nor do files that are not there.
  const auto is_missing = [](const InputFile& input) {
    std::error_code error;
    return input.path != "-" && !std::filesystem::exists(input.path, error);
  };
  if (!inputs->files.empty() &&
      std::all_of(inputs->files.begin(), inputs->files.end(), is_missing)) {
    return Fail(absl::NotFoundError(inputs->files[0].path + ": there is no such file"));
  }
  absl::StatusOr<ArchiveFile> file =
      ArchiveFile::Open(options.archive, ArchiveFile::For::kImport, options.threads,
                        {.dataset_label = options.block.dataset_label});
  if (!file.ok()) return Fail(file.status());
  IngesterOptions segments;
  segments.segment_age_nanos = INT64_MAX;  // an import ends them by size
  segments.segment_bytes = options.segment_bytes;
  segments.skip_known = true;
  segments.blocks = options.block;
  segments.executor = file->host().executor;
  auto ingester = Ingester::Make(&file->archive(), segments);
  if (!ingester.ok()) return Fail(ingester.status());
  // The sink and the ingester do the rest: threads read, add, encode and store.
  ArchiveSink sink(ingester->get(), segments.memory_bytes);
  const ImportReport import = ImportAll(
      inputs->files, *reading, [&](const auto&... profile) { return sink.Add(profile...); },
      options.threads, &sink.stop());
  // What was read is said even if the archive failed in the end.
  SayFiles(import);
  if (absl::Status status = sink.Finish(); !status.ok()) return Fail(In(options.archive, status));
  return Summarize(options, import, sink.totals(), (*ingester)->summary());
}

}  // namespace

void AddImport(CLI::App* app, int* exit_code) {
  auto options = std::make_shared<ArchiveImportOptions>();
  CLI::App* command =
      AddCommand(app, "import", "Adds pprof and OTLP profiles to an archive.", kImportExamples);
  options->reading.AddTo(command);
  command->add_option("--dataset-label", options->block.dataset_label,
                      "Of an archive that is made; else service_name");
  AddEncodingFlags(command, &options->block);
  command
      ->add_option("--segment-bytes", options->segment_bytes, "Of each segment, about; else 4MiB")
      ->check(PositiveSize())
      ->transform(CLI::AsSizeValue(false).description(""))
      ->option_text("SIZE");
  command
      ->add_option("-j,--threads", options->threads, "Files read at once; else one for each core")
      ->check(CLI::Range(1, 256).description(""));
  command->add_flag("--json", options->json, "Print the summary as one object");
  AddArchiveArgument(command, &options->archive);
  options->reading.AddFilesTo(command);
  OnRun(command, exit_code, [options] { return Run(*options); });
}

}  // namespace dolerite::cli
