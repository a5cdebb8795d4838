// A connection is an easy handle of libcurl in a multi handle of its own. The multi handle keeps
// the socket between requests, and lets us ask the host whether to go on while we wait. A request
// runs in three phases: its options are set, libcurl is driven until it is done or the host says
// stop, and what the callbacks have noted becomes an answer or a status.
#include "s3/http.h"

#include <curl/curl.h>

#include <algorithm>
#include <new>
#include <optional>
#include <utility>

#include "base/out_of_memory.h"
#include "base/status.h"
#include "s3/sigpipe.h"

namespace dolerite::s3 {
namespace {

constexpr int kPollMillis = 20;  // between two questions to the host, while no byte flows
// libcurl takes a buffer for each request: a larger one saves calls where much is read, and costs
// fresh pages where little is.
constexpr long kReadBuffer = 256 << 10;
// Memory is taken for what a head promises up to here; beyond it grows with what comes.
constexpr uint64_t kMaxReserve = uint64_t{16} << 20;

// What the callbacks of one request see and note.
// Lives on the stack of Send; the callbacks get a pointer to it, and no C++ exception leaves them.
struct Exchange {
  const HttpRequest* request;
  HttpAnswer answer = {};
  std::optional<Window> window = {};  // once the head is there
  uint64_t passed = 0;                // bytes of the body so far
  int sent = 0;                       // how often libcurl began to send the request
  bool has_enough = false;            // stopped on purpose, with all that was wanted
  absl::Status status = {};           // why a callback stopped the request
};

// Ends the transfer with `status`: libcurl sees a count that is not the one it gave.
size_t Stop(Exchange* exchange, const absl::Status& status) {
  exchange->status = status;
  return 0;
}

absl::Status EndOfHead(Exchange* exchange) {
  // The answer proper comes behind any interim one.
  if (exchange->answer.head.status < 200) return absl::OkStatus();
  DOLERITE_ASSIGN_OR_RETURN(exchange->window, exchange->request->window(exchange->answer.head));
  // A promise may be a lie, so it is a hint only.
  const uint64_t promised = ParseNumber(exchange->answer.head.Find("content-length")).value_or(0);
  exchange->answer.body.reserve(std::min({exchange->window->take, promised, kMaxReserve}));
  return absl::OkStatus();
}

absl::Status TakeHeadLine(std::string_view line, Exchange* exchange) {
  // An answer may have interim ones before it.
  if (line.starts_with("HTTP/")) {
    exchange->window.reset();
    exchange->answer.body.clear();
    exchange->passed = 0;
  }
  // Lines behind the body (a chunked body's trailer) say nothing that matters.
  if (exchange->window) return absl::OkStatus();
  if (!AddHeadLine(line, &exchange->answer.head)) {
    return Unavailable("the server's answer has a malformed or oversized head");
  }
  return line == "\r\n" || line == "\n" ? EndOfHead(exchange) : absl::OkStatus();
}

// Keeps the bytes that lie in the window, wherever pieces begin and end.
absl::Status TakeBody(std::string_view bytes, Exchange* exchange) {
  if (!exchange->window) return Unavailable("the server's answer has a body before its head");
  const Window& window = *exchange->window;
  const uint64_t begin = exchange->passed;
  exchange->passed += bytes.size();
  if (begin < window.skip)
    bytes.remove_prefix(std::min<uint64_t>(window.skip - begin, bytes.size()));
  const uint64_t room = window.take - exchange->answer.body.size();
  exchange->answer.body.append(bytes.substr(0, std::min<uint64_t>(room, bytes.size())));
  if (bytes.size() <= room) return absl::OkStatus();
  // Nobody waits for the rest: it may be gigabytes.
  if (!window.has_rest) return Unavailable("the server's answer is longer than its head says");
  exchange->has_enough = true;
  return absl::OkStatus();
}

// Called by C: a failed allocation becomes a status before it gets there.
size_t OnHeader(char* data, size_t, size_t size, void* user) {
  auto* exchange = static_cast<Exchange*>(user);
  const absl::Status status =
      WithinMemory([&] { return TakeHeadLine(std::string_view(data, size), exchange); });
  return status.ok() ? size : Stop(exchange, status);
}

size_t OnBody(char* data, size_t, size_t size, void* user) {
  auto* exchange = static_cast<Exchange*>(user);
  const absl::Status status =
      WithinMemory([&] { return TakeBody(std::string_view(data, size), exchange); });
  if (!status.ok()) return Stop(exchange, status);
  return exchange->has_enough ? 0 : size;
}

// Called each time a request goes out, also when libcurl makes it anew after a broken connection.
int OnSend(void* user, char*, char*, int, int) {
  ++static_cast<Exchange*>(user)->sent;
  return CURL_PREREQFUNC_OK;
}

// Whatever has to do with the network may pass; wrong addresses and certificates do not.
absl::Status StatusOfCurl(CURLcode code, const char* detail) {
  const char* what = detail[0] != '\0' ? detail : curl_easy_strerror(code);
  switch (code) {
    case CURLE_OUT_OF_MEMORY:
      return OutOfMemory();
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
      return MakeStatus(absl::StatusCode::kUnauthenticated, "the server can't be trusted: ", what);
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
      return InvalidArgument("the endpoint can't be asked: ", what);
    default:
      return Unavailable("no answer of the server: ", what);
  }
}

}  // namespace

// One request at a time; the pool gives each to one thread.
class Connection {
 public:
  Connection() : multi_(curl_multi_init()), easy_(curl_easy_init()) {
    if (multi_ != nullptr) curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, 1L);
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() {
    const BlockSigpipe guard;  // closing TLS writes
    curl_easy_cleanup(easy_);
    curl_multi_cleanup(multi_);
  }

