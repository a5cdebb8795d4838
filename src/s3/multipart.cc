// An upload holds what does not fill a part yet. With the first full part the server is asked for
// an upload id; the end sends what is left as the last part, whatever its size, and has the server
// make the object of all parts. A part that failed is sent again under its number, which replaces
// it.
//
// The end may take place although its answer is lost. The next try is then refused, because the
// object is there or the upload is gone: the object is ours if it has the parts' hashes.
#include "s3/multipart.h"

#include <set>
#include <utility>
#include <vector>

#include "base/out_of_memory.h"
#include "base/status.h"
#include "s3/answers.h"
#include "s3/objects.h"
#include "s3/xml.h"
#include "store/errors.h"

namespace dolerite::s3 {
namespace {

constexpr size_t kMaxParts = 10'000;  // of the protocol

struct Part {
  std::string version;
  std::string hash;  // SHA-256
  uint64_t size;
};

// The upload's id.
absl::StatusOr<std::string> BeginParts(Client* client, std::string_view key,
                                       const CallContext& context) {
  const Call call{.method = "POST", .key = key, .query = {{"uploads", ""}}};
  DOLERITE_ASSIGN_OR_RETURN(const HttpAnswer answer,
                            client->SendOk(call, Condition::kNone, context));
  return ParseUploadId(answer.body);
}

// Freed also if it is gone already, as after an answer that was lost.
absl::Status AbortParts(Client* client, std::string_view key, const std::string& id,
                        const CallContext& context) {
  const Call call{.method = "DELETE", .key = key, .query = {{"uploadId", id}}};
  const absl::Status status = client->SendOk(call, Condition::kNone, context).status();
  // There is no such upload (any more).
  const bool gone = absl::IsNotFound(status) || absl::IsFailedPrecondition(status);
  return gone ? absl::OkStatus() : status;
}

class MultipartUpload : public Upload {
 public:
  MultipartUpload(Client* client, std::string key, uint64_t part_bytes)
      : client_(client), key_(std::move(key)), part_bytes_(part_bytes) {}
  // In a destructor, so nobody can stop it while it waits for the server.
  ~MultipartUpload() override {
    // What can't be freed now waits for AbortUploads.
    if (!id_.empty()) (void)WithinMemory([&] { return AbortParts(client_, key_, id_, {}); });
  }

 protected:
  absl::Status DoAppend(std::string_view bytes, const CallOptions& options) override {
    const size_t parts = parts_.size(), held = held_.size();
    absl::Status status =
        WithinMemory([&]() -> absl::Status { return Send(bytes, options.context); });
    if (!status.ok()) {
      // As if nothing had been added. Parts that were sent will be sent over.
      // The server keeps the last of each number, so an older part does no harm.
      parts_.resize(parts);
      held_.resize(held);
    }
    return status;
  }

  absl::StatusOr<std::string> DoFinish(const CallOptions& options) override {
    return WithinMemory([&]() -> absl::StatusOr<std::string> {
      // Less than a part was ever there: no upload was begun, and one Put does it.
      if (parts_.empty()) return PutWhole(options);
      return Complete(options);
    });
  }

 private:
  // Sends all full parts of what is held and `bytes`, and holds the rest.
  absl::Status Send(std::string_view bytes, const CallContext& context) {
    // `part_bytes_` is always more than what is held.
    if (bytes.size() < part_bytes_ - held_.size()) {
      held_.append(bytes);
      return absl::OkStatus();
    }
    // The first part begins with what is held; the others are sent from where they lie.
    const size_t missing = part_bytes_ - held_.size();
    held_.append(bytes.substr(0, missing));
    DOLERITE_RETURN_IF_ERROR(SendPart(held_, context));
    bytes.remove_prefix(missing);
    for (; bytes.size() >= part_bytes_; bytes.remove_prefix(part_bytes_)) {
      DOLERITE_RETURN_IF_ERROR(SendPart(bytes.substr(0, part_bytes_), context));
    }
    held_.assign(bytes);
    return absl::OkStatus();
  }

  absl::Status SendPart(std::string_view bytes, const CallContext& context) {
    // Found late, but nobody knows before how long an upload becomes.
    if (parts_.size() == kMaxParts) {
      return FailedPrecondition("upload of ", key_, ": more than ", kMaxParts,
                                " parts: take larger ones (part_bytes)");
    }
    if (id_.empty()) {
      DOLERITE_ASSIGN_OR_RETURN(id_, BeginParts(client_, key_, context));
    }
    std::string hash = Sha256(bytes);
    const Call call{.method = "PUT",
                    .key = key_,
                    .query = {{"partNumber", std::to_string(parts_.size() + 1)}, {"uploadId", id_}},
                    .body = bytes,
                    .body_hash = hash};
    DOLERITE_ASSIGN_OR_RETURN(const HttpAnswer answer,
                              client_->SendOk(call, Condition::kNone, context));
    // The end must name each part with the version that it was given.
    DOLERITE_ASSIGN_OR_RETURN(std::string version, VersionOf(answer.head, key_));
    parts_.push_back({std::move(version), std::move(hash), bytes.size()});
    return absl::OkStatus();
  }

