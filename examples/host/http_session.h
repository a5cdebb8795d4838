// One connection of the HTTP server.
#ifndef DOLERITE_EXAMPLES_HOST_HTTP_SESSION_H_
#define DOLERITE_EXAMPLES_HOST_HTTP_SESSION_H_

#include <atomic>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <set>

#include "http_server.h"

namespace dolerite::host {

class Session;

// What the sessions of a server share. Touched by the io thread alone.
struct Sessions {
  HttpOptions options;
  HttpParts parts;
  std::set<Session*> all;
  size_t pending_bytes = 0;
  std::function<void()> drained;  // set when the server takes no more requests

  void CallIfDrained();
};

// A request on its way from the io thread to a worker, and its answer on the way back.
struct Exchange {
  Request request;
  const Route* route = nullptr;
  std::string tenant;
  std::chrono::steady_clock::time_point deadline;
  std::atomic<bool> left{false};     // the client is gone
  std::atomic<bool> replied{false};  // an answer is on its way
};

// All methods run on the io thread. A session lives as long as one of its calls is under way.
class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(boost::asio::ip::tcp::socket socket, std::shared_ptr<Sessions> sessions);
  ~Session();

  void AwaitRequest();
  void Close();
  bool busy() const { return busy_; }

 private:
  using Error = boost::system::error_code;

  void ReadHeader();
  void OnHeader(const Error& error);
  void ReadBody();
  void OnBody(const Error& error);
  // Holds `bytes` of the server's memory in all. False if there is no room.
  bool Hold(size_t bytes);
  void RefuseAndClose(const Error& error);
  void Dispatch();
  static std::shared_ptr<Session> OnIoThread(std::shared_ptr<Session> self);
  void WatchClient(const std::shared_ptr<Exchange>& exchange);
  void Write(Response response, bool keep_alive);
  void OnWritten(bool keep_alive);
  void Linger(size_t most_bytes);

  boost::beast::tcp_stream stream_;
  const std::shared_ptr<Sessions> sessions_;
  boost::beast::flat_buffer buffer_;
  std::optional<boost::beast::http::request_parser<boost::beast::http::string_body>> parser_;
  std::optional<boost::beast::http::response<boost::beast::http::string_body>> response_;
  bool busy_ = false;  // from the first byte of a request to the last one of its answer
  size_t held_bytes_ = 0;
  std::shared_ptr<Exchange> exchange_;  // while a worker has the request
};

}  // namespace dolerite::host

#endif  // DOLERITE_EXAMPLES_HOST_HTTP_SESSION_H_
