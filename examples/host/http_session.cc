// A connection goes round: wait for a first byte (long), read head and body (within a time), hand
// the request to a worker, watch whether the client leaves meanwhile, write the answer. While it
// waits it holds no more than a socket and a kilobyte.
#include "http_session.h"

#include <sys/socket.h>

#include <array>
#include <exception>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "clock.h"
#include "dolerite/decompress.h"

namespace dolerite::host {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;

constexpr size_t kFirstBytes = 1024;
constexpr size_t kLingerBytes = size_t{1} << 20;
constexpr std::chrono::seconds kLingerTime{2};

Response Text(int status, const std::string& text) {
  return {.status = status, .body = text + "\n"};
}

Response Busy() { return Text(503, "the host has too much to do, try again later"); }

// Undoes Content-Encoding, within the size that a body may have.
absl::Status DecodeBody(size_t most_bytes, Request* request) {
  const std::string_view encoding = request->Header("Content-Encoding").value_or("identity");
  if (encoding == "identity" || encoding.empty()) return absl::OkStatus();
  const std::string_view magic = encoding == "gzip"   ? "\x1f\x8b"
                                 : encoding == "zstd" ? "\x28\xb5\x2f\xfd"
                                                      : "";
  if (magic.empty()) {
    return absl::UnimplementedError("Content-Encoding: expected gzip, zstd or identity");
  }
  if (!request->body.starts_with(magic)) {
    return absl::InvalidArgumentError(
        absl::StrCat("the body is not what Content-Encoding says: ", std::string(encoding)));
  }
  absl::StatusOr<std::string> body = Decompress(request->body, {.profile_bytes = most_bytes});
  if (!body.ok()) return body.status();
  request->body = *std::move(body);
  return absl::OkStatus();
}

Response BodyError(const absl::Status& status) {
  const int code = absl::IsUnimplemented(status)       ? 415
                   : absl::IsResourceExhausted(status) ? 413
                                                       : 400;
  return Text(code, std::string(status.message()));
}

CallContext ContextOf(const std::shared_ptr<Exchange>& exchange) {
  return {.check =
              [exchange] {
                if (exchange->left) return absl::CancelledError("the client has left");
                if (std::chrono::steady_clock::now() > exchange->deadline) {
                  return absl::DeadlineExceededError("the request took too long");
                }
                return absl::OkStatus();
              },
          .purpose = exchange->route->kind == Route::Kind::kPush ? "push" : "query"};
}

Workers* WorkersOf(const HttpParts& parts, Route::Kind kind) {
  switch (kind) {
    case Route::Kind::kPush:
      return parts.pushes;
    case Route::Kind::kQuery:
      return parts.queries;
    case Route::Kind::kReport:
      break;
  }
  return parts.reports;
}

// On a worker. What leaves a handler as an exception is a fault of ours, or a lack of memory.
void Handle(const HttpOptions& options, const HttpParts& parts,
            const std::shared_ptr<Exchange>& exchange, const Reply& reply) {
  try {
    if (exchange->route->reporter) return reply(exchange->route->reporter());
    if (absl::Status body = DecodeBody(options.body_bytes, &exchange->request); !body.ok()) {
      return reply(BodyError(body));
    }
    auto tenant = parts.tenants->Get(exchange->tenant);
    if (!tenant.ok()) return reply(PlainError(tenant.status()));
    // The tenant stays open until the answer.
    const Reply answer = [reply, tenant = *tenant](Response response) {
      reply(std::move(response));
    };
    exchange->route->handler(exchange->request, **tenant, ContextOf(exchange), answer);
    exchange->request.body = std::string();
  } catch (const std::exception& e) {
    reply(Text(500, absl::StrCat("the host has failed: ", e.what())));
  }
}

}  // namespace

void Sessions::CallIfDrained() {
  if (!drained) return;
  for (const Session* session : all) {
    if (session->busy()) return;
  }
  std::exchange(drained, [] {})();
}

Session::Session(asio::ip::tcp::socket socket, std::shared_ptr<Sessions> sessions)
    : stream_(std::move(socket)), sessions_(std::move(sessions)) {
  sessions_->all.insert(this);
}

