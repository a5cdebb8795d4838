#include "archives.h"

#include <chrono>
#include <random>

#include "cli.h"

namespace dolerite::cli {
namespace {

ArchiveHost HostOf(Executor* executor) {
  ArchiveHost host;
  auto device = std::make_shared<std::random_device>();
  host.random = [device] { return uint64_t{(*device)()} << 32 | (*device)(); };
  host.now_nanos = WallNanos;
  host.executor = executor;
  return host;
}

}  // namespace

// The host's clock: the library has none.
int64_t WallNanos() {
  return std::chrono::system_clock::now().time_since_epoch() / std::chrono::nanoseconds(1);
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

// In the order in which parts need each other: the store, threads, and the archive last.
absl::StatusOr<ArchiveFile> ArchiveFile::Open(const std::string& path, For use, size_t threads,
                                              const ArchiveOptions& options) {
  ArchiveFile file;
  file.path_ = path;
  absl::StatusOr<Place> place = OpenPlace(path, use == For::kImport);
  if (!place.ok()) return place.status();
  file.place_ = *std::move(place);
  ObjectStore* const store = file.place_.store.get();
  threads = ThreadsFor(path, threads);
  if (threads > 1) file.threads_ = std::make_unique<ThreadExecutor>(threads);
  const ArchiveHost& host = file.host_ = HostOf(file.threads_.get());
  auto archive =
      use == For::kReading ? Archive::OpenForReading(store, host) : Archive::Open(store, host);
  // Made only if it is missing: to try costs a request. Another one may make it meanwhile.
  if (use == For::kImport && absl::IsNotFound(archive.status())) {
    const absl::Status made = Archive::Create(store, host, options);
    if (!made.ok() && !absl::IsAlreadyExists(made)) return In(path, made);
    archive = Archive::Open(store, host);
  }
  if (absl::IsNotFound(archive.status())) {
    return absl::NotFoundError(path + ": there is no archive here; dolerite import makes archives");
  }
  if (!archive.ok()) return In(path, archive.status());
  file.archive_ = std::make_unique<Archive>(*std::move(archive));
  return file;
}

absl::Status ArchiveFile::RepairHeader(const std::string& path,
                                       const std::optional<std::string>& dataset_label) {
  absl::StatusOr<Place> place = OpenPlace(path, false);
  if (!place.ok()) return place.status();
  const absl::StatusOr<bool> made =
      Archive::RepairHeader(place->store.get(), HostOf(nullptr), dataset_label);
  if (!made.ok()) return In(path, made.status());
  if (*made) Say(path + ": its header was lost or damaged, and is made anew");
  return absl::OkStatus();
}

void AddArchiveArgument(CLI::App* command, std::string* path) {
  command->add_option("ARCHIVE", *path, "A directory, file://PATH or s3://BUCKET/PREFIX")
      ->required()
      ->option_text("(one)");
  AddS3Flags(command);
}

}  // namespace dolerite::cli
