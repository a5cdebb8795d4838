#include "s3/fake_bucket.h"

#include <algorithm>
#include <cstdio>
#include <ctime>

namespace dolerite::testing {
namespace {

constexpr size_t kMinPart = 5 << 20;

std::string Quoted(const std::string& tag) { return "\"" + tag + "\""; }

// Element `name` of `text`; nothing of it is nested.
std::string Element(const std::string& name, const std::string& text) {
  return "<" + name + ">" + text + "</" + name + ">";
}

std::string TextOf(const std::string& xml, const std::string& name, size_t from) {
  const size_t begin = xml.find("<" + name + ">", from);
  if (begin == xml.npos) return "";
  const size_t text = begin + name.size() + 2;
  return xml.substr(text, xml.find("</" + name + ">", text) - text);
}

FakeReply Document(const std::string& root, const std::string& content) {
  FakeReply reply;
  reply.headers["content-type"] = "application/xml";
  reply.body = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<" + root +
               " xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">" + content + "</" + root + ">";
  return reply;
}

FakeReply WithTag(const std::string& tag) {
  FakeReply reply;
  reply.headers["etag"] = Quoted(tag);
  return reply;
}

}  // namespace

std::string TimeText(const char* format, int64_t unix_seconds) {
  const time_t time = static_cast<time_t>(unix_seconds);
  tm parts{};
  gmtime_r(&time, &parts);
  char text[40];
  strftime(text, sizeof(text), format, &parts);
  return text;
}

std::string FakeRequest::Parameter(const std::string& name) const {
  const auto it = parameters.find(name);
  return it == parameters.end() ? "" : it->second;
}

std::string FakeRequest::Header(const std::string& name) const {
  const auto it = headers.find(name);
  return it == headers.end() ? "" : it->second;
}

FakeReply ErrorReply(int status, std::string_view code, std::string_view more) {
  FakeReply reply =
      Document("Error", Element("Code", std::string(code)) +
                            Element("Message", "as the test wants") + std::string(more));
  reply.status = status;
  return reply;
}

size_t FakeBucket::objects() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return objects_.size();
}

size_t FakeBucket::uploads() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return uploads_.size();
}

// Opaque, as those of a real server.
std::string FakeBucket::NextTag() { return "tag-" + std::to_string(++last_tag_); }

FakeReply FakeBucket::Apply(const FakeRequest& request) {
  std::lock_guard<std::mutex> lock(mutex_);
  const std::string& method = request.method;
  if (request.key.empty()) {
    if (method != "GET") return ErrorReply(405, "MethodNotAllowed");
    return request.Has("uploads") ? ListUploads(request) : List(request);
  }
  if (method == "POST") return request.Has("uploads") ? StartUpload(request) : Complete(request);
  if (method == "PUT") return request.Has("partNumber") ? PutPart(request) : Put(request);
  if (method == "GET" || method == "HEAD") return Get(request);
  if (request.Has("uploadId") && uploads_.erase(request.Parameter("uploadId")) == 0) {
    return ErrorReply(404, "NoSuchUpload");
  }
  if (!request.Has("uploadId")) objects_.erase(request.key);
  return {204};
}

// What a condition of the request says against it.
std::optional<FakeReply> FakeBucket::Refusal(const FakeRequest& request) const {
  const auto it = objects_.find(request.key);
  const bool exists = it != objects_.end();
  if (request.Header("if-none-match") == "*" && exists) {
    return ErrorReply(412, "PreconditionFailed");
  }
  const std::string match = request.Header("if-match");
  if (match.empty()) return std::nullopt;
  if (!exists) return ErrorReply(404, "NoSuchKey");
  if (match != Quoted(it->second.tag)) return ErrorReply(412, "PreconditionFailed");
  return std::nullopt;
}

FakeReply FakeBucket::Put(const FakeRequest& request) {
  if (auto refusal = Refusal(request)) return *refusal;
  objects_[request.key] = {request.body, NextTag()};
  return WithTag(objects_[request.key].tag);
}

FakeReply FakeBucket::Get(const FakeRequest& request) const {
  if (auto refusal = Refusal(request)) return *refusal;
  const auto it = objects_.find(request.key);
  if (it == objects_.end()) return ErrorReply(404, "NoSuchKey");
  const auto& [bytes, tag] = it->second;
  FakeReply reply = WithTag(tag);
  const std::string range = request.Header("range");
  unsigned long long first = 0, last = 0;
  if (range.empty()) {
    reply.body = bytes;
    return reply;
  }
  if (std::sscanf(range.c_str(), "bytes=-%llu", &last) == 1) {
    first = bytes.size() - std::min<size_t>(last, bytes.size());
    last = bytes.size() - 1;
  } else if (std::sscanf(range.c_str(), "bytes=%llu-%llu", &first, &last) != 2) {
    return ErrorReply(400, "InvalidArgument");
  }
  if (first >= bytes.size()) return ErrorReply(416, "InvalidRange");
  last = std::min<unsigned long long>(last, bytes.size() - 1);
  reply.status = 206;
  reply.headers["content-range"] = "bytes " + std::to_string(first) + "-" + std::to_string(last) +
                                   "/" + std::to_string(bytes.size());
  reply.body = bytes.substr(first, last - first + 1);
  return reply;
}

