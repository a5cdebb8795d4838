#include "places.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <random>
#include <thread>

#include "cli.h"
#include "dolerite/stores.h"

namespace dolerite::cli {
namespace {

constexpr std::string_view kFile = "file://";
constexpr std::string_view kS3 = "s3://";
// Requests to a remote place that wait at once, so that many small blocks take few round trips.
constexpr size_t kRemoteThreads = 16;

// Flags of the command line, which all places share.
S3Place& Settings() {
  static S3Place& settings = *new S3Place();
  return settings;
}

// s3://BUCKET/PREFIX; keys of the archive follow the prefix and a slash.
absl::StatusOr<S3Place> ParseS3(const std::string& path) {
  S3Place place = Settings();
  const std::string rest = path.substr(kS3.size());
  const size_t slash = std::min(rest.find('/'), rest.size());
  place.bucket = rest.substr(0, slash);
  place.prefix = rest.substr(std::min(slash + 1, rest.size()));
  if (place.bucket.empty()) {
    return absl::InvalidArgumentError(path + ": expected s3://BUCKET/PREFIX, found no bucket");
  }
  if (!place.prefix.empty() && place.prefix.back() != '/') place.prefix += '/';
  return place;
}

// A server that is busy, or a connection that breaks, is tried again.
std::unique_ptr<ObjectStore> Repeating(ObjectStore* service) {
  RetryOptions options;
  options.wait = [](uint64_t millis) {
    std::this_thread::sleep_for(std::chrono::milliseconds(millis));
    return absl::OkStatus();
  };
  options.random = [] {
    thread_local std::minstd_rand random{std::random_device{}()};
    return std::uniform_real_distribution<double>(0, 1)(random);
  };
  // A command line waits for half a minute, not for three.
  options.attempts = 6;
  options.all_waits_millis = 30'000;
  return MakeRetryStore(service, options);
}

absl::StatusOr<Place> OpenDirectory(const std::string& path, bool make) {
  const std::string directory = path.starts_with(kFile) ? path.substr(kFile.size()) : path;
  std::error_code error;
  // Opening a store makes its directory, which only an import is meant to do.
  if (!make && !std::filesystem::is_directory(directory, error)) {
    return absl::NotFoundError(path +
                               ": there is no such directory; dolerite import makes archives");
  }
  absl::StatusOr<std::unique_ptr<ObjectStore>> store = OpenLocalStore(directory);
  if (!store.ok()) return In(path, store.status());
  return Place{nullptr, *std::move(store)};
}

}  // namespace

bool IsRemote(const std::string& path) { return path.starts_with(kS3); }

// A directory is known by the header, and by the manifests of an archive that has lost it.
bool IsArchive(const std::string& path) {
  std::error_code error;
  const std::filesystem::path directory = path;
  return IsRemote(path) || path.starts_with(kFile) ||
         std::filesystem::is_regular_file(directory / "archive", error) ||
         std::filesystem::is_directory(directory / "manifest", error);
}

std::vector<std::string> FilesOf(const std::vector<std::string>& paths) {
  std::vector<std::string> files;
  for (const std::string& path : paths) {
    if (!IsArchive(path)) files.push_back(path);
  }
  return files;
}

size_t ThreadsFor(const std::string& path, size_t threads) {
  return IsRemote(path) ? std::max(threads, kRemoteThreads) : threads;
}

absl::StatusOr<Place> OpenPlace(const std::string& path, bool make) {
  if (!IsRemote(path)) return OpenDirectory(path, make);
  absl::StatusOr<S3Place> place = ParseS3(path);
  if (!place.ok()) return place.status();
  absl::StatusOr<std::unique_ptr<ObjectStore>> service = OpenS3(*place);
  if (!service.ok()) return In(path, service.status());
  Place out{*std::move(service), nullptr};
  out.store = Repeating(out.service.get());
  return out;
}

absl::StatusOr<uint64_t> AbortUploads(const Place& place, int64_t started_before_nanos) {
  if (place.service == nullptr) return 0;
  return AbortS3Uploads(place.service.get(), started_before_nanos / 1'000'000'000);
}

// Each command that takes places has them, so that its help says how S3 is reached.
void AddS3Flags(CLI::App* command) {
  S3Place& settings = Settings();
  command->add_option("--s3-endpoint", settings.endpoint, "Server of s3:// places; else AWS")
      ->option_text("URL");
  command->add_option("--s3-region", settings.region, "Of the bucket; else AWS_REGION, us-east-1")
      ->option_text("NAME");
  command->add_flag("--s3-path-style", settings.path_style,
                    "The bucket in the path of URLs, as most servers but AWS want it");
}

}  // namespace dolerite::cli
