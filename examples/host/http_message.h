// A request and its answer, as handlers see them: no matter which server took the bytes.
#ifndef DOLERITE_EXAMPLES_HOST_HTTP_MESSAGE_H_
#define DOLERITE_EXAMPLES_HOST_HTTP_MESSAGE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace dolerite::host {

using Fields = std::vector<std::pair<std::string, std::string>>;

struct Request {
  std::string method;
  std::string path;  // percent-decoded, without the query
  Fields query;      // names and values percent-decoded, in their order
  Fields headers;
  std::string body;  // Content-Encoding is undone already
  int64_t received_nanos = 0;

  // The first header of this name, in any case. The view lives as long as the request.
  std::optional<std::string_view> Header(std::string_view name) const;
  // The first query parameter of this name.
  std::optional<std::string_view> Parameter(std::string_view name) const;
  // Content-Type without its parameters, in lower case; "" if there is none.
  std::string MediaType() const;
};

struct Response {
  int status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body;
  Fields headers = {};  // beside Content-Type and Content-Length
};

// Undoes %XX and `+`. InvalidArgument for a `%` without two hex digits behind it.
absl::StatusOr<std::string> PercentDecode(std::string_view text);
// Path and parameters of a request target such as `/a%20b?c=d&e`. InvalidArgument as above.
absl::Status ParseTarget(std::string_view target, Request* request);
// `%XX` for all but letters, digits and `-._~`.
std::string PercentEncode(std::string_view text);

// The HTTP status that says the same; 500 for those that only a fault of ours explains.
int HttpStatus(const absl::Status& status);
// The status in plain text, for handlers whose protocol defines no form of errors.
Response PlainError(const absl::Status& status);

}  // namespace dolerite::host

#endif  // DOLERITE_EXAMPLES_HOST_HTTP_MESSAGE_H_
