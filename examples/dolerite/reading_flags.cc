#include "reading_flags.h"

#include <algorithm>
#include <mutex>

#include "cli.h"
#include "limit_flags.h"
#include "output.h"
#include "query_flags.h"

namespace dolerite::cli {

void ReadingFlags::AddTo(CLI::App* command) {
  command->add_option("--labels", inputs.labels, "Labels of all profiles: k=v,k=v");
  CLI::Option* pattern = command->add_option("--path-labels", inputs.path_labels,
                                             "Labels from paths: '{service_name}/*.{kind}.pb.gz'");
  command
      ->add_option(
          "--root", inputs.root,
          "What paths are relative to; else the directory given, or for files the current one")
      ->needs(pattern);
  command
      ->add_option("--input-format", format,
                   "auto (by the content of each file), pprof or otlp; else auto")
      ->check(OneOf({"auto", "pprof", "otlp"}));
  command->add_option("--resource-labels", resource_labels,
                      "More resource attributes of OTLP that become labels: a.b,c.d");
  command->add_flag("--lenient", lenient,
                    "Take what is sound of invalid files and say what was mended or left out, "
                    "instead of refusing them");
  AddLimitFlag(command, &limits);
}

void ReadingFlags::AddFilesTo(CLI::App* command) {
  command->add_option("FILE", inputs.paths, "Profiles and directories of them; - for stdin")
      ->required()
      ->option_text("(one or more)");
}

// The flags, as the readers want them.
absl::StatusOr<ImportOptions> ReadingFlags::Make(
    const std::vector<std::string>& type_labels) const {
  ImportOptions import;
  if (absl::Status s = SetLimits(limits, &import.pprof.limits); !s.ok()) return s;
  import.otlp.limits = import.pprof.limits;
  import.type_labels = type_labels;
  if (format == "pprof") import.format = ProfileFormat::kPprof;
  if (format == "otlp") import.format = ProfileFormat::kOtlp;
  import.pprof.lenient = import.otlp.take_sound = lenient;
  import.otlp.series_attributes = SeriesAttributes(resource_labels);
  return import;
}

// Each thread reads the next file that nobody has taken, with a reader of its own. On one thread
// that is the order in which files were found, so that the same command makes the same block.
ImportReport ImportAll(const std::vector<InputFile>& files, const ImportOptions& options,
                       const ProfileSink& sink, size_t threads, const std::atomic<bool>* stop) {
  std::atomic<size_t> next{0};
  std::mutex mutex;  // of the two below, and of stderr
  ImportReport report;
  Progress progress("file");
  const auto read = [&](size_t) {
    Importer importer(options, sink);
    for (size_t i; (i = next.fetch_add(1)) < files.size();) {
      if (stop != nullptr && *stop) break;
      importer.Add(files[i]);
      const std::vector<std::string> notes = importer.TakeNotes();
      // A line each time would slow down small files.
      if (notes.empty() && i % 16 != 0) continue;
      std::lock_guard<std::mutex> lock(mutex);
      // The line that is written over is cleared first.
      if (!notes.empty()) progress.Clear();
      for (const std::string& note : notes) Say(note);
      progress.Show(i, files.size());
    }
    std::lock_guard<std::mutex> lock(mutex);
    report.Add(importer.report());
  };
  threads = std::max<size_t>(1, std::min(threads, files.size()));
  ThreadExecutor(threads).Run(threads, read);
  return report;
}

void SayFiles(const ImportReport& import) {
  if (import.kinds_of_names > 0) {
    Say("kind of " + Count(import.kinds_of_names, "profile") + " taken from the file's name");
  }
  if (import.otlp.profiles_joined > 0) {
    Say("OTLP: " + Count(import.otlp.profiles_joined, "profile") +
        " joined others of the same samples");
  }
  if (import.otlp.samples_combined > 0) {
    Say("OTLP: " + Count(import.otlp.samples_combined, "sample") + " combined with equal ones");
  }
  if (import.otlp.mappings_dropped > 0) {
    Say("OTLP: " + Count(import.otlp.mappings_dropped, "mapping") +
        " left out that no profile uses");
  }
  if (import.otlp.temporalities_dropped > 0) {
    Say("OTLP: aggregation temporality of " +
        Count(import.otlp.temporalities_dropped, "sample type") + " left out");
  }
  if (import.otlp.refused > 0) {
    Say("OTLP: " + Count(import.otlp.refused, "part") + " left out as not valid");
  }
  if (import.failed > 0) Say(Count(import.failed, "file") + " did not go in, or not all of it");
}

void AddEncodingFlags(CLI::App* command, BlockOptions* options) {
  command->add_option("--profiles-per-group", options->profiles_per_group,
                      "Profiles of a series stored together; 0: picks");
  command->add_option("--level", options->zstd_level, "Of zstd, 0 to 19; else 1")
      ->check(CLI::Range(0, 19).description(""));
  CLI::Option* smallest =
      command->add_flag("--smallest", options->smallest, "Try slow encodings too");
  command
      ->add_flag_callback(
          "--fast", [options] { options->try_encodings = false; },
          "No trials of encodings: more bytes, sooner")
      ->excludes(smallest);
}

}  // namespace dolerite::cli