Session::~Session() {
  sessions_->all.erase(this);
  sessions_->pending_bytes -= held_bytes_;
  busy_ = false;
  sessions_->CallIfDrained();
}

void Session::Close() {
  Error ignored;
  stream_.socket().close(ignored);
}

bool Session::Hold(size_t bytes) {
  sessions_->pending_bytes += bytes - held_bytes_;
  held_bytes_ = bytes;
  return sessions_->pending_bytes <= sessions_->options.pending_bytes;
}

void Session::AwaitRequest() {
  busy_ = false;
  Hold(0);
  parser_.reset();
  response_.reset();
  if (sessions_->drained) {
    Close();
    return sessions_->CallIfDrained();
  }
  if (buffer_.size() > 0) return ReadHeader();
  buffer_.clear();
  buffer_.shrink_to_fit();
  stream_.expires_after(sessions_->options.idle_time);
  stream_.async_read_some(buffer_.prepare(kFirstBytes),
                          [self = shared_from_this()](const Error& error, size_t n) {
                            if (error) return self->Close();
                            self->buffer_.commit(n);
                            self->ReadHeader();
                          });
}

void Session::ReadHeader() {
  busy_ = true;
  const HttpOptions& options = sessions_->options;
  parser_.emplace();
  parser_->header_limit(static_cast<uint32_t>(options.header_bytes));
  parser_->body_limit(options.body_bytes);
  stream_.expires_after(options.sending_time);
  http::async_read_header(
      stream_, buffer_, *parser_,
      [self = shared_from_this()](const Error& error, size_t) { self->OnHeader(error); });
}

void Session::OnHeader(const Error& error) {
  if (error) return RefuseAndClose(error);
  if (!beast::iequals(parser_->get()[http::field::expect], "100-continue")) return ReadBody();
  auto go_on = std::make_shared<http::response<http::empty_body>>(http::status::continue_, 11);
  http::async_write(stream_, *go_on, [self = shared_from_this(), go_on](const Error& e, size_t) {
    if (e) return self->Close();
    self->ReadBody();
  });
}

// Piece by piece, so that what a client announces and does not send takes no memory.
void Session::ReadBody() {
  if (parser_->is_done()) return Dispatch();
  http::async_read_some(
      stream_, buffer_, *parser_,
      [self = shared_from_this()](const Error& error, size_t) { self->OnBody(error); });
}

void Session::OnBody(const Error& error) {
  if (error) return RefuseAndClose(error);
  if (!Hold(parser_->get().body().size())) return Write(Busy(), false);
  ReadBody();
}

void Session::RefuseAndClose(const Error& error) {
  if (error == http::error::header_limit) return Write(Text(431, "the header is too long"), false);
  if (error == http::error::body_limit) {
    return Write(Text(413, absl::StrCat("the body is longer than the ",
                                        sessions_->options.body_bytes, " bytes allowed")),
                 false);
  }
  const bool gone = error == http::error::end_of_stream || error == http::error::partial_message ||
                    error.category() != make_error_code(http::error::bad_target).category();
  if (gone) return Close();
  Write(Text(400, absl::StrCat("not a valid HTTP request: ", error.message())), false);
}

