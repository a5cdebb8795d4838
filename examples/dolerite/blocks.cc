#include "blocks.h"

#include <filesystem>
#include <fstream>

#include "dolerite/formats.h"
#include "query_flags.h"

namespace dolerite::cli {
namespace {

// Enough of a file to see whether it is a profile; the rest of it, which may be large, is not read.
constexpr size_t kLookedAt = size_t{64} << 10;

// The usual cause is a shell that did not expand a pattern.
absl::Status IsADirectory(const std::string& path) {
  if (IsArchive(path)) {
    return absl::FailedPreconditionError(
        path +
        ": is an archive, which top, flame, diff, callers, callees, series, heatmap, labels, "
        "pgo and stats can ask; this command takes block files");
  }
  return absl::FailedPreconditionError(path + ": is a directory; name the blocks in it, as in " +
                                       (std::filesystem::path(path) / "*.block").string());
}

// The status for a file that is not a block. If it is a profile, it says what to do first.
absl::Status NotABlock(const std::string& path, const absl::Status& status) {
  std::ifstream file(path, std::ios::binary);
  std::string begin(kLookedAt, '\0');
  file.read(begin.data(), static_cast<std::streamsize>(begin.size()));
  begin.resize(static_cast<size_t>(file.gcount()));
  const bool zipped = begin.starts_with("\x1f\x8b");  // its beginning alone can't be unpacked
  if (!zipped && DetectProfileFormat(begin) == ProfileFormat::kUnknown) return status;
  return absl::InvalidArgumentError(path + ": is not a block but looks like a profile; make a " +
                                    "block of it first: dolerite build -o NAME.block " + path);
}

}  // namespace

// The store is held by pointer, so that the reader inside stays valid when a BlockFile is moved.
BlockFile::BlockFile(std::string path, std::string key, std::unique_ptr<ReadOnlyFiles> store)
    : path_(std::move(path)), key_(std::move(key)), store_(std::move(store)) {}

absl::StatusOr<BlockFile> BlockFile::Open(const std::string& path) {
  std::error_code error;
  // The system would open it, and fail only at reading.
  if (std::filesystem::is_directory(path, error)) return IsADirectory(path);
  auto store = MakeReadOnlyFiles();
  absl::StatusOr<std::string> key = store->Add(path);
  if (!key.ok()) return In(path, key.status());
  BlockFile file(path, *key, std::move(store));
  absl::StatusOr<BlockReader> reader = BlockReader::Open(file.store_.get(), *key);
  // Only bytes that are no block at all are looked at again: a block with damage further in opens.
  if (absl::IsDataLoss(reader.status())) return NotABlock(path, file.Blame(reader.status()));
  if (!reader.ok()) return file.Blame(reader.status());
  file.reader_ = std::make_unique<BlockReader>(*std::move(reader));
  return file;
}

// By the key, a number and the name of the file. Every file has a store of its own, so files of one
// name in different folders have the same key.
bool BlockFile::IsIn(const absl::Status& status) const {
  return MessageOf(status).find(key_) != std::string::npos;
}

// The library names the block by its key, which means nothing to the user.
absl::Status BlockFile::Blame(const absl::Status& status) const {
  if (status.ok()) return status;
  // Each mention, in messages that name several places too.
  std::string message = MessageOf(status);
  for (size_t at = 0; (at = message.find(key_, at)) != std::string::npos; at += path_.size()) {
    message.replace(at, key_.size(), path_);
  }
  return In(path_, absl::Status(status.code(), message));
}

void AddBlocksArgument(CLI::App* command, std::vector<std::string>* paths) {
  command->add_option("BLOCK", *paths, "Block files")->required()->option_text("(one or more)");
}

// Stops at the first block that fails. One block is open at a time, however many are named.
absl::Status ForEachBlock(const std::vector<std::string>& paths,
                          const std::function<absl::Status(const BlockFile&)>& add) {
  Progress progress("block");
  for (size_t i = 0; i < paths.size(); ++i) {
    progress.Show(i + 1, paths.size());
    absl::StatusOr<BlockFile> file = BlockFile::Open(paths[i]);
    if (!file.ok()) return file.status();
    if (absl::Status status = add(*file); !status.ok()) return file->Blame(status);
  }
  return absl::OkStatus();
}

}  // namespace dolerite::cli
