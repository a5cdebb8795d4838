// Uploads in parts, over a server that goes wrong at each step.
#include "s3/s3_support.h"
#include "store/store_support.h"

namespace dolerite::testing {
namespace {

bool IsPart(const FakeRequest& request) { return request.Has("partNumber"); }
bool IsStart(const FakeRequest& request) { return request.Has("uploads"); }
bool IsEnd(const FakeRequest& request) {
  return request.method == "POST" && request.Has("uploadId");
}

struct Parts {
  Parts() : store(Make(OptionsFor(server))) {}

  std::unique_ptr<Upload> Start(ObjectStore* over, const std::string& key = "k") {
    auto upload = over->StartUpload(key);
    REQUIRE(upload.ok());
    return *std::move(upload);
  }

  FakeS3 server;
  std::unique_ptr<S3Store> store;
  const std::string bytes = Bytes(2 * kPart + 100);
};

TEST_CASE("an upload has the same bytes however it is cut") {
  Parts parts;
  for (const size_t piece : {size_t{1'000'000}, size_t{kPart - 1}, size_t{kPart}, size_t{kPart + 1},
                             size_t{2 * kPart}, size_t{3 * kPart}}) {
    const std::string key = "k" + std::to_string(piece);
    auto upload = parts.Start(parts.store.get(), key);
    for (size_t at = 0; at < parts.bytes.size(); at += piece) {
      REQUIRE(upload->Append(std::string_view(parts.bytes).substr(at, piece)).ok());
    }
    auto version = upload->Finish();
    REQUIRE(version.ok());
    CHECK(parts.store->Head(key)->version == *version);
    CHECK(Content(*parts.store, key) == parts.bytes);
  }
  CHECK(parts.server.bucket().uploads() == 0);
}

TEST_CASE("an upload that ends with a whole part") {
  Parts parts;
  auto upload = parts.Start(parts.store.get());
  REQUIRE(upload->Append(Bytes(2 * kPart)).ok());
  REQUIRE(upload->Finish().ok());
  CHECK(Content(*parts.store, "k") == Bytes(2 * kPart));
}

TEST_CASE("a part that failed is sent again, and nothing of it was added") {
  Parts parts;
  auto upload = parts.Start(parts.store.get());
  REQUIRE(upload->Append(Bytes(1000)).ok());
  // The second of two parts of one call fails after it took place.
  std::atomic<int> count{0};
  parts.server.SetAfter([&](const FakeRequest& request, FakeReply* reply) {
    if (IsPart(request) && ++count == 2) *reply = ErrorReply(500, "InternalError");
  });
  CHECK(absl::IsUnavailable(upload->Append(Bytes(2 * kPart, 9))));
  CHECK(upload->size() == 1000);
  // Other bytes than before.
  REQUIRE(upload->Append(parts.bytes).ok());
  REQUIRE(upload->Finish().ok());
  CHECK(Content(*parts.store, "k") == Bytes(1000) + parts.bytes);
}

TEST_CASE("behind the retry store an upload survives a fault of each step") {
  for (const auto step : {IsStart, IsPart, IsEnd}) {
    for (const bool before : {false, true}) {
      Parts parts;
      auto failed = std::make_shared<std::atomic<bool>>(false);
      if (before) {
        parts.server.SetBefore([=](FakeRequest* request) -> std::optional<FakeReply> {
          if (!step(*request) || failed->exchange(true)) return std::nullopt;
          return ErrorReply(503, "SlowDown");
        });
      } else {
        parts.server.SetAfter(Once(step, [](FakeReply* reply) { reply->send_only = 0; }));
      }
      auto retry = Retrying(parts.store.get());
      auto upload = parts.Start(retry.get());
      REQUIRE(upload->Append(parts.bytes).ok());
      auto version = upload->Finish();
      REQUIRE(version.ok());
      CHECK(parts.store->Head("k")->version == *version);
      CHECK(Content(*parts.store, "k") == parts.bytes);
    }
  }
}

TEST_CASE("an end inside whose success is an error") {
  Parts parts;
  parts.server.SetAfter(Once(IsEnd, [](FakeReply* reply) {
    *reply = ErrorReply(200, "InternalError");
    reply->body.insert(0, "  \n ");
  }));
  auto upload = parts.Start(parts.store.get());
  REQUIRE(upload->Append(parts.bytes).ok());
  CHECK(absl::IsUnavailable(upload->Finish().status()));
  // It had taken place.
  REQUIRE(upload->Finish().ok());
}

TEST_CASE("an end whose answer tells no version") {
  Parts parts;
  parts.server.SetAfter(Once(IsEnd, [](FakeReply* reply) {
    reply->body = "<CompleteMultipartUploadResult><ETag></ETag></CompleteMultipartUploadResult>";
  }));
  auto upload = parts.Start(parts.store.get());
  REQUIRE(upload->Append(parts.bytes).ok());
  const auto version = upload->Finish();
  REQUIRE(version.ok());
  CHECK(parts.store->Head("k")->version == *version);
}

TEST_CASE("an end that was lost is known again by its bytes alone") {
  Parts parts;
  // The end takes place, its answer is lost, and another replaces the object.
  for (const bool replaced : {false, true}) {
    const std::string key = replaced ? "r" : "o";
    parts.server.SetAfter(
        Once(IsEnd, [](FakeReply* reply) { *reply = ErrorReply(500, "InternalError"); }));
    auto upload = parts.Start(parts.store.get(), key);
    REQUIRE(upload->Append(parts.bytes).ok());
    CHECK(absl::IsUnavailable(upload->Finish().status()));
    std::string other = parts.bytes;
    other.back() ^= 1;
    if (replaced) REQUIRE(parts.store->Put(key, other, {.mode = PutMode::kReplace}).ok());
    CHECK(upload->Finish().ok() == !replaced);
  }
}

TEST_CASE("an upload over an object is refused, and freed") {
  Parts parts;
  for (const bool knows_conditions : {true, false}) {
    parts.server.SetBefore([=](FakeRequest* request) -> std::optional<FakeReply> {
      if (!knows_conditions && IsEnd(*request)) request->headers.erase("if-none-match");
      return std::nullopt;
    });
    {
      auto upload = parts.Start(parts.store.get());
      REQUIRE(upload->Append(parts.bytes).ok());
      if (parts.server.bucket().objects() == 0) REQUIRE(parts.store->Put("k", "first").ok());
      CHECK(absl::IsAlreadyExists(upload->Finish().status()));
      CHECK(parts.server.bucket().uploads() == 1);
    }
    CHECK(parts.server.bucket().uploads() == 0);
    CHECK(Content(*parts.store, "k") == "first");
  }
}

TEST_CASE("of two uploads that end at once one wins") {
  Parts parts;
  auto first = parts.Start(parts.store.get()), second = parts.Start(parts.store.get());
  REQUIRE(first->Append(Bytes(kPart, 1)).ok());
  REQUIRE(second->Append(Bytes(kPart, 2)).ok());
  // The first ends while the second is between its look and its own end.
  parts.server.SetAfter(Once([](const FakeRequest& request) { return request.method == "HEAD"; },
                             [&](FakeReply*) {
                               parts.server.SetAfter({});
                               if (!first->Finish().ok()) std::abort();
                             }));
  CHECK(absl::IsAlreadyExists(second->Finish().status()));
  CHECK(Content(*parts.store, "k") == Bytes(kPart, 1));
}

TEST_CASE("an upload that the server has dropped cannot go on") {
  Parts parts;
  auto upload = parts.Start(parts.store.get());
  REQUIRE(upload->Append(Bytes(kPart)).ok());
  CHECK(*parts.store->AbortUploads("", INT64_MAX) == 1);
  CHECK(absl::IsFailedPrecondition(upload->Append(Bytes(kPart))));
  CHECK(absl::IsFailedPrecondition(upload->Finish().status()));
  CHECK(absl::IsNotFound(parts.store->Head("k").status()));
}

TEST_CASE("a dropped upload leaves nothing, or what AbortUploads finds") {
  Parts parts;
  const auto drop = [&](const std::string& key) {
    auto upload = parts.Start(parts.store.get(), key);
    REQUIRE(upload->Append(Bytes(kPart)).ok());
  };
  drop("a/1");
  CHECK(parts.server.bucket().uploads() == 0);
  parts.server.SetBefore([](FakeRequest* request) -> std::optional<FakeReply> {
    if (request->method == "DELETE") return ErrorReply(503, "SlowDown");
    return std::nullopt;
  });
  drop("a/1");
  drop("b/1");
  drop("a/2");
  parts.server.bucket().accounts().unix_seconds += 100;
  drop("a/3");
  CHECK(parts.server.bucket().uploads() == 4);
  CHECK(parts.store->ListAll("")->empty());
  CHECK(parts.store->AbortUploads("a/", 1'400'000'100).status().code() ==
        absl::StatusCode::kResourceExhausted);
  parts.server.SetBefore({});
  CHECK(*parts.store->AbortUploads("a/", 1'400'000'000) == 0);
  CHECK(*parts.store->AbortUploads("a/", 1'400'000'100) == 2);
  CHECK(parts.server.bucket().uploads() == 2);
  CHECK(*parts.store->AbortUploads("", 1'400'000'101) == 2);
  CHECK(parts.server.bucket().uploads() == 0);
}

TEST_CASE("a list of uploads that does not end is left") {
  Parts parts;
  FakeReply reply;
  reply.body =
      "<ListMultipartUploadsResult><IsTruncated>true</IsTruncated><NextKeyMarker>k</NextKeyMarker>"
      "<NextUploadIdMarker>i</NextUploadIdMarker></ListMultipartUploadsResult>";
  parts.server.SetBefore(Instead(reply));
  CHECK(absl::IsUnavailable(parts.store->AbortUploads("", INT64_MAX).status()));
  reply.body =
      "<ListMultipartUploadsResult><Upload><Key>k</Key></Upload></ListMultipartUploadsResult>";
  parts.server.SetBefore(Instead(reply));
  CHECK(absl::IsUnavailable(parts.store->AbortUploads("", INT64_MAX).status()));
}

}  // namespace
}  // namespace dolerite::testing
