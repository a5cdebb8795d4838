// Where archives lie: a directory, file://PATH, or s3://BUCKET/PREFIX.
#ifndef DOLERITE_EXAMPLES_PLACES_H_
#define DOLERITE_EXAMPLES_PLACES_H_

#include <CLI/CLI.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "dolerite/object_store.h"

namespace dolerite::cli {

// Whether a path names an archive: a place with a scheme, or a directory that holds one.
bool IsArchive(const std::string& path);
// Whether it lies behind a network, where each request takes long.
bool IsRemote(const std::string& path);
// The paths that are not archives.
std::vector<std::string> FilesOf(const std::vector<std::string>& paths);
// Threads for requests to the place: more than were asked for if it is remote.
size_t ThreadsFor(const std::string& path, size_t threads);

// The store of an archive's place, and the one that it wraps.
struct Place {
  std::unique_ptr<ObjectStore>
      service;  // what repeats its requests is `store`; null if nothing does
  std::unique_ptr<ObjectStore> store;
};

// NotFound if the directory is not there, unless it is to be made.
absl::StatusOr<Place> OpenPlace(const std::string& path, bool make);

// --s3-endpoint, --s3-region, --s3-path-style. They hold for all places of the process.
void AddS3Flags(CLI::App* command);

// A bucket, and how it is reached.
struct S3Place {
  std::string endpoint, region, bucket, prefix;
  bool path_style = false;
};

// Frees what uploads hold that were started before this time, below the archive, and were never
// finished, as by a process that was killed. Their number. A directory holds none.
absl::StatusOr<uint64_t> AbortUploads(const Place& place, int64_t started_before_nanos);

// Each program defines these three. The one that starts fast has no S3 (libcurl comes with forty
// shared libraries): for a place in S3 it becomes its neighbour, which has it.
absl::StatusOr<std::unique_ptr<ObjectStore>> OpenS3(const S3Place& place);
// Of what OpenS3 has made.
absl::StatusOr<uint64_t> AbortS3Uploads(ObjectStore* service, int64_t started_before_seconds);
// The exit code if the neighbour is needed and can't be started.
std::optional<int> HandOverToS3(int argc, char** argv);

}  // namespace dolerite::cli

#endif  // DOLERITE_EXAMPLES_PLACES_H_
