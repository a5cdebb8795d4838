// RFC 7578: `--BOUNDARY CRLF headers CRLF CRLF content CRLF --BOUNDARY .. --BOUNDARY--`.
#include "multipart.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace dolerite::host {
namespace {

constexpr size_t kMostParts = 16;

// The value behind `name=`, with or without quotes; "" if it is not there.
std::string_view Value(std::string_view text, std::string_view name) {
  size_t at = text.find(name);
  // `filename=` is not `name=`.
  while (at != std::string_view::npos && at > 0 && text[at - 1] != ' ' && text[at - 1] != ';') {
    at = text.find(name, at + 1);
  }
  if (at == std::string_view::npos) return "";
  text.remove_prefix(at + name.size());
  if (!text.starts_with('"')) return text.substr(0, text.find_first_of("; \r\n"));
  const size_t end = text.find('"', 1);
  return end == std::string_view::npos ? "" : text.substr(1, end - 1);
}

absl::Status Broken(std::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("multipart body: ", std::string(what)));
}

}  // namespace

absl::StatusOr<std::map<std::string, std::string_view>> ReadMultipart(std::string_view content_type,
                                                                      std::string_view body) {
  const std::string_view boundary = Value(content_type, "boundary=");
  if (boundary.empty() || boundary.size() > 70) return Broken("no boundary of 1 to 70 bytes");
  const std::string mark = absl::StrCat("--", std::string(boundary));
  const std::string end_mark = "\r\n" + mark;
  std::map<std::string, std::string_view> parts;
  if (!body.starts_with(mark)) return Broken("it does not begin with its boundary");
  body.remove_prefix(mark.size());
  while (!body.starts_with("--")) {
    if (!body.starts_with("\r\n")) return Broken("no end of line after a boundary");
    const size_t head_end = body.find("\r\n\r\n");
    if (head_end == std::string_view::npos) return Broken("a part without an end of its headers");
    const std::string_view head = body.substr(0, head_end);
    const size_t end = body.find(end_mark, head_end + 2);
    if (end == std::string_view::npos) return Broken("a part without an end");
    const std::string name(Value(head, "name="));
    const size_t begin = head_end + 4;
    const std::string_view content = end < begin ? "" : body.substr(begin, end - begin);
    if (!parts.emplace(name, content).second) return Broken("two parts of one name");
    if (parts.size() > kMostParts) return Broken("more than 16 parts");
    body.remove_prefix(end + end_mark.size());
  }
  return parts;
}

}  // namespace dolerite::host