FakeReply FakeBucket::List(const FakeRequest& request) const {
  const std::string prefix = request.Parameter("prefix");
  const std::string token = request.Parameter("continuation-token");
  // As S3 does: behind the first page start-after no longer counts.
  const std::string after = token.empty() ? request.Parameter("start-after") : token.substr(6);
  const size_t limit = std::stoul(request.Parameter("max-keys"));
  std::string content, last;
  size_t count = 0;
  bool truncated = false;
  for (auto it = objects_.upper_bound(after); it != objects_.end(); ++it) {
    if (it->first.compare(0, prefix.size(), prefix) != 0) continue;
    if (count++ == limit) {
      truncated = true;
      break;
    }
    last = it->first;
    content += Element("Contents", Element("Key", last) +
                                       Element("Size", std::to_string(it->second.bytes.size())) +
                                       Element("ETag", "&quot;" + it->second.tag + "&#34;"));
  }
  content += Element("IsTruncated", truncated ? "true" : "false");
  if (truncated) content += Element("NextContinuationToken", "token=" + last);
  return Document("ListBucketResult", content);
}

FakeReply FakeBucket::ListUploads(const FakeRequest& request) const {
  // Pages of one, so that there are several.
  const std::string after = request.Parameter("upload-id-marker");
  const std::string prefix = request.Parameter("prefix");
  std::string content;
  int count = 0;
  for (auto it = uploads_.upper_bound(after); it != uploads_.end() && count < 2; ++it) {
    if (it->second.key.compare(0, prefix.size(), prefix) != 0) continue;
    if (count++ == 1) {
      content += Element("IsTruncated", "true");
      break;
    }
    content += Element(
        "Upload", Element("Key", it->second.key) + Element("UploadId", it->first) +
                      Element("Initiated", TimeText("%Y-%m-%dT%H:%M:%S.000Z", it->second.started)));
    content += Element("NextKeyMarker", it->second.key) + Element("NextUploadIdMarker", it->first);
  }
  return Document("ListMultipartUploadsResult", content);
}

FakeReply FakeBucket::StartUpload(const FakeRequest& request) {
  const std::string id = "upload/+" + std::to_string(1000 + ++last_upload_);
  uploads_[id] = {request.key, accounts_.unix_seconds, {}};
  return Document("InitiateMultipartUploadResult", Element("UploadId", id));
}

FakeReply FakeBucket::PutPart(const FakeRequest& request) {
  const auto it = uploads_.find(request.Parameter("uploadId"));
  if (it == uploads_.end()) return ErrorReply(404, "NoSuchUpload");
  Object& part = it->second.parts[std::stoi(request.Parameter("partNumber"))];
  part = {request.body, NextTag()};
  return WithTag(part.tag);
}

FakeReply FakeBucket::Complete(const FakeRequest& request) {
  const auto it = uploads_.find(request.Parameter("uploadId"));
  if (it == uploads_.end()) return ErrorReply(404, "NoSuchUpload");
  if (auto refusal = Refusal(request)) return *refusal;
  Object object{"", NextTag() + "-multipart"};
  int last = 0;
  bool is_small = false;
  for (size_t at = 0; (at = request.body.find("<Part>", at)) != std::string::npos; ++at) {
    const int number = std::stoi(TextOf(request.body, "PartNumber", at));
    const auto part = it->second.parts.find(number);
    const bool known = part != it->second.parts.end() &&
                       TextOf(request.body, "ETag", at) == "&quot;" + part->second.tag + "&quot;";
    if (!known || number <= last) return ErrorReply(400, "InvalidPart");
    // Only the last may be small.
    if (is_small) return ErrorReply(400, "EntityTooSmall");
    is_small = part->second.bytes.size() < kMinPart;
    last = number;
    object.bytes += part->second.bytes;
  }
  if (last == 0) return ErrorReply(400, "MalformedXML");
  const std::string tag = object.tag;
  objects_[request.key] = std::move(object);
  uploads_.erase(it);
  return Document("CompleteMultipartUploadResult", Element("ETag", "&quot;" + tag + "&quot;"));
}

}  // namespace dolerite::testing
