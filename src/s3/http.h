// HTTP requests over connections that are kept. The one place that knows libcurl.
#ifndef DOLERITE_S3_HTTP_H_
#define DOLERITE_S3_HTTP_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "dolerite/call_context.h"
#include "s3/headers.h"

namespace dolerite::s3 {

// Which bytes of a body are kept: `take` of them behind the first `skip`.
struct Window {
  uint64_t skip = 0;
  uint64_t take = 0;
  // Bytes may follow, and nobody waits for them. Otherwise a longer body is an error.
  bool has_rest = false;
};

struct HttpRequest {
  const char* method = "GET";
  std::string url;
  Fields headers = {};
  std::string_view body = {};  // sent with PUT and POST, empty too; lives until the answer is there
  // Asked once the head of the answer is there. A status that is not OK ends the request with it.
  std::function<absl::StatusOr<Window>(const Head&)> window;
};

struct HttpAnswer {
  Head head;
  std::string body;  // what the window takes
  // The request may have reached the server before, over a connection that was then found broken:
  // a change may have taken place twice, or been refused because it had taken place.
  bool was_repeated = false;
};

struct HttpOptions {
  size_t idle_connections = 16;
  uint64_t connect_timeout_millis = 10'000;
  uint64_t stall_timeout_seconds = 30;
  std::string ca_file = {};
  std::string proxy = {};
};

class Connection;

// Safe from many threads.
class HttpPool {
 public:
  explicit HttpPool(const HttpOptions& options);
  ~HttpPool();

  // An answer of any status. Unavailable if there is none, it breaks off, or passes its window;
  // Unauthenticated if the server's certificate is not valid; or the status of `context.check`,
  // which is asked also while bytes flow, and while none do.
  absl::StatusOr<HttpAnswer> Send(const HttpRequest& request, const CallContext& context);

 private:
  absl::StatusOr<std::unique_ptr<Connection>> Take();
  void GiveBack(std::unique_ptr<Connection> connection);

  const HttpOptions options_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Connection>> idle_;  // the one used last is at the back
};

}  // namespace dolerite::s3

#endif  // DOLERITE_S3_HTTP_H_
