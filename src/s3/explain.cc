// Servers tell of an error by the status of HTTP and by a code in the body; either may be missing:
// a HEAD has no body, and a request that takes long may have said 200 before it failed. The code
// says more, so it goes first.
#include "s3/explain.h"

#include <algorithm>
#include <optional>
#include <string>

#include "base/status.h"
#include "s3/answers.h"
#include "store/errors.h"

namespace dolerite::s3 {
namespace {

using absl::StatusCode;

struct CodeRow {
  std::string_view code;
  StatusCode status;
};

// The codes that say more than their status. Those of several servers: AWS, MinIO and radosgw.
constexpr CodeRow kCodes[] = {
    {"NoSuchKey", StatusCode::kNotFound},
    // The upload was finished or aborted: its parts are gone.
    {"NoSuchUpload", StatusCode::kFailedPrecondition},
    {"NoSuchBucket", StatusCode::kInvalidArgument},
    {"PreconditionFailed", StatusCode::kFailedPrecondition},
    {"ConditionalRequestConflict", StatusCode::kAborted},
    // Somebody else changed it at the same time, so the same call may succeed.
    {"OperationAborted", StatusCode::kAborted},
    {"InvalidRange", StatusCode::kOutOfRange},
    {"SlowDown", StatusCode::kResourceExhausted},
    {"ThrottlingException", StatusCode::kResourceExhausted},
    {"RequestLimitExceeded", StatusCode::kResourceExhausted},
    {"TooManyRequests", StatusCode::kResourceExhausted},
    {"QuotaExceeded", StatusCode::kResourceExhausted},
    {"XMinioStorageFull", StatusCode::kResourceExhausted},
    {"ExpiredToken", StatusCode::kUnauthenticated},
    {"InvalidToken", StatusCode::kUnauthenticated},
    {"InvalidAccessKeyId", StatusCode::kUnauthenticated},
    {"SignatureDoesNotMatch", StatusCode::kUnauthenticated},
    {"RequestTimeTooSkewed", StatusCode::kUnauthenticated},
    {"AuthorizationHeaderMalformed", StatusCode::kInvalidArgument},
    {"PermanentRedirect", StatusCode::kInvalidArgument},
    {"TemporaryRedirect", StatusCode::kInvalidArgument},
    // Bytes were lost on the way, and nothing was stored.
    {"RequestTimeout", StatusCode::kUnavailable},
    {"IncompleteBody", StatusCode::kUnavailable},
    {"BadDigest", StatusCode::kUnavailable},
    {"XAmzContentSHA256Mismatch", StatusCode::kUnavailable},
    {"InternalError", StatusCode::kUnavailable},
    {"ServiceUnavailable", StatusCode::kUnavailable},
    {"NotImplemented", StatusCode::kUnimplemented},
};

// For answers without a code that is known. 409 is a race, 503 is a server that asks for patience.
StatusCode CodeOfHttp(int status) {
  switch (status) {
    case 401:
      return StatusCode::kUnauthenticated;
    case 403:
      return StatusCode::kPermissionDenied;
    case 404:
      return StatusCode::kNotFound;
    case 304:
    case 412:
      return StatusCode::kFailedPrecondition;
    case 409:
      return StatusCode::kAborted;
    case 416:
      return StatusCode::kOutOfRange;
    case 429:
    case 503:
      return StatusCode::kResourceExhausted;
    case 501:
      return StatusCode::kUnimplemented;
    case 408:
      return StatusCode::kUnavailable;
    default:
      // A redirect too: it is never followed, as the signature would not fit.
      return status >= 300 && status < 500 ? StatusCode::kInvalidArgument
                                           : StatusCode::kUnavailable;
  }
}

StatusCode CodeOf(int http, const ServerError& error) {
  for (const CodeRow& row : kCodes) {
    if (error.code == row.code) return row.status;
  }
  // An unknown error in the body of a success is an error all the same.
  return CodeOfHttp(http < 300 ? 500 : http);
}

// Where else the bucket is, if the answer says so.
// The commonest mistake is a wrong region, and servers tell the right one.
std::string Elsewhere(const HttpAnswer& answer, const ServerError& error,
                      const Question& question) {
  std::string region(answer.head.Find("x-amz-bucket-region"));
  if (region.empty()) region = error.region;
  // Bounded, as any header of a server.
  region.resize(std::min<size_t>(region.size(), 100));
  std::string where;
  if (!region.empty() && region != question.region) {
    where = Concat("; the bucket is in region ", region, ", not in ", question.region);
  }
  if (!error.endpoint.empty()) where += Concat("; its endpoint is ", error.endpoint);
  return where;
}

// By how much, since a clock that is wrong is found by its error.
std::string Skew(const HttpAnswer& answer, const Question& question) {
  const std::optional<int64_t> server = ParseHttpDate(answer.head.Find("date"));
  if (!server) return "; the clock here is wrong";
  const int64_t ahead = question.unix_seconds - *server;
  return Concat("; the clock here is ", ahead < 0 ? -ahead : ahead, " s ",
                ahead < 0 ? "behind" : "ahead of", " the server's");
}

std::string Message(const HttpAnswer& answer, const ServerError& error, const Question& question) {
  std::string message = Concat(question.method, " of ", question.bucket, "/", question.key,
                               ": the server answered ", answer.head.status);
  if (!error.code.empty()) message += Concat(" ", error.code, " (", error.message, ")");
  if (error.code == "RequestTimeTooSkewed") message += Skew(answer, question);
  return message + Elsewhere(answer, error, question);
}

}  // namespace

absl::Status StatusOfAnswer(const HttpAnswer& answer, const Question& question) {
  const int http = answer.head.status;
  const bool is_success = http >= 200 && http < 300;
  // The bytes of an object that was read are not an error, whatever they are.
  if (is_success && (question.method == "GET" && !question.key.empty())) return absl::OkStatus();
  ServerError error;
  const bool tells = !answer.body.empty() && FindError(answer.body, &error);
  if (is_success && !tells) return absl::OkStatus();
  const StatusCode code = CodeOf(http, error);
  // As a code, or as a status where there is no body.
  const bool unmet = error.code == "PreconditionFailed" || http == 412 || http == 304;
  if (unmet && question.condition == Condition::kAbsent) return ObjectExists(question.key);
  if (unmet) return VersionChanged(question.key);
  // An object that is missing has another version than the one that was asked for.
  if (code == StatusCode::kNotFound && question.condition == Condition::kVersion &&
      question.method == "PUT") {
    return VersionChanged(question.key);
  }
  if (code == StatusCode::kNotFound && !question.key.empty()) return NoSuchObject(question.key);
  return MakeStatus(code, Message(answer, error, question));
}

// HEAD has no body to tell why: 400 is what expired credentials give.
bool MayBeExpired(const HttpAnswer& answer, std::string_view method) {
  if (answer.head.status < 300) return false;
  if (method == "HEAD") return answer.head.status == 400;
  ServerError error;
  return FindError(answer.body, &error) &&
         (error.code == "ExpiredToken" || error.code == "RequestExpired");
}

}  // namespace dolerite::s3