  // Everything fits one part.
  absl::StatusOr<std::string> PutWhole(const CallOptions& options) {
    auto version = PutObject(client_, key_, held_, {}, options.context);
    // The first try is never mistaken: what is there then is somebody else's.
    if (absl::IsAlreadyExists(version.status()) && was_tried_) {
      auto found = ReadObject(client_, key_, ByteRange::All(), options);
      if (MayPass(found.status())) return found.status();
      if (found.ok() && found->slice.bytes == held_) return found->version;
    }
    was_tried_ = true;
    return version;
  }

  absl::StatusOr<std::string> Complete(const CallOptions& options) {
    // The last part may be smaller than the protocol's least size.
    if (!held_.empty()) {
      DOLERITE_RETURN_IF_ERROR(SendPart(held_, options.context));
      held_.clear();
    }
    // Servers that ignore the condition below at least do not replace what is there already.
    if (!was_tried_) {
      auto there = HeadObject(client_, key_, options.context);
      if (there.ok()) return ObjectExists(key_);
      if (!absl::IsNotFound(there.status())) return there.status();
    }
    auto version = AskToComplete(options.context);
    const bool refused =
        absl::IsAlreadyExists(version.status()) || absl::IsFailedPrecondition(version.status());
    if (refused && was_tried_) version = Recognize(version.status(), options);
    was_tried_ = true;
    if (version.ok()) id_.clear();  // there is nothing to abort
    return version;
  }

  // The condition goes with this request, as it is the one that makes the object.
  absl::StatusOr<std::string> AskToComplete(const CallContext& context) {
    std::string body = "<CompleteMultipartUpload>";
    for (size_t i = 0; i < parts_.size(); ++i) {
      body += Concat("<Part><PartNumber>", i + 1, "</PartNumber><ETag>&quot;",
                     EscapeXml(parts_[i].version), "&quot;</ETag></Part>");
    }
    body += "</CompleteMultipartUpload>";
    const Call call{.method = "POST",
                    .key = key_,
                    .query = {{"uploadId", id_}},
                    .headers = {{"if-none-match", "*"}},
                    .body = body};
    DOLERITE_ASSIGN_OR_RETURN(const HttpAnswer answer,
                              client_->SendOk(call, Condition::kAbsent, context));
    DOLERITE_ASSIGN_OR_RETURN(std::string version, ParseCompleted(answer.body));
    if (!version.empty()) return version;
    // The server made the object and did not tell its version.
    DOLERITE_ASSIGN_OR_RETURN(ObjectInfo info, HeadObject(client_, key_, context));
    return std::move(info.version);
  }

  // An earlier end may have made the object. Its version if it has our bytes; otherwise `refusal`.
  absl::StatusOr<std::string> Recognize(const absl::Status& refusal, CallOptions options) {
    uint64_t offset = 0;
    for (const Part& part : parts_) {
      // Part by part, so that not more than one is in memory. All of one version.
      auto read = ReadObject(client_, key_, ByteRange::At(offset, part.size), options);
      if (MayPass(read.status())) return read.status();
      if (!read.ok() || read->object_size != size() || Sha256(read->slice.bytes) != part.hash) {
        return refusal;
      }
      options.version = read->version;  // of all parts
      offset += part.size;
    }
    return options.version;
  }

  Client* const client_;
  const std::string key_;
  const uint64_t part_bytes_;
  std::string held_;  // less than a part
  std::string id_;    // of the server; "" before the first part, and at the end
  std::vector<Part> parts_;
  bool was_tried_ = false;  // an earlier end may have taken place
};

}  // namespace

std::unique_ptr<Upload> MakeMultipartUpload(Client* client, std::string key, uint64_t part_bytes) {
  return std::make_unique<MultipartUpload>(client, std::move(key), part_bytes);
}

// By pages, each with its own place to go on.
absl::StatusOr<uint64_t> AbortOldUploads(Client* client, const std::string& prefix,
                                         int64_t started_before, const CallContext& context) {
  uint64_t aborted = 0;
  std::string next_key, next_id;
  std::set<std::pair<std::string, std::string>> seen;
  for (;;) {
    Call call;
    call.query = {{"uploads", ""}, {"prefix", prefix}};
    if (!next_key.empty()) call.query.emplace_back("key-marker", next_key);
    if (!next_id.empty()) call.query.emplace_back("upload-id-marker", next_id);
    DOLERITE_ASSIGN_OR_RETURN(const HttpAnswer answer,
                              client->SendOk(call, Condition::kNone, context));
    DOLERITE_ASSIGN_OR_RETURN(UploadsAnswer page, ParseUploads(answer.body));
    for (const OpenUpload& upload : page.uploads) {
      // Nothing is aborted that lies outside, whatever the server lists.
      if (!upload.key.starts_with(prefix)) return Unavailable("the list of uploads strays");
      // Names that are no keys are not ours.
      if (upload.started_unix_seconds >= started_before || !ValidateKey(upload.key).ok()) continue;
      DOLERITE_RETURN_IF_ERROR(context.Check());
      DOLERITE_RETURN_IF_ERROR(AbortParts(client, upload.key, upload.id, context));
      ++aborted;
    }
    if (!page.truncated) return aborted;
    next_key = std::move(page.next_key), next_id = std::move(page.next_id);
    // A page that comes again would be asked for ever.
    if (!seen.insert({next_key, next_id}).second) {
      return Unavailable("pages of the list of uploads repeat themselves");
    }
  }
}

}  // namespace dolerite::s3
