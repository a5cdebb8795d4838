#include "s3/client.h"

#include <algorithm>
#include <utility>

#include "base/status.h"

namespace dolerite::s3 {
namespace {

// Credentials are asked for again so long before they expire, but not more often than that.
// So requests under way still have good ones when the server checks them.
constexpr int64_t kEarlySeconds = 300;
constexpr int64_t kPauseSeconds = 30;

bool IsSuccess(const Head& head) { return head.status >= 200 && head.status < 300; }

}  // namespace

Client::Client(const S3Options& options, Endpoint endpoint)
    : options_(options),
      endpoint_(std::move(endpoint)),
      pool_({options.idle_connections, options.connect_timeout_millis,
             options.stall_timeout_seconds, options.ca_file, options.proxy}) {}

// At most two requests: the second one only if the server says that the credentials have expired.
absl::StatusOr<HttpAnswer> Client::Send(const Call& call, const CallContext& context) {
  DOLERITE_ASSIGN_OR_RETURN(const S3Credentials credentials, Credentials(nullptr));
  auto answer = pool_.Send(Sign(call, credentials), context);
  if (!answer.ok() || !MayBeExpired(*answer, call.method)) return answer;
  // Nothing took place, so the same request may go again, once.
  DOLERITE_ASSIGN_OR_RETURN(const S3Credentials fresh, Credentials(&credentials));
  return pool_.Send(Sign(call, fresh), context);
}

// All other calls go through here, so errors in bodies of successes are found in one place.
absl::StatusOr<HttpAnswer> Client::SendOk(const Call& call, Condition condition,
                                          const CallContext& context) {
  DOLERITE_ASSIGN_OR_RETURN(HttpAnswer answer, Send(call, context));
  DOLERITE_RETURN_IF_ERROR(Explain(call, condition, answer));
  return answer;
}

absl::Status Client::Explain(const Call& call, Condition condition,
                             const HttpAnswer& answer) const {
  absl::Status status =
      StatusOfAnswer(answer, {call.method, call.key, options_.bucket, options_.region, condition,
                              options_.unix_seconds()});
  // libcurl has sent the request twice, and the first may have taken place.
  // Then a refusal may be the answer to our own first request, which the caller must find out.
  const bool refused = absl::IsAlreadyExists(status) || absl::IsFailedPrecondition(status);
  if (refused && answer.was_repeated && std::string_view(call.method) != "GET") {
    return Unavailable("the connection broke after the request, which may have taken place: ",
                       ToStd(status.message()));
  }
  return status;
}

// The credentials to sign with: not `refused`, if there are such.
// Under one lock, so that the host is asked by one thread at a time; others wait for its answer.
absl::StatusOr<S3Credentials> Client::Credentials(const S3Credentials* refused) {
  const std::lock_guard<std::mutex> lock(credentials_mutex_);
  const int64_t now = options_.unix_seconds();
  if (credentials_) {
    // Another thread may have replaced them already.
    // Compared by what the server saw: another key or token is another set.
    const bool is_refused = refused != nullptr && credentials_->access_key == refused->access_key &&
                            credentials_->session_token == refused->session_token;
    // At most once in a while, also if the new ones expire as soon.
    const bool expire = credentials_->expires_unix_seconds != 0 && now >= ask_again_at_;
    if (!is_refused && !expire) return *credentials_;
    auto fresh = options_.credentials();
    if (fresh.ok()) credentials_ = *std::move(fresh);
    // What is still good is used while there is no better.
    else if (is_refused || now >= credentials_->expires_unix_seconds)
      return fresh.status();
  } else {
    DOLERITE_ASSIGN_OR_RETURN(credentials_, options_.credentials());
  }
  // For credentials that never expire the time is not looked at.
  ask_again_at_ = std::max(credentials_->expires_unix_seconds - kEarlySeconds, now + kPauseSeconds);
  return *credentials_;
}

// The signature covers the method, path, query, these headers and the hash of the body. Two headers
// are added afterwards: the signature itself, and one that servers do not need signed.
HttpRequest Client::Sign(const Call& call, const S3Credentials& credentials) const {
  const std::string time = AmzTime(options_.unix_seconds());
  const std::string hash = HexText(call.body_hash.empty() ? Sha256(call.body) : call.body_hash);
  const std::string path = endpoint_.Path(call.key), query = CanonicalQuery(call.query);
  Fields headers = call.headers;
  // The header that libcurl will send; if it differed, no signature would fit.
  headers.emplace_back("host", endpoint_.host);
  headers.emplace_back("x-amz-content-sha256", hash);
  headers.emplace_back("x-amz-date", time);
  if (!credentials.session_token.empty()) {
    headers.emplace_back("x-amz-security-token", credentials.session_token);
  }
  // By name, as the signature has them.
  std::sort(headers.begin(), headers.end());
  const Signer signer{credentials.access_key, credentials.secret_key, options_.region, "s3", time};
  HttpRequest request{call.method, endpoint_.Url(path, query), headers, call.body};
  request.headers.emplace_back(
      "authorization", signer.Authorization({call.method, path, query, std::move(headers), hash}));
  // libcurl would take the body for a form, and servers then store nothing.
  if (!call.body.empty()) request.headers.emplace_back("content-type", "application/octet-stream");
  request.window = [&call](const Head& head) -> absl::StatusOr<Window> {
    // The window of an object is for successes; any other body is a document, and is bounded.
    if (IsSuccess(head) && call.window) return call.window(head);
    return Window{0, kMaxDocument, false};
  };
  return request;
}

}  // namespace dolerite::s3
