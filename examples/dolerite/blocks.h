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

// An open block: of a file, or of an archive.
class BlockFile {
 public:
  static absl::StatusOr<BlockFile> Open(const std::string& path);

  // Of a file, or of the archive and the key in it.
  const std::string& path() const { return path_; }
  const BlockReader& reader() const { return *reader_; }
  // What is to be seen of it: an archive leaves out what was deleted or lies in another block too.
  const BlockViews& views() const { return views_; }
  uint32_t level() const { return level_; }  // in an archive; 0: a segment
  // The status with the file's path in its message.
  absl::Status Blame(const absl::Status& status) const;

 private:
  friend absl::Status ForEachBlock(const std::vector<std::string>&, const Selection&,
                                   const std::function<absl::Status(const BlockFile&)>&);
  BlockFile(std::string path, std::shared_ptr<const BlockReader> reader)
      : path_(std::move(path)), reader_(std::move(reader)), views_{{{reader_.get(), {}}}, {}} {}

  std::string path_;
  std::shared_ptr<const BlockReader> reader_;
  BlockViews views_;
  uint32_t level_ = 0;
};

// A message of the library with the paths of block files instead of the keys that it has for them.
std::string WithPaths(std::string message);
absl::Status WithPaths(const absl::Status& status);

// Adds the positional BLOCK, of a file or an archive, or BLOCK...
void AddBlockArgument(CLI::App* command, std::string* path);
void AddBlocksArgument(CLI::App* command, std::vector<std::string>* paths);

// Gives all blocks to `add`, with progress; of archives those that may hold what is selected.
absl::Status ForEachBlock(const std::vector<std::string>& paths, const Selection& selection,
                          const std::function<absl::Status(const BlockFile&)>& add);

// The profiles of a block that are selected and to be seen, by their index in it, ascending.
absl::StatusOr<std::vector<size_t>> SelectedProfiles(const BlockFile& block,
                                                     const Selection& selection);

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
