// The flag --limit of `build`.
#ifndef DOLERITE_EXAMPLES_LIMIT_FLAGS_H_
#define DOLERITE_EXAMPLES_LIMIT_FLAGS_H_

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "dolerite/limits.h"

namespace dolerite::cli {

// `--limit NAME=VALUE`, any number of them.
void AddLimitFlag(CLI::App* command, std::vector<std::string>* limits);

// Sets each limit that is named. InvalidArgument, with the names that there are, for another one,
// and for a value that is not a size (20000, 64MiB).
absl::Status SetLimits(const std::vector<std::string>& texts, ReadLimits* limits);

}  // namespace dolerite::cli

#endif  // DOLERITE_EXAMPLES_LIMIT_FLAGS_H_
