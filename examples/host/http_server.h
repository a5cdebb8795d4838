// HTTP/1.1 on Boost.Beast. One thread reads and writes all connections, and never waits; handlers
// run on the host's workers.
#ifndef DOLERITE_EXAMPLES_HOST_HTTP_SERVER_H_
#define DOLERITE_EXAMPLES_HOST_HTTP_SERVER_H_

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "metrics.h"
#include "router.h"
#include "tenants.h"
#include "workers.h"

namespace dolerite::host {

struct HttpOptions {
  size_t header_bytes = size_t{16} << 10;
  size_t body_bytes = size_t{32} << 20;      // of one request, before and after decompression
  size_t pending_bytes = size_t{512} << 20;  // of all requests that have no answer yet
  size_t connections = 16'384;
  std::chrono::milliseconds idle_time{600'000};    // between requests of a connection
  std::chrono::milliseconds sending_time{30'000};  // that a client may take for one request
  std::chrono::milliseconds answer_time{60'000};   // of a handler, and that a client may read for
};

// What a server uses; all must outlive it.
struct HttpParts {
  boost::asio::io_context* io = nullptr;  // run by one thread
  const Router* router = nullptr;
  Tenants* tenants = nullptr;
  Workers* pushes = nullptr;
  Workers* queries = nullptr;
  Workers* reports = nullptr;
  Metrics* metrics = nullptr;
};

class HttpServer {
 public:
  // Listens on `address` ("127.0.0.1:4040", "[::1]:0"); port 0 takes any that is free.
  static absl::StatusOr<std::unique_ptr<HttpServer>> Start(const std::string& address,
                                                           const HttpOptions& options,
                                                           const HttpParts& parts);
  virtual ~HttpServer() = default;

  virtual std::string address() const = 0;
  // Takes no connections and no requests any more, and calls `done` on the io thread when all
  // requests are answered.
  virtual void Drain(std::function<void()> done) = 0;
  // Ends all connections. On the io thread.
  virtual void Close() = 0;
};

// IP address and port of `127.0.0.1:4040` or `[::1]:4040`. InvalidArgument for anything else.
absl::StatusOr<std::pair<std::string, uint16_t>> ParseAddress(const std::string& text);

}  // namespace dolerite::host

#endif  // DOLERITE_EXAMPLES_HOST_HTTP_SERVER_H_
