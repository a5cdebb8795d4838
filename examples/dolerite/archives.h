// Open archives, for commands that ask or change them.
#ifndef DOLERITE_EXAMPLES_ARCHIVES_H_
#define DOLERITE_EXAMPLES_ARCHIVES_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "dolerite/archive.h"
#include "places.h"
#include "query_flags.h"

namespace dolerite::cli {

// An open archive and all that it needs.
class ArchiveFile {
 public:
  enum class For { kReading, kWriting, kImport };  // an import makes it if it is missing

  static absl::StatusOr<ArchiveFile> Open(const std::string& path, For use, size_t threads = 1,
                                          const ArchiveOptions& options = {});

  // Makes the header of an archive that has lost it; says so.
  static absl::Status RepairHeader(const std::string& path,
                                   const std::optional<std::string>& dataset_label);

  Archive& archive() { return *archive_; }
  ObjectStore& store() { return *place_.store; }
  const Place& place() const { return place_; }
  const ArchiveHost& host() const { return host_; }  // for another archive of the same store
  const std::string& path() const { return path_; }

 private:
  std::string path_;
  Place place_;
  std::unique_ptr<ThreadExecutor> threads_;
  ArchiveHost host_;
  std::unique_ptr<Archive> archive_;  // goes before what it uses
};

// Adds the positional ARCHIVE, and flags for those in S3.
void AddArchiveArgument(CLI::App* command, std::string* path);

// Nanoseconds since the epoch, by the system's clock.
int64_t WallNanos();

}  // namespace dolerite::cli

#endif  // DOLERITE_EXAMPLES_ARCHIVES_H_
