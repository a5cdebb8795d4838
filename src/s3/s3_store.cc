#include "dolerite/s3.h"

#include <curl/curl.h>

#include <utility>

#include "base/out_of_memory.h"
#include "base/status.h"
#include "s3/client.h"
#include "s3/listing.h"
#include "s3/multipart.h"
#include "s3/objects.h"

namespace dolerite {
namespace {

constexpr size_t kMaxKeyBytes = 1024;  // of the protocol
// Of the protocol, but for the last part.
constexpr uint64_t kMinPart = uint64_t{5} << 20, kMaxPart = uint64_t{5} << 30;

// Puts the prefix before keys, and keeps failed allocations inside.
class BucketStore : public S3Store {
 public:
  BucketStore(const S3Options& options, s3::Endpoint endpoint)
      : prefix_(options.prefix),
        part_bytes_(options.part_bytes),
        client_(std::make_unique<s3::Client>(options, std::move(endpoint))) {}

  // Of S3 in the same region.
  // Rough, for planning reads: latency and bandwidth of one connection.
  StoreTraits traits() const override {
    return {.first_byte_micros = 30'000,
            .bytes_per_second = uint64_t{80} << 20,
            .streamed_uploads = true};
  }

  absl::StatusOr<uint64_t> AbortUploads(std::string_view prefix, int64_t started_before,
                                        const CallOptions& options) override {
    return WithinMemory([&]() -> absl::StatusOr<uint64_t> {
      return s3::AbortOldUploads(client_.get(), Concat(prefix_, prefix), started_before,
                                 options.context);
    });
  }

 protected:
  absl::StatusOr<ReadResult> DoRead(std::string_view key, const ByteRange& range,
                                    const CallOptions& options) const override {
    return WithKey(key, [&](std::string_view whole) {
      return s3::ReadObject(client_.get(), whole, range, options);
    });
  }

  absl::StatusOr<std::string> DoPut(std::string_view key, std::string_view bytes,
                                    const PutOptions& put, const CallOptions& options) override {
    return WithKey(key, [&](std::string_view whole) {
      return s3::PutObject(client_.get(), whole, bytes, put, options.context);
    });
  }

  absl::StatusOr<std::unique_ptr<Upload>> DoStartUpload(std::string_view key,
                                                        const CallOptions&) override {
    return WithKey(key, [&](std::string_view whole) -> absl::StatusOr<std::unique_ptr<Upload>> {
      return s3::MakeMultipartUpload(client_.get(), std::string(whole), part_bytes_);
    });
  }

  absl::StatusOr<ObjectInfo> DoHead(std::string_view key,
                                    const CallOptions& options) const override {
    return WithKey(key, [&](std::string_view whole) -> absl::StatusOr<ObjectInfo> {
      DOLERITE_ASSIGN_OR_RETURN(ObjectInfo info,
                                s3::HeadObject(client_.get(), whole, options.context));
      info.key = key;
      return info;
    });
  }

  absl::StatusOr<ListPage> DoList(std::string_view prefix, const ListOptions& list,
                                  const CallOptions& options) const override {
    return WithinMemory([&]() -> absl::StatusOr<ListPage> {
      return s3::ListObjects(client_.get(), prefix_, prefix, list, options.context);
    });
  }

  absl::Status DoDelete(std::string_view key, const CallOptions& options) override {
    return WithKey(key, [&](std::string_view whole) {
      return s3::DeleteObject(client_.get(), whole, options.context);
    });
  }

 private:
  // What call(the key in the bucket) returns.
  // The one place where the prefix is added, and where memory that is refused becomes a status.
  template <class Call>
  auto WithKey(std::string_view key, const Call& call) const -> decltype(call(key)) {
    return WithinMemory([&]() -> decltype(call(key)) {
      const std::string whole = Concat(prefix_, key);
      if (whole.size() > kMaxKeyBytes) {
        return InvalidArgument("key and prefix have ", whole.size(), " bytes of the ", kMaxKeyBytes,
                               " that S3 takes");
      }
      return call(whole);
    });
  }

  const std::string prefix_;
  const uint64_t part_bytes_;
  const std::unique_ptr<s3::Client> client_;
};

// libcurl counts its users, and may be initialised by many threads at once if it says so.
// Once for the process. It is never undone: others may use it too.
absl::Status InitialiseCurl() {
  const curl_version_info_data* version = curl_version_info(CURLVERSION_NOW);
  if ((version->features & CURL_VERSION_THREADSAFE) == 0) {
    return FailedPrecondition("libcurl ", version->version,
                              " can't be initialised beside other threads: take one that can");
  }
  static const CURLcode code = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (code == CURLE_OK) return absl::OkStatus();
  return Internal("libcurl does not start: ", curl_easy_strerror(code));
}

}  // namespace

absl::StatusOr<std::unique_ptr<S3Store>> MakeS3Store(const S3Options& options) {
  return WithinMemory([&]() -> absl::StatusOr<std::unique_ptr<S3Store>> {
    // No default clock and no environment: the host decides.
    if (!options.credentials || !options.unix_seconds) {
      return InvalidArgument("S3Options: credentials and unix_seconds must be set");
    }
    if (options.part_bytes < kMinPart || options.part_bytes > kMaxPart) {
      return InvalidArgument("S3Options: part_bytes must be from ", kMinPart, " to ", kMaxPart);
    }
    DOLERITE_ASSIGN_OR_RETURN(s3::Endpoint endpoint, s3::MakeEndpoint(options));
    DOLERITE_RETURN_IF_ERROR(InitialiseCurl());
    return std::make_unique<BucketStore>(options, std::move(endpoint));
  });
}

}  // namespace dolerite
