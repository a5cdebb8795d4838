// What a caller learns of each status and code that a server refuses with.
#include "s3/s3_support.h"
#include "store/store_support.h"

namespace dolerite::testing {
namespace {

using absl::StatusCode;

TEST_CASE("statuses of HTTP and codes of S3 become statuses") {
  struct Row {
    int http;
    const char* code;
    StatusCode status;
  };
  const Row rows[] = {
      {409, "ConditionalRequestConflict", StatusCode::kAborted},
      {409, "OperationAborted", StatusCode::kAborted},
      {503, "SlowDown", StatusCode::kResourceExhausted},
      {503, "ServiceUnavailable", StatusCode::kUnavailable},
      {429, "TooManyRequests", StatusCode::kResourceExhausted},
      {500, "InternalError", StatusCode::kUnavailable},
      {502, "", StatusCode::kUnavailable},
      {504, "GatewayTimeout", StatusCode::kUnavailable},
      {400, "RequestTimeout", StatusCode::kUnavailable},
      {400, "BadDigest", StatusCode::kUnavailable},
      {408, "", StatusCode::kUnavailable},
      {401, "", StatusCode::kUnauthenticated},
      {403, "SignatureDoesNotMatch", StatusCode::kUnauthenticated},
      {403, "AccessDenied", StatusCode::kPermissionDenied},
      {404, "NoSuchBucket", StatusCode::kInvalidArgument},
      {400, "InvalidArgument", StatusCode::kInvalidArgument},
      {405, "MethodNotAllowed", StatusCode::kInvalidArgument},
      {501, "NotImplemented", StatusCode::kUnimplemented},
      {307, "TemporaryRedirect", StatusCode::kInvalidArgument},
  };
  Bucket bucket;
  for (const Row& row : rows) {
    INFO(row.http << " " << row.code);
    bucket.server.SetBefore(Instead(ErrorReply(row.http, row.code)));
    CHECK(bucket.Read() == row.status);
    CHECK(bucket.Create() == row.status);
    CHECK(bucket.List() == row.status);
    CHECK(bucket.Delete() == row.status);
  }
  CHECK(bucket.server.bucket().objects() == 1);
}

TEST_CASE("an error inside a success is an error") {
  Bucket bucket;
  const auto inside = [&](const char* code) {
    FakeReply reply = ErrorReply(200, code);
    reply.headers["etag"] = "\"e\"";
    reply.body.insert(0, " \n\n");
    bucket.server.SetBefore(Instead(reply));
  };
  inside("InternalError");
  CHECK(bucket.Create() == StatusCode::kUnavailable);
  CHECK(bucket.Delete() == StatusCode::kUnavailable);
  CHECK(bucket.List() == StatusCode::kUnavailable);
  inside("SlowDown");
  CHECK(bucket.Create() == StatusCode::kResourceExhausted);
  inside("NobodyKnows");
  CHECK(bucket.Create() == StatusCode::kUnavailable);
  // Of an object no byte counts as an error.
  bucket.server.SetBefore({});
  const std::string bytes = ErrorReply(200, "InternalError").body;
  REQUIRE(bucket.store->Put("e", bytes).ok());
  CHECK(Content(*bucket.store, "e") == bytes);
}

TEST_CASE("conditions that do not hold") {
  Bucket bucket;
  for (const int http : {412, 304}) {
    bucket.server.SetBefore(Instead({http}));
    CHECK(bucket.Create() == StatusCode::kAlreadyExists);
    CHECK(
        bucket.store->Put("k", "x", {.mode = PutMode::kIfMatch, .version = "v"}).status().code() ==
        StatusCode::kFailedPrecondition);
    CHECK(bucket.store->Read("k", ByteRange::All(), {.version = "v"}).status().code() ==
          StatusCode::kFailedPrecondition);
  }
}

TEST_CASE("a version that no header can carry is not the present one") {
  Bucket bucket;
  const int requests = bucket.server.requests();
  for (const std::string version : {"a\r\nx-amz-acl: public-read", "a b", "\x80"}) {
    CHECK(absl::IsFailedPrecondition(
        bucket.store->Put("k", "x", {.mode = PutMode::kIfMatch, .version = version}).status()));
    CHECK(absl::IsFailedPrecondition(
        bucket.store->Read("k", ByteRange::All(), {.version = version}).status()));
  }
  CHECK(bucket.server.requests() == requests);
}

TEST_CASE("a server that knows versions without quotes only") {
  Bucket bucket;
  bucket.server.SetBefore([](FakeRequest* request) -> std::optional<FakeReply> {
    if (request->method != "PUT") return std::nullopt;
    std::string& match = request->headers["if-match"];
    if (match.starts_with('"')) return ErrorReply(412, "PreconditionFailed");
    match = "\"" + match + "\"";
    return std::nullopt;
  });
  const std::string version = bucket.store->Head("k")->version;
  CHECK(bucket.store->Put("k", "x", {.mode = PutMode::kIfMatch, .version = version}).ok());
  CHECK(absl::IsFailedPrecondition(
      bucket.store->Put("k", "y", {.mode = PutMode::kIfMatch, .version = version}).status()));
  CHECK(Content(*bucket.store, "k") == "x");
}

TEST_CASE("a redirect names the region and is not followed") {
  Bucket bucket;
  FakeReply reply = ErrorReply(301, "PermanentRedirect", "<Endpoint>bucket.other</Endpoint>");
  reply.headers["x-amz-bucket-region"] = "eu-north-1";
  reply.headers["location"] = bucket.server.endpoint() + "/bucket/k";
  bucket.server.SetBefore(Instead(reply));
  const absl::Status status = bucket.store->Read("k", ByteRange::All()).status();
  CHECK(status.code() == StatusCode::kInvalidArgument);
  CHECK_THAT(status.ToString(), Catch::Contains("eu-north-1") && Catch::Contains("bucket.other"));
  CHECK(bucket.Head() == StatusCode::kInvalidArgument);
  CHECK_THAT(bucket.store->Head("k").status().ToString(), Catch::Contains("eu-north-1"));

  bucket.server.SetBefore({});
  bucket.server.bucket().accounts().region = "eu-north-1";
  CHECK_THAT(bucket.store->Read("k", ByteRange::All()).status().ToString(),
             Catch::Contains("eu-north-1"));
}

}  // namespace
}  // namespace dolerite::testing
