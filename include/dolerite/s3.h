// Objects in a bucket of S3, or of a server that speaks its protocol. A library of its own,
// dolerite::s3, which needs libcurl and OpenSSL.
#ifndef DOLERITE_S3_H_
#define DOLERITE_S3_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "dolerite/export.h"
#include "dolerite/object_store.h"

namespace dolerite {

struct S3Credentials {
  std::string access_key;
  std::string secret_key;
  std::string session_token = {};    // "" unless they are temporary
  int64_t expires_unix_seconds = 0;  // 0: never
};

struct S3Options {
  // Scheme, host, and if need be a port and a path: "https://minio.example:9000/storage". "" is
  // AWS in `region`. Certificates of https are always checked.
  std::string endpoint = {};
  std::string region = "us-east-1";
  std::string bucket = {};
  // All keys begin with this: "" or a key and a slash ("tenant/a/").
  std::string prefix = {};
  // The bucket is a part of the path (endpoint/bucket/key), not of the host (bucket.endpoint/key).
  // Most servers other than AWS want that; over https so do buckets with a dot in their name.
  bool path_style = false;

  // Must be set. Asked before the first request, five minutes before the credentials expire, and
  // when the server says that they have expired; never by two threads at once.
  std::function<absl::StatusOr<S3Credentials>()> credentials = {};
  // Must be set, and safe from many threads: the time, which each request is signed with. Servers
  // refuse requests whose time is wrong by more than 15 minutes.
  std::function<int64_t()> unix_seconds = {};

  // Each call under way has a connection; this many are kept open for later calls.
  size_t idle_connections = 16;
  uint64_t connect_timeout_millis = 10'000;
  // Unavailable after so long without a byte. CallContext::check ends a call much sooner.
  uint64_t stall_timeout_seconds = 30;
  // Uploads go in parts of this size, which each of them holds in memory; 5 MiB to 5 GiB.
  uint64_t part_bytes = uint64_t{8} << 20;

  std::string ca_file = {};  // certificates to trust, as PEM; "": those of the system
  std::string proxy = {};    // "http://proxy:3128"; the environment is not asked for one
};

// Calls are not repeated on failure, but for expired credentials: wrap the store with
// MakeRetryStore. A redirect to another region is InvalidArgument, which names the region. An
// upload of several parts is created at its end as Put does, except that a server which ignores
// conditions there (radosgw) may let a second upload of the same key win. To destroy an upload
// that was not finished takes a request; what a lost one leaves behind lists and reads nowhere but
// costs storage: see AbortUploads. A lifecycle rule of the bucket can do the same.
class DOLERITE_EXPORT S3Store : public ObjectStore {
 public:
  // Ends uploads below `prefix` that were started before `started_before_unix_seconds` by the
  // server's clock, and frees what they hold. Returns their number. An upload that is still under
  // way fails for good, so leave a day.
  virtual absl::StatusOr<uint64_t> AbortUploads(std::string_view prefix,
                                                int64_t started_before_unix_seconds,
                                                const CallOptions& options = {}) = 0;
};

// Makes no request. libcurl is initialised for the process, as any number of its users may do. To
// look up names libcurl may use threads of its own.
DOLERITE_EXPORT absl::StatusOr<std::unique_ptr<S3Store>> MakeS3Store(const S3Options& options);

}  // namespace dolerite

#endif  // DOLERITE_S3_H_