  bool ok() const { return multi_ != nullptr && easy_ != nullptr; }

  absl::StatusOr<HttpAnswer> Send(const HttpOptions& options, const HttpRequest& request,
                                  const CallContext& context) {
    Exchange exchange{&request};
    char detail[CURL_ERROR_SIZE] = "";
    DOLERITE_RETURN_IF_ERROR(Prepare(options, &exchange));
    curl_easy_setopt(easy_, CURLOPT_ERRORBUFFER, detail);
    absl::StatusOr<CURLcode> code = Drive(context);
    // The buffer is gone after this call.
    curl_easy_setopt(easy_, CURLOPT_ERRORBUFFER, nullptr);
    // What a callback found is the reason; libcurl only says that it was stopped.
    DOLERITE_RETURN_IF_ERROR(exchange.status);
    if (!code.ok()) return code.status();
    if (*code != CURLE_OK && !exchange.has_enough) return StatusOfCurl(*code, detail);
    if (!exchange.window) return Unavailable("the server's answer has no head");
    exchange.answer.was_repeated = exchange.sent > 1;
    return std::move(exchange.answer);
  }

 private:
  struct FreeList {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
  };

  template <class T>
  void Set(CURLoption option, T value) {
    curl_easy_setopt(easy_, option, value);
  }

