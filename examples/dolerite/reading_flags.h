// Reading profile files, for commands that store them.
#ifndef DOLERITE_EXAMPLES_READING_FLAGS_H_
#define DOLERITE_EXAMPLES_READING_FLAGS_H_

#include <CLI/CLI.hpp>
#include <atomic>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "dolerite/block_builder.h"
#include "import.h"
#include "inputs.h"

namespace dolerite::cli {

// Which files, and how they are read.
struct ReadingFlags {
  InputOptions inputs;
  std::string format = "auto", resource_labels;
  std::vector<std::string> limits;
  bool lenient = false;

  void AddTo(CLI::App* command);
  void AddFilesTo(CLI::App* command);  // the positional FILE...
  absl::StatusOr<ImportOptions> Make(const std::vector<std::string>& type_labels) const;
};

// How what was read is stored: --profiles-per-group, --level, --smallest, --fast.
void AddEncodingFlags(CLI::App* command, BlockOptions* options);

// On several threads files come in any order, and `sink` is called by all of them at once. `stop`,
// if given, is asked before each file: once it is set, no more files are read.
ImportReport ImportAll(const std::vector<InputFile>& files, const ImportOptions& options,
                       const ProfileSink& sink, size_t threads = 1,
                       const std::atomic<bool>* stop = nullptr);

// What became of the files, stored or not.
void SayFiles(const ImportReport& import);

}  // namespace dolerite::cli

#endif  // DOLERITE_EXAMPLES_READING_FLAGS_H_