void Session::Dispatch() {
  auto& message = parser_->get();
  const bool keep_alive = message.keep_alive();
  const auto exchange = std::make_shared<Exchange>();
  Request& request = exchange->request;
  request.method = std::string(message.method_string());
  request.received_nanos = NowNanos();
  for (const auto& field : message) {
    request.headers.emplace_back(field.name_string(), field.value());
  }
  request.body = std::move(message.body());
  exchange->deadline = std::chrono::steady_clock::now() + sessions_->options.answer_time;
  if (absl::Status target =
          ParseTarget({message.target().data(), message.target().size()}, &request);
      !target.ok()) {
    return Write(PlainError(target), keep_alive);
  }
  const auto tenants = message.equal_range("X-Scope-OrgID");
  // A proxy that adds the header, and a client that sent one: whose is it?
  if (std::distance(tenants.first, tenants.second) > 1) {
    return Write(Text(400, "X-Scope-OrgID is there twice"), keep_alive);
  }
  exchange->tenant = std::string(message["X-Scope-OrgID"]);
  int status = 0;
  exchange->route = sessions_->parts.router->Find(request.method, request.path, &status);
  if (exchange->route == nullptr) {
    return Write(Text(status, status == 404 ? "there is no such page" : "wrong method"),
                 keep_alive);
  }
  const Reply reply = [self = OnIoThread(shared_from_this()), exchange,
                       keep_alive](Response response) {
    if (exchange->replied.exchange(true)) return;
    asio::post(self->stream_.get_executor(),
               [self, keep_alive, response = std::move(response)]() mutable {
                 self->Write(std::move(response), keep_alive);
               });
  };
  exchange_ = exchange;
  WatchClient(exchange);
  Workers* workers = WorkersOf(sessions_->parts, exchange->route->kind);
  const bool taken = workers->Post([sessions = sessions_, exchange, reply] {
    Handle(sessions->options, sessions->parts, exchange, reply);
  });
  if (!taken) reply(Busy());
}

// A pointer for other threads: the session ends on the io thread, whoever holds it last.
std::shared_ptr<Session> Session::OnIoThread(std::shared_ptr<Session> self) {
  Session* const session = self.get();
  return {session, [self = std::move(self)](Session* s) mutable {
            asio::post(s->stream_.get_executor(), [last = std::move(self)] {});
          }};
}

// A client that closes while it waits ends its request. One that sends its next request early does
// not: then the watch is over.
void Session::WatchClient(const std::shared_ptr<Exchange>& exchange) {
  stream_.expires_never();
  stream_.socket().async_wait(
      asio::ip::tcp::socket::wait_read, [self = shared_from_this(), exchange](const Error& error) {
        if (error || exchange->replied) return;
        char byte;
        const ssize_t n =
            ::recv(self->stream_.socket().native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
        if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) exchange->left = true;
      });
}

void Session::Write(Response response, bool keep_alive) {
  // Bad requests whose end is not known, and the end of the host, end the connection.
  keep_alive = keep_alive && !sessions_->drained;
  Error ignored;
  stream_.socket().cancel(ignored);
  const std::string path = exchange_ == nullptr ? "" : exchange_->route->path;
  sessions_->parts.metrics->Add("http_requests_total",
                                absl::StrCat("code=\"", response.status, "\",path=\"", path, "\""));
  exchange_.reset();
  response_.emplace(static_cast<http::status>(response.status), parser_->get().version());
  response_->set(http::field::content_type, response.content_type);
  for (const auto& [name, value] : response.headers) response_->insert(name, value);
  // Too much at once passes: the client should come back.
  if (response.status == 429 || response.status == 503) {
    response_->set(http::field::retry_after, "1");
  }
  response_->keep_alive(keep_alive);
  response_->body() = std::move(response.body);
  response_->prepare_payload();
  stream_.expires_after(sessions_->options.answer_time);
  http::async_write(stream_, *response_,
                    [self = shared_from_this(), keep_alive](const Error& error, size_t) {
                      if (error) return self->Close();
                      self->OnWritten(keep_alive);
                    });
}

void Session::OnWritten(bool keep_alive) {
  if (keep_alive) return AwaitRequest();
  Error ignored;
  stream_.socket().shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
  // A stop need not wait for clients that have sent all of their request.
  if (sessions_->drained && parser_->is_done()) return Close();
  stream_.expires_after(kLingerTime);
  Linger(kLingerBytes);
}

// Takes what the client still sends, so that the answer is not lost with a reset.
void Session::Linger(size_t most_bytes) {
  buffer_.clear();
  stream_.async_read_some(buffer_.prepare(kFirstBytes * 16),
                          [self = shared_from_this(), most_bytes](const Error& error, size_t n) {
                            if (error || n >= most_bytes) return self->Close();
                            self->Linger(most_bytes - n);
                          });
}

}  // namespace dolerite::host
