#include "blocks.h"

#include <algorithm>
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
        ": is an archive, and this command takes one block file; dolerite ls lists the blocks");
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
  if (reader.ok()) {
    return BlockFile(path, std::make_shared<const BlockReader>(*std::move(reader)));
  }
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

void AddBlockArgument(CLI::App* command, std::string* path) {
  command->add_option("BLOCK", *path, "Block file, or archive: directory, file:// or s3://")
      ->required()
      ->option_text("(one)");
  AddS3Flags(command);
}

void AddBlocksArgument(CLI::App* command, std::vector<std::string>* paths) {
  command->add_option("BLOCK", *paths, "Block files; archives: directory, file:// or s3://")
      ->required()
      ->option_text("(one or more)");
  AddS3Flags(command);
}

// Stops at the first block that fails. One block file is open at a time, however many are named.
absl::Status ForEachBlock(const std::vector<std::string>& paths, const Selection& selection,
                          const std::function<absl::Status(const BlockFile&)>& add) {
  Progress progress("block");
  const auto add_one = [&](const BlockFile& file) { return file.Blame(add(file)); };
  for (size_t i = 0; i < paths.size(); ++i) {
    progress.Show(i + 1, paths.size());
    if (!IsArchive(paths[i])) {
      absl::StatusOr<BlockFile> file = BlockFile::Open(paths[i]);
      absl::Status status = file.ok() ? add_one(*file) : file.status();
      if (!status.ok()) return status;
      continue;
    }
    absl::StatusOr<Snapshot> snapshot = SnapshotOf(paths[i], 1);
    if (!snapshot.ok()) return snapshot.status();
    absl::StatusOr<SnapshotBlocks> blocks = snapshot->Open({&selection});
    if (!blocks.ok()) return In(paths[i], blocks.status());
    for (size_t b = 0; b < blocks->readers.size(); ++b) {
      progress.Show(b + 1, blocks->readers.size());
      const SnapshotObject& object = blocks->objects[b];
      BlockFile file(paths[i] + (paths[i].back() == '/' ? "" : "/") + object.key,
                     blocks->readers[b]);
      file.views_ = {{blocks->views.blocks[b]}, blocks->views.snapshot};
      file.level_ = object.level;
      if (absl::Status status = add_one(file); !status.ok()) return status;
    }
  }
  return absl::OkStatus();
}

// The library decides, as for any question. If samples are selected, a profile needs one of them.
absl::StatusOr<std::vector<size_t>> SelectedProfiles(const BlockFile& block,
                                                     const Selection& selection) {
  ListQuery query({selection});
  if (absl::Status status = query.Add(block.views()); !status.ok()) return status;
  absl::StatusOr<std::vector<ListedProfile>> listed = std::move(query).Finish();
  if (!listed.ok()) return listed.status();
  std::vector<size_t> indices;
  for (const ListedProfile& profile : *listed) indices.push_back(profile.index);
  std::sort(indices.begin(), indices.end());
  return indices;
}

}  // namespace dolerite::cli
