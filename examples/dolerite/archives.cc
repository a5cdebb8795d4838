#include "archives.h"

#include <chrono>
#include <filesystem>
#include <random>

namespace dolerite::cli {
namespace {

constexpr std::string_view kFile = "file://";

std::string DirectoryOf(const std::string& path) {
  return path.starts_with(kFile) ? path.substr(kFile.size()) : path;
}

ArchiveHost HostOf(Executor* executor) {
  ArchiveHost host;
  auto device = std::make_shared<std::random_device>();
  host.random = [device] { return uint64_t{(*device)()} << 32 | (*device)(); };
  host.now_nanos = WallNanos;
  host.executor = executor;
  return host;
}

}  // namespace

int64_t WallNanos() {
  return std::chrono::system_clock::now().time_since_epoch() / std::chrono::nanoseconds(1);
}

bool IsArchive(const std::string& path) {
  std::error_code error;
  return path.starts_with(kFile) ||
         std::filesystem::is_regular_file(std::filesystem::path(path) / "archive", error);
}

std::vector<std::string> FilesOf(const std::vector<std::string>& paths) {
  std::vector<std::string> files;
  for (const std::string& path : paths) {
    if (!IsArchive(path)) files.push_back(path);
  }
  return files;
}

// Snapshots look into the archive's store, so archives that are asked stay open to the end of the
// tool.
absl::StatusOr<Snapshot> SnapshotOf(const std::string& path, size_t threads) {
  static std::vector<std::unique_ptr<ArchiveFile>>& open =
      *new std::vector<std::unique_ptr<ArchiveFile>>();
  absl::StatusOr<ArchiveFile> file = ArchiveFile::Open(path, ArchiveFile::For::kReading, threads);
  if (!file.ok()) return file.status();
  open.push_back(std::make_unique<ArchiveFile>(*std::move(file)));
  absl::StatusOr<Snapshot> snapshot = open.back()->archive().TakeSnapshot();
  if (!snapshot.ok()) return In(path, snapshot.status());
  return snapshot;
}

absl::StatusOr<ArchiveFile> ArchiveFile::Open(const std::string& path, For use, size_t threads,
                                              const ArchiveOptions& options) {
  const std::string directory = DirectoryOf(path);
  std::error_code error;
  // Opening a store makes its directory, which only an import is meant to do.
  if (use != For::kImport && !std::filesystem::is_directory(directory, error)) {
    return absl::NotFoundError(path +
                               ": there is no such directory; dolerite import makes archives");
  }
  ArchiveFile file;
  file.path_ = path;
  absl::StatusOr<std::unique_ptr<ObjectStore>> store = OpenLocalStore(directory);
  if (!store.ok()) return In(path, store.status());
  file.store_ = *std::move(store);
  if (threads > 1) file.threads_ = std::make_unique<ThreadExecutor>(threads);
  const ArchiveHost host = HostOf(file.threads_.get());
  if (use == For::kImport) {
    const absl::Status made = Archive::Create(file.store_.get(), host, options);
    if (!made.ok() && !absl::IsAlreadyExists(made)) return In(path, made);
  }
  auto archive = use == For::kReading ? Archive::OpenForReading(file.store_.get(), host)
                                      : Archive::Open(file.store_.get(), host);
  if (!archive.ok()) return In(path, archive.status());
  file.archive_ = std::make_unique<Archive>(*std::move(archive));
  return file;
}

void AddArchiveArgument(CLI::App* command, std::string* path) {
  command->add_option("ARCHIVE", *path, "Directory of the archive, or file://PATH")
      ->required()
      ->option_text("(one)");
}

}  // namespace dolerite::cli
