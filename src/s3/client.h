// Signed requests to one bucket, and what their answers mean.
#ifndef DOLERITE_S3_CLIENT_H_
#define DOLERITE_S3_CLIENT_H_

#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "dolerite/s3.h"
#include "s3/endpoint.h"
#include "s3/explain.h"
#include "s3/http.h"
#include "s3/signature.h"

namespace dolerite::s3 {

// Bodies that are not objects: enough for a list of 1000 keys of 1024 bytes.
inline constexpr uint64_t kMaxDocument = uint64_t{8} << 20;

struct Call {
  const char* method = "GET";
  std::string_view key = {};  // with the store's prefix; "": the bucket
  Fields query = {};
  Fields headers = {};  // names in lower case; all are signed
  std::string_view body = {};
  std::string_view body_hash = {};  // Sha256(body) if it is known already
  // Of a successful answer; the body of any other is a document. By default all are.
  std::function<absl::StatusOr<Window>(const Head&)> window = {};
};

// Safe from many threads.
class Client {
 public:
  Client(const S3Options& options, Endpoint endpoint);

  // An answer of any kind. Asks for credentials, again if the server finds them expired.
  absl::StatusOr<HttpAnswer> Send(const Call& call, const CallContext& context);

  // As Send, but an answer that tells of an error is that error.
  absl::StatusOr<HttpAnswer> SendOk(const Call& call, Condition condition,
                                    const CallContext& context);

  // The status that an answer means: OK for a success without an error in its body.
  absl::Status Explain(const Call& call, Condition condition, const HttpAnswer& answer) const;

 private:
  absl::StatusOr<S3Credentials> Credentials(const S3Credentials* refused);
  HttpRequest Sign(const Call& call, const S3Credentials& credentials) const;

  const S3Options options_;
  const Endpoint endpoint_;
  HttpPool pool_;

  std::mutex credentials_mutex_;
  std::optional<S3Credentials> credentials_;
  int64_t ask_again_at_ = 0;  // Unix time
};

}  // namespace dolerite::s3

#endif  // DOLERITE_S3_CLIENT_H_
