#include "blocks.h"

#include <filesystem>
#include <fstream>

#include "dolerite/formats.h"
#include "places.h"

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

// One store has all files that were opened, so that each has a key of its own, whatever its name.
struct OpenFiles {
  std::unique_ptr<ReadOnlyFiles> store = MakeReadOnlyFiles();
  std::vector<std::pair<std::string, std::string>> names;  // key and path

  static OpenFiles& All() {
    static OpenFiles& all = *new OpenFiles();
    return all;
  }
};

}  // namespace

absl::StatusOr<BlockFile> BlockFile::Open(const std::string& path) {
  std::error_code error;
  // The system would open it, and fail only at reading.
  if (std::filesystem::is_directory(path, error)) return IsADirectory(path);
  OpenFiles& files = OpenFiles::All();
  absl::StatusOr<std::string> key = files.store->Add(path);
  if (!key.ok()) return In(path, key.status());
  files.names.emplace_back(*key, path);
  absl::StatusOr<BlockReader> reader = BlockReader::Open(files.store.get(), *key);
  if (reader.ok()) return BlockFile(path, *std::move(reader));
  const absl::Status status = In(path, WithPaths(reader.status()));
  // Only bytes that are no block at all are looked at again: a block with damage further in opens.
  return absl::IsDataLoss(status) ? NotABlock(path, status) : status;
}

absl::Status BlockFile::Blame(const absl::Status& status) const {
  return status.ok() ? status : In(path_, WithPaths(status));
}

// A key is a number, a slash and the file's name. The character before it shows where a number or a
// path goes on that only ends like a key.
std::string WithPaths(std::string message) {
  for (const auto& [key, path] : OpenFiles::All().names) {
    for (size_t at = 0; (at = message.find(key, at)) != std::string::npos;) {
      const bool begins = at == 0 || message[at - 1] == ' ' || message[at - 1] == '"';
      if (begins) message.replace(at, key.size(), path);
      at += begins ? path.size() : 1;
    }
  }
  return message;
}

absl::Status WithPaths(const absl::Status& status) {
  return status.ok() ? status : absl::Status(status.code(), WithPaths(MessageOf(status)));
}

void AddBlocksArgument(CLI::App* command, std::vector<std::string>* paths) {
  command->add_option("BLOCK", *paths, "Block files; archives: directory, file:// or s3://")
      ->required()
      ->option_text("(one or more)");
  AddS3Flags(command);
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
