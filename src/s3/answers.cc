#include "s3/answers.h"

#include <optional>
#include <utility>

#include "base/status.h"
#include "s3/headers.h"
#include "s3/xml.h"

namespace dolerite::s3 {
namespace {

absl::Status Lacks(std::string_view what) {
  return Unavailable("the server's answer lacks ", what, ", or has a wrong one");
}

// Text of a server, fit for a message.
// Cut and without control characters: messages go into logs.
std::string Printable(std::string_view text) {
  std::string printable(text.substr(0, 300));
  for (char& c : printable) {
    if (c < ' ' || c > '~') c = '?';
  }
  return printable;
}

// Whether the document is the one that was asked for.
// A page of a proxy, or an answer to another question, may be sound XML.
absl::Status ExpectRoot(bool seen, std::string_view root) {
  return seen ? absl::OkStatus() : Unavailable("the server's answer is not a ", root);
}

}  // namespace

// Never an error itself: a body that can't be read tells of nothing.
bool FindError(std::string_view body, ServerError* error) {
  ServerError found;
  bool is_error = false;
  const absl::Status status = ReadXml(body, [&](std::string_view path, std::string_view text) {
    if (path == "Error/Code") found.code = Printable(text);
    if (path == "Error/Message") found.message = Printable(text);
    if (path == "Error/Region") found.region = Printable(text);
    if (path == "Error/Endpoint") found.endpoint = Printable(text);
    is_error |= path == "Error";
    return absl::OkStatus();
  });
  if (!status.ok() || !is_error) return false;
  *error = std::move(found);
  return true;
}

// Each element comes at its end, so an object's parts are collected until its own end tag.
absl::StatusOr<ListAnswer> ParseList(std::string_view body) {
  constexpr std::string_view kRoot = "ListBucketResult";
  ListAnswer answer;
  ObjectInfo object;
  bool has_size = false, is_list = false;
  DOLERITE_RETURN_IF_ERROR(ReadXml(body, [&](std::string_view path, std::string_view text) {
    is_list |= path == kRoot;
    if (!path.starts_with("ListBucketResult/")) return absl::OkStatus();
    path.remove_prefix(kRoot.size() + 1);
    if (path == "IsTruncated") answer.truncated = text == "true";
    if (path == "NextContinuationToken") answer.next_token = text;
    if (path == "Contents/Key") object.key = text;
    if (path == "Contents/Size") {
      const auto size = ParseNumber(text);
      has_size = size.has_value();
      object.size = size.value_or(0);
    }
    if (path == "Contents/ETag") object.version = ParseETag(text).value_or("");
    if (path != "Contents") return absl::OkStatus();
    // The end of one object, behind its parts.
    if (object.key.empty() || object.version.empty() || !has_size) {
      return Lacks("key, size or ETag of a listed object");
    }
    answer.objects.push_back(std::exchange(object, {}));
    // The next object must bring a size of its own.
    has_size = false;
    return absl::OkStatus();
  }));
  DOLERITE_RETURN_IF_ERROR(ExpectRoot(is_list, kRoot));
  // A page that is cut without a token would look like the last one.
  if (answer.truncated && answer.next_token.empty()) return Lacks("the token of the next page");
  return answer;
}

// The root's name is in the path of the id.
absl::StatusOr<std::string> ParseUploadId(std::string_view body) {
  std::string id;
  DOLERITE_RETURN_IF_ERROR(ReadXml(body, [&](std::string_view path, std::string_view text) {
    if (path == "InitiateMultipartUploadResult/UploadId") id = text;
    return absl::OkStatus();
  }));
  if (id.empty()) return Lacks("the id of an upload");
  return id;
}

absl::StatusOr<std::string> ParseCompleted(std::string_view body) {
  constexpr std::string_view kRoot = "CompleteMultipartUploadResult";
  std::string version;
  bool is_completed = false;
  DOLERITE_RETURN_IF_ERROR(ReadXml(body, [&](std::string_view path, std::string_view text) {
    is_completed |= path == kRoot;
    if (path == "CompleteMultipartUploadResult/ETag") version = ParseETag(text).value_or("");
    return absl::OkStatus();
  }));
  DOLERITE_RETURN_IF_ERROR(ExpectRoot(is_completed, kRoot));
  // "" and not an error: some servers leave the ETag out, and the caller asks again.
  return version;
}

absl::StatusOr<UploadsAnswer> ParseUploads(std::string_view body) {
  constexpr std::string_view kRoot = "ListMultipartUploadsResult";
  UploadsAnswer answer;
  OpenUpload upload;
  bool has_time = false, is_list = false;
  DOLERITE_RETURN_IF_ERROR(ReadXml(body, [&](std::string_view path, std::string_view text) {
    is_list |= path == kRoot;
    if (!path.starts_with("ListMultipartUploadsResult/")) return absl::OkStatus();
    path.remove_prefix(kRoot.size() + 1);
    if (path == "IsTruncated") answer.truncated = text == "true";
    if (path == "NextKeyMarker") answer.next_key = text;
    if (path == "NextUploadIdMarker") answer.next_id = text;
    if (path == "Upload/Key") upload.key = text;
    if (path == "Upload/UploadId") upload.id = text;
    if (path == "Upload/Initiated") {
      const auto time = ParseXmlTime(text);
      has_time = time.has_value();
      upload.started_unix_seconds = time.value_or(0);
    }
    // As for objects: the end of one upload, behind its parts.
    if (path != "Upload") return absl::OkStatus();
    if (upload.key.empty() || upload.id.empty() || !has_time) {
      return Lacks("key, id or time of an upload");
    }
    answer.uploads.push_back(std::exchange(upload, {}));
    has_time = false;
    return absl::OkStatus();
  }));
  DOLERITE_RETURN_IF_ERROR(ExpectRoot(is_list, kRoot));
  if (answer.truncated && answer.next_key.empty()) return Lacks("the place of the next page");
  return answer;
}

}  // namespace dolerite::s3
