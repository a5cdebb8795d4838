// Which files go into a block, and under which labels.
#ifndef DOLERITE_EXAMPLES_INPUTS_H_
#define DOLERITE_EXAMPLES_INPUTS_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "dolerite/labels.h"
#include "path_labels.h"

namespace dolerite::cli {

struct InputOptions {
  std::vector<std::string> paths;  // files and directories; -: stdin
  std::string labels;              // k=v,...
  std::optional<std::string> path_labels, root;
};

struct InputFile {
  std::string path;
  LabelSet labels;
};

struct Inputs {
  std::vector<InputFile> files;
  size_t skipped = 0;  // found in a directory, but not of the pattern
};

// Directories are walked, in the order of names; only regular files count. A label of the path
// wins over one of options.labels: it says more about the file. InvalidArgument if a file that was
// named itself does not match the pattern.
absl::StatusOr<Inputs> FindInputs(const InputOptions& options);

// ResourceExhausted for a file of more than `most` bytes, before it is read if its size is known.
absl::StatusOr<std::string> ReadFile(const std::string& path, size_t most);

}  // namespace dolerite::cli

#endif  // DOLERITE_EXAMPLES_INPUTS_H_
