// Each call is one request, but for two: a read of the end of an object that is shorter (some
// servers refuse that, and the whole is read), and a replacement under a condition, which a server
// may know in one of two forms.
#include "s3/objects.h"

#include <optional>
#include <utility>

#include "base/status.h"
#include "store/errors.h"
#include "store/ranges.h"

namespace dolerite::s3 {
namespace {

// An answer that breaks the protocol may be of a proxy: asking again may help.
absl::Status Unsound(std::string_view what, std::string_view key) {
  return Unavailable("the server's answer for ", key, " has no sound ", what);
}

std::string Quoted(std::string_view version) { return Concat("\"", version, "\""); }

std::string RangeHeader(const ByteRange& range) {
  // The last byte is inclusive; an empty range never comes here.
  if (range.from_end) return Concat("bytes=-", range.length);
  return Concat("bytes=", range.offset, "-", range.offset + range.length - 1);
}

// What a read gives, and which bytes of the body hold it.
struct Placed {
  Window window;
  uint64_t offset = 0;  // in the object
  uint64_t object_size = 0;
};

// 206: the body is a part of the object. It must be the part that was asked for.
absl::StatusOr<Placed> PlacePart(const Head& head, std::string_view key, const ByteRange& range) {
  // So some servers give the last bytes of an empty object.
  if (range.from_end && head.Find("content-length") == "0") return Placed{};
  const std::optional<ContentRange> part = ParseContentRange(head.Find("content-range"));
  if (!part) return Unsound("Content-Range", key);
  DOLERITE_ASSIGN_OR_RETURN(const ByteRange wanted, Resolve(key, range, part->object_size));
  if (part->offset != wanted.offset || part->length != wanted.length) {
    return Unavailable("the server sent ", part->length, " bytes at ", part->offset, " of ", key,
                       " where ", wanted.length, " at ", wanted.offset, " were asked for");
  }
  return Placed{{0, part->length}, part->offset, part->object_size};
}

// 200: the body is the object, because all was asked for, or because the server knows no ranges.
// From such an answer the wanted bytes are cut, and the transfer ends behind them.
absl::StatusOr<Placed> PlaceWhole(const Head& head, std::string_view key, const ByteRange& range) {
  const std::optional<uint64_t> size = ParseNumber(head.Find("content-length"));
  // Chunks tell their end themselves; the size is then known when all have come.
  const bool in_chunks = !size && head.Find("transfer-encoding") == "chunked";
  if (in_chunks && range == ByteRange::All()) return Placed{{0, UINT64_MAX}};
  if (!size) return Unsound("Content-Length", key);
  DOLERITE_ASSIGN_OR_RETURN(const ByteRange wanted, Resolve(key, range, *size));
  const bool has_rest = wanted.length < *size - wanted.offset;
  return Placed{{wanted.offset, wanted.length, has_rest}, wanted.offset, *size};
}

// One request. Other than ObjectStore::Read, the range may be longer than `most`: then an object of
// more than `most` bytes is Unavailable.
absl::StatusOr<ReadResult> ReadOnce(Client* client, std::string_view key, const ByteRange& range,
                                    const CallOptions& options, uint64_t most) {
  // Filled by the window, which is asked when the head is there.
  Placed placed;
  Call call{.key = key};
  if (range != ByteRange::All()) call.headers.emplace_back("range", RangeHeader(range));
  if (!options.version.empty()) call.headers.emplace_back("if-match", Quoted(options.version));
  call.window = [&](const Head& head) -> absl::StatusOr<Window> {
    DOLERITE_ASSIGN_OR_RETURN(
        placed, head.status == 206 ? PlacePart(head, key, range) : PlaceWhole(head, key, range));
    if (placed.window.take > most) return Unavailable("object ", key, " grew while it was read");
    return placed.window;
  };
  DOLERITE_ASSIGN_OR_RETURN(HttpAnswer answer,
                            client->SendOk(call, Condition::kVersion, options.context));
  DOLERITE_ASSIGN_OR_RETURN(std::string version, VersionOf(answer.head, key));
  ReadResult result{{}, placed.offset, placed.object_size, std::move(version)};
  // Sent in chunks: only now is the size known.
  if (placed.window.take == UINT64_MAX) result.object_size = answer.body.size();
  result.slice = Slice::Own(std::move(answer.body));
  return result;
}

// Versions come from the answer's ETag, so no second request is needed.
absl::StatusOr<std::string> PutOnce(Client* client, std::string_view key, std::string_view bytes,
                                    Condition condition, const Fields& headers,
                                    const CallContext& context) {
  const Call call{.method = "PUT", .key = key, .headers = headers, .body = bytes};
  DOLERITE_ASSIGN_OR_RETURN(const HttpAnswer answer, client->SendOk(call, condition, context));
  return VersionOf(answer.head, key);
}

}  // namespace

// An object without a version could not be recognised later, so an answer must give one.
absl::StatusOr<std::string> VersionOf(const Head& head, std::string_view key) {
  std::optional<std::string> version = ParseETag(head.Find("etag"));
  if (!version) return Unsound("ETag", key);
  return *std::move(version);
}

absl::StatusOr<ReadResult> ReadObject(Client* client, std::string_view key, const ByteRange& range,
                                      const CallOptions& options) {
  // No object has such a version, and no header could carry it.
  if (!options.version.empty() && !IsVersion(options.version)) return VersionChanged(key);
  auto result = ReadOnce(client, key, range, options, UINT64_MAX);
  const bool refused = absl::IsOutOfRange(result.status()) && range.from_end;
  if (!refused || range == ByteRange::All()) return result;
  // The object is empty or shorter than the range, so the whole of it was asked for.
  return ReadOnce(client, key, ByteRange::All(), options, range.length);
}

absl::StatusOr<std::string> PutObject(Client* client, std::string_view key, std::string_view bytes,
                                      const PutOptions& put, const CallContext& context) {
  switch (put.mode) {
    case PutMode::kCreate:
      return PutOnce(client, key, bytes, Condition::kAbsent, {{"if-none-match", "*"}}, context);
    case PutMode::kReplace:
      return PutOnce(client, key, bytes, Condition::kNone, {}, context);
    case PutMode::kIfMatch:
      break;
  }
  // A version that no server gave can't be the present one.
  if (!IsVersion(put.version)) return VersionChanged(key);
  const auto if_match = [&](const std::string& version) {
    return PutOnce(client, key, bytes, Condition::kVersion, {{"if-match", version}}, context);
  };
  auto version = if_match(Quoted(put.version));
  if (!absl::IsFailedPrecondition(version.status())) return version;
  // Nothing was written. radosgw knows the version without the quotes that HTTP wants.
  return if_match(put.version);
}

// The size is that of the object, although no body comes.
absl::StatusOr<ObjectInfo> HeadObject(Client* client, std::string_view key,
                                      const CallContext& context) {
  const Call call{.method = "HEAD", .key = key};
  DOLERITE_ASSIGN_OR_RETURN(const HttpAnswer answer,
                            client->SendOk(call, Condition::kNone, context));
  const std::optional<uint64_t> size = ParseNumber(answer.head.Find("content-length"));
  if (!size) return Unsound("Content-Length", key);
  DOLERITE_ASSIGN_OR_RETURN(std::string version, VersionOf(answer.head, key));
  return ObjectInfo{std::string(key), *size, std::move(version)};
}

// Deleting what is not there is fine: the aim is reached.
absl::Status DeleteObject(Client* client, std::string_view key, const CallContext& context) {
  const Call call{.method = "DELETE", .key = key};
  const absl::Status status = client->SendOk(call, Condition::kNone, context).status();
  return absl::IsNotFound(status) ? absl::OkStatus() : status;
}

}  // namespace dolerite::s3
