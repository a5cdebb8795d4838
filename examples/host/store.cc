#include "store.h"

#include <chrono>
#include <cstdlib>
#include <functional>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "clock.h"
#include "dolerite/store_conformance.h"
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

absl::Status AbortUploads(ObjectStore* store, int64_t started_before_nanos) {
  auto* const s3 = static_cast<S3Store*>(store);
  return s3->AbortUploads("", started_before_nanos / 1'000'000'000).status();
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
absl::Status AbortUploads(ObjectStore*, int64_t) { return absl::OkStatus(); }
#endif

void RunOnThreads(int n, const std::function<void(int)>& body) {
  std::vector<std::thread> threads;
  threads.reserve(static_cast<size_t>(n));
  for (int i = 0; i < n; ++i) threads.emplace_back([&body, i] { body(i); });
  for (std::thread& thread : threads) thread.join();
}

// An empty store gets its first archives soon: a server that lets racing writers win is refused
// before anything is trusted to it.
absl::Status ProbeIfEmpty(ObjectStore* store) {
  const absl::StatusOr<ListPage> first = store->List("", {.limit = 1});
  if (!first.ok() || !first->objects.empty()) return first.status();
  return ProbeStore(store, {.prefix = absl::StrCat("probe/", absl::Hex(Random()), "/"),
                            .run_parallel = RunOnThreads});
}

}  // namespace

// Requests that a service or a network loses are repeated, for less than a client waits.
absl::StatusOr<OpenedStore> OpenStore(const StoreOptions& options) {
  const bool remote = options.place.starts_with("s3://");
  auto service = remote ? OpenS3(options) : OpenLocalStore(options.place);
  if (!service.ok()) return service.status();
  OpenedStore opened{*std::move(service), nullptr, nullptr};
  if (remote) {
    opened.abort_uploads = [service = opened.service.get()](int64_t started_before_nanos) {
      return AbortUploads(service, started_before_nanos);
    };
  }
  RetryOptions retry;
  retry.wait = [](uint64_t millis) {
    std::this_thread::sleep_for(std::chrono::milliseconds(millis));
    return absl::OkStatus();
  };
  retry.random = [] { return static_cast<double>(Random() >> 11) / 9007199254740992.0; };
  retry.all_waits_millis = 20'000;
  opened.store = MakeRetryStore(opened.service.get(), retry);
  if (absl::Status status = ProbeIfEmpty(opened.store.get()); !status.ok()) return status;
  return opened;
}

}  // namespace dolerite::host