  absl::Status Prepare(const HttpOptions& options, Exchange* exchange) {
    // Options of the last request must not show in this one.
    curl_easy_reset(easy_);  // the connection stays
    // No signals for timeouts: they are the host's.
    Set(CURLOPT_NOSIGNAL, 1L);
    Set(CURLOPT_URL, exchange->request->url.c_str());
    // The path goes out as it was signed, dots and all.
    Set(CURLOPT_PATH_AS_IS, 1L);
    Set(CURLOPT_PROTOCOLS_STR, "http,https");
    Set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    // An empty name keeps libcurl from asking the environment.
    Set(CURLOPT_PROXY, options.proxy.c_str());
    if (!options.ca_file.empty()) Set(CURLOPT_CAINFO, options.ca_file.c_str());
    Set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options.connect_timeout_millis));
    // A slow server is given up by bytes, not by time: a large object may take long.
    Set(CURLOPT_LOW_SPEED_LIMIT, 1L);
    Set(CURLOPT_LOW_SPEED_TIME, static_cast<long>(options.stall_timeout_seconds));
    Set(CURLOPT_HEADERFUNCTION, OnHeader);
    Set(CURLOPT_HEADERDATA, exchange);
    Set(CURLOPT_WRITEFUNCTION, OnBody);
    Set(CURLOPT_WRITEDATA, exchange);
    Set(CURLOPT_PREREQFUNCTION, OnSend);
    Set(CURLOPT_PREREQDATA, exchange);
    PrepareMethod(*exchange->request);
    return PrepareHeaders(exchange->request->headers);
  }

  void PrepareMethod(const HttpRequest& request) {
    const std::string_view method = request.method;
    if (method == "HEAD") {
      Set(CURLOPT_NOBODY, 1L);
    } else if (method == "PUT" || method == "POST") {
      // The body is sent from where it lies, again if the connection must be made anew.
      Set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
      Set(CURLOPT_POSTFIELDS, request.body.empty() ? "" : request.body.data());
      Set(CURLOPT_CUSTOMREQUEST, request.method);
    } else {
      Set(CURLOPT_CUSTOMREQUEST, request.method);
      Set(CURLOPT_BUFFERSIZE, kReadBuffer);
    }
  }

  // libcurl does not copy the list, so it lives until the next request.
  absl::Status PrepareHeaders(const Fields& headers) {
    headers_.reset();
    const auto add = [&](const std::string& line) {
      curl_slist* longer = curl_slist_append(headers_.get(), line.c_str());
      if (longer == nullptr) return false;
      (void)headers_.release();
      headers_.reset(longer);
      return true;
    };
    // A server that must first allow a body would cost a round trip.
    bool added = add("Expect:") && add("User-Agent: dolerite");
    for (const auto& [name, value] : headers) added = added && add(Concat(name, ": ", value));
    if (!added) return OutOfMemory();
    Set(CURLOPT_HTTPHEADER, headers_.get());
    return absl::OkStatus();
  }

  // Runs the request to its end, or until the host stops it.
  absl::StatusOr<CURLcode> Drive(const CallContext& context) {
    // Writing to a connection that was closed raises it, in TLS above all.
    const BlockSigpipe guard;
    if (curl_multi_add_handle(multi_, easy_) != CURLM_OK) return OutOfMemory();
    absl::Status status;
    int running = 1;
    while (status.ok()) {
      CURLMcode code = curl_multi_perform(multi_, &running);
      if (running == 0) break;
      // Without a check there is nobody to ask, so the wait may be longer.
      const int wait = context.check ? kPollMillis : 1000;
      if (code == CURLM_OK) code = curl_multi_poll(multi_, nullptr, 0, wait, nullptr);
      if (code != CURLM_OK) status = Unavailable("libcurl: ", curl_multi_strerror(code));
      if (status.ok()) status = context.Check();
    }
    // Without a message of libcurl the request was stopped.
    CURLcode result = CURLE_RECV_ERROR;
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
      if (message->msg == CURLMSG_DONE) result = message->data.result;
    }
    // A request that is not done loses its connection here.
    curl_multi_remove_handle(multi_, easy_);
    if (!status.ok()) return status;
    return result;
  }

  CURLM* const multi_;
  CURL* const easy_;
  std::unique_ptr<curl_slist, FreeList> headers_;
};

HttpPool::HttpPool(const HttpOptions& options) : options_(options) {}
HttpPool::~HttpPool() = default;

// The connection goes back whatever the answer was: libcurl drops what is broken.
absl::StatusOr<HttpAnswer> HttpPool::Send(const HttpRequest& request, const CallContext& context) {
  DOLERITE_ASSIGN_OR_RETURN(std::unique_ptr<Connection> connection, Take());
  auto answer = connection->Send(options_, request, context);
  GiveBack(std::move(connection));
  return answer;
}

// The one used last is most likely still open.
absl::StatusOr<std::unique_ptr<Connection>> HttpPool::Take() {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (!idle_.empty()) {
      std::unique_ptr<Connection> connection = std::move(idle_.back());
      idle_.pop_back();
      return connection;
    }
  }
  auto connection = std::make_unique<Connection>();
  if (!connection->ok()) return OutOfMemory();
  return connection;
}

void HttpPool::GiveBack(std::unique_ptr<Connection> connection) {
  std::lock_guard<std::mutex> lock(mutex_);
  if (idle_.size() < options_.idle_connections) idle_.push_back(std::move(connection));
}

}  // namespace dolerite::s3
