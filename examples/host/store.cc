#include "store.h"

#include <chrono>
#include <cstdlib>
#include <thread>
#include <utility>

#include "clock.h"
#include "dolerite/stores.h"
#ifdef DOLERITE_HOST_HAS_S3
#include "dolerite/s3.h"
#endif

namespace dolerite::host {
namespace {

#ifdef DOLERITE_HOST_HAS_S3
// Of the environment. examples/dolerite/aws_credentials.h finds those of files and machines too.
absl::StatusOr<S3Credentials> Credentials() {
  const char* key = std::getenv("AWS_ACCESS_KEY_ID");
  const char* secret = std::getenv("AWS_SECRET_ACCESS_KEY");
  const char* token = std::getenv("AWS_SESSION_TOKEN");
  if (key == nullptr || secret == nullptr) {
    return absl::UnauthenticatedError("AWS_ACCESS_KEY_ID or AWS_SECRET_ACCESS_KEY is not set");
  }
  return S3Credentials{key, secret, token == nullptr ? "" : token};
}

absl::StatusOr<std::unique_ptr<ObjectStore>> OpenS3(const StoreOptions& options) {
  // Else each request would fail, long after the start.
  if (const auto credentials = Credentials(); !credentials.ok()) return credentials.status();
  S3Options s3{.endpoint = options.s3_endpoint, .region = options.s3_region};
  const std::string rest = options.place.substr(5);
  const size_t slash = std::min(rest.find('/'), rest.size());
  s3.bucket = rest.substr(0, slash);
  s3.prefix = rest.substr(std::min(slash + 1, rest.size()));
  if (!s3.prefix.empty() && s3.prefix.back() != '/') s3.prefix += '/';
  s3.path_style = options.s3_path_style;
  s3.unix_seconds = [] { return NowNanos() / 1'000'000'000; };
  s3.credentials = Credentials;
  return MakeS3Store(s3);
}
#else
absl::StatusOr<std::unique_ptr<ObjectStore>> OpenS3(const StoreOptions&) {
  return absl::UnimplementedError("this host was built without S3: libcurl is missing");
}
#endif

}  // namespace

// Requests that a service or a network loses are repeated, for less than a client waits.
absl::StatusOr<OpenedStore> OpenStore(const StoreOptions& options) {
  const bool remote = options.place.starts_with("s3://");
  auto service = remote ? OpenS3(options) : OpenLocalStore(options.place);
  if (!service.ok()) return service.status();
  OpenedStore opened{*std::move(service), nullptr};
  RetryOptions retry;
  retry.wait = [](uint64_t millis) {
    std::this_thread::sleep_for(std::chrono::milliseconds(millis));
    return absl::OkStatus();
  };
  retry.random = [] { return static_cast<double>(Random() >> 11) / 9007199254740992.0; };
  retry.all_waits_millis = 20'000;
  opened.store = MakeRetryStore(opened.service.get(), retry);
  return opened;
}

}  // namespace dolerite::host
