#include "http_message.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "hex.h"

namespace dolerite::host {
namespace {

// `+` is a space in parameters, but itself in a path.
absl::StatusOr<std::string> Decode(std::string_view text, bool plus_is_space) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      const auto byte = FromHex<1>(std::string(text.substr(i + 1, 2)));
      if (!byte) {
        return absl::InvalidArgumentError(
            "the URL has a % without two hexadecimal digits after it");
      }
      out.push_back(static_cast<char>((*byte)[0]));
      i += 2;
    } else {
      out.push_back(text[i] == '+' && plus_is_space ? ' ' : text[i]);
    }
  }
  return out;
}

absl::Status AddParameter(std::string_view pair, Fields* query) {
  const size_t equals = pair.find('=');
  const std::string_view value =
      equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1);
  absl::StatusOr<std::string> name = PercentDecode(pair.substr(0, equals));
  if (!name.ok()) return name.status();
  absl::StatusOr<std::string> decoded = PercentDecode(value);
  if (!decoded.ok()) return decoded.status();
  query->emplace_back(*std::move(name), *std::move(decoded));
  return absl::OkStatus();
}

bool SameName(std::string_view a, std::string_view b) {
  return absl::EqualsIgnoreCase({a.data(), a.size()}, {b.data(), b.size()});
}

}  // namespace

std::optional<std::string_view> Request::Header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (SameName(key, name)) return value;
  }
  return std::nullopt;
}

std::optional<std::string_view> Request::Parameter(std::string_view name) const {
  for (const auto& [key, value] : query) {
    if (key == name) return value;
  }
  return std::nullopt;
}

std::string Request::MediaType() const {
  const std::string_view type = Header("Content-Type").value_or("");
  std::string media(type.substr(0, type.find(';')));
  absl::StripAsciiWhitespace(&media);
  absl::AsciiStrToLower(&media);
  return media;
}

absl::StatusOr<std::string> PercentDecode(std::string_view text) { return Decode(text, true); }

absl::Status ParseTarget(std::string_view target, Request* request) {
  const size_t question = target.find('?');
  absl::StatusOr<std::string> path = Decode(target.substr(0, question), false);
  if (!path.ok()) return path.status();
  request->path = *std::move(path);
  if (question == std::string_view::npos) return absl::OkStatus();
  std::string_view rest = target.substr(question + 1);
  while (!rest.empty()) {
    const std::string_view pair = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(rest.size(), pair.size() + 1));
    if (pair.empty()) continue;
    if (absl::Status status = AddParameter(pair, &request->query); !status.ok()) return status;
  }
  return absl::OkStatus();
}

std::string PercentEncode(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (absl::ascii_isalnum(c) || std::string_view("-._~").find(c) != std::string_view::npos) {
      out.push_back(c);
    } else {
      absl::StrAppend(&out, "%", absl::Hex(static_cast<unsigned char>(c), absl::kZeroPad2));
    }
  }
  return out;
}

int HttpStatus(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kOk:
      return 200;
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kOutOfRange:
    case absl::StatusCode::kFailedPrecondition:
      return 400;
    case absl::StatusCode::kUnauthenticated:
      return 401;
    case absl::StatusCode::kPermissionDenied:
      return 403;
    case absl::StatusCode::kNotFound:
      return 404;
    case absl::StatusCode::kAlreadyExists:
    case absl::StatusCode::kAborted:
      return 409;
    case absl::StatusCode::kResourceExhausted:
      return 429;
    case absl::StatusCode::kCancelled:
      return 499;
    case absl::StatusCode::kUnimplemented:
      return 501;
    case absl::StatusCode::kUnavailable:
      return 503;
    case absl::StatusCode::kDeadlineExceeded:
      return 504;
    default:
      return 500;
  }
}

Response PlainError(const absl::Status& status) {
  return {.status = HttpStatus(status), .body = std::string(status.message()) + "\n"};
}

}  // namespace dolerite::host
