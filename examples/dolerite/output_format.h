// The flags --format and --output, which are one for all commands that write files.
#ifndef DOLERITE_EXAMPLES_OUTPUT_FORMAT_H_
#define DOLERITE_EXAMPLES_OUTPUT_FORMAT_H_

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "absl/status/status.h"

namespace dolerite::cli {

// More rectangles than a page can show well.
inline constexpr size_t kNodesOfPage = 8192;

// Which file a command writes, and in which format: the one of --format, else the one that the
// file's name ends in (.html, .json, .folded, .pb.gz, .svg ..), else the command's first.
class OutputFlags {
 public:
  // Adds the flags. `formats`: those that the command can write, the one of stdout first.
  void AddTo(CLI::App* command, std::vector<std::string> formats);

  // Before the work: settles the format, and says it where name and --format clash.
  // InvalidArgument if the name asks for a format that the command can't write, if binary data
  // would go to a terminal, or if the file is a directory or one of `inputs`; NotFound if its
  // directory is not there.
  absl::Status Settle(const std::vector<std::string>& inputs);
  // For a command that names its files itself: InvalidArgument if --output was given.
  absl::Status SettleForNames();

  const std::string& format() const { return format_; }  // once settled
  const std::string& path() const { return path_; }
  bool Is(const char* format) const { return format_ == format; }

 private:
  std::vector<std::string> formats_;
  std::string format_, path_ = "-";
};

// The format that a file's name asks for; "" for a name without a known ending.
std::string FormatOfName(const std::string& path);

}  // namespace dolerite::cli

#endif  // DOLERITE_EXAMPLES_OUTPUT_FORMAT_H_
