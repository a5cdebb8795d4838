// Block files, and the flags that say which of their samples are meant.
#ifndef DOLERITE_EXAMPLES_BLOCKS_H_
#define DOLERITE_EXAMPLES_BLOCKS_H_

#include <CLI/CLI.hpp>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "cli.h"
#include "dolerite/block_reader.h"
#include "dolerite/query.h"
#include "dolerite/selection.h"
#include "dolerite/stores.h"

namespace dolerite::cli {

// A block file that is open.
class BlockFile {
 public:
  static absl::StatusOr<BlockFile> Open(const std::string& path);

  const std::string& path() const { return path_; }
  const BlockReader& reader() const { return *reader_; }
  // The status with the file's path in its message.
  absl::Status Blame(const absl::Status& status) const;

 private:
  BlockFile(std::string path, BlockReader reader)
      : path_(std::move(path)), reader_(std::make_unique<BlockReader>(std::move(reader))) {}

  std::string path_;
  std::unique_ptr<BlockReader> reader_;  // stays where it is when a BlockFile is moved
};

// A message of the library with the paths of block files instead of the keys that it has for them.
std::string WithPaths(std::string message);
absl::Status WithPaths(const absl::Status& status);

// Adds the positional BLOCK...
void AddBlocksArgument(CLI::App* command, std::vector<std::string>* paths);

// Gives all blocks to `add`, with progress.
absl::Status ForEachBlock(const std::vector<std::string>& paths,
                          const std::function<absl::Status(const BlockFile&)>& add);

struct SelectionFlags {
  // Of profiles.
  std::string where, from, to, profile_type, sample_type;
  std::vector<std::string> profile_ids;
  // Of samples.
  std::string where_sample, sample_from, sample_to;
  std::vector<std::string> trace_ids, span_ids, addresses;
  Selection samples;  // tag and stack filters, as they are

  void AddTo(CLI::App* command);
  absl::StatusOr<Selection> Make() const;

 private:
  void AddStackFlags(CLI::App* command);
};

// What was selected, for the titles of pages.
std::string SubtitleOf(const SelectionFlags& flags);

// The flag --by.
CLI::Option* AddByFlag(CLI::App* command, FrameBy* by);

// Nanoseconds since the epoch from RFC 3339, from a date (its 00:00 UTC) or from a whole number: of
// seconds, or of nanoseconds if that many seconds would leave 64 bits of nanoseconds.
absl::StatusOr<int64_t> ParseTime(const std::string& text);

// Nanoseconds of `15s`, `10ms`, `1h30m`.
absl::StatusOr<int64_t> ParseDuration(const std::string& text);

}  // namespace dolerite::cli

#endif  // DOLERITE_EXAMPLES_BLOCKS_H_
