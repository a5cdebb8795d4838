// The suite of all stores over the fake server, and what the store asks of the server.
#include <algorithm>

#include "s3/s3_support.h"
#include "store/store_support.h"

namespace dolerite::testing {
namespace {

const std::vector<std::string> kNone;

TEST_CASE("the S3 store conforms") {
  FakeS3 server;
  const auto store = Make(OptionsFor(server));
  CHECK(FailedClauses(store.get()) == kNone);
  CHECK(server.bucket().objects() == 0);
  CHECK(server.bucket().uploads() == 0);
}

TEST_CASE("the S3 store conforms behind the retry store while the server fails now and then") {
  FakeS3 server;
  std::atomic<int> count{0};
  server.SetAfter([&](const FakeRequest& request, FakeReply* reply) {
    // Where the same bytes are created twice, the retry store can't know whose the first were.
    for (const char* twice : {"/create-once/", "/upload-creates/"}) {
      if (request.key.find(twice) != std::string::npos) return;
    }
    const int n = ++count;
    // Refused, failed after it took place, unanswered, cut: in turn. No call of ten attempts meets
    // only these.
    if (n % 7 == 0) *reply = ErrorReply(500, "InternalError");
    if (n % 11 == 0) *reply = ErrorReply(503, "SlowDown");
    if (n % 13 == 0) reply->send_only = 0;
    if (n % 17 == 0) reply->send_only = 40;
  });
  const auto store = Make(OptionsFor(server));
  const auto retry = Retrying(store.get());
  CHECK(FailedClauses(retry.get()) == kNone);
  server.SetAfter({});
  CHECK(server.bucket().objects() == 0);
}

TEST_CASE("the S3 store conforms below a prefix, and with the bucket in the host's name") {
  FakeS3 server;
  S3Options options = OptionsFor(server);
  options.prefix = "tenant/a/";
  CHECK(FailedClauses(Make(options).get(), {.longest_key = 1024 - 9}) == kNone);
  options.path_style = false;
  options.endpoint = "http://localhost:" + std::to_string(server.port());
  CHECK(FailedClauses(Make(options).get(), {.longest_key = 1024 - 9}) == kNone);
}

TEST_CASE("calls one after the other share a connection") {
  FakeS3 server;
  const auto store = Make(OptionsFor(server));
  for (int i = 0; i < 50; ++i) {
    const std::string key = "k" + std::to_string(i);
    REQUIRE(store->Put(key, Bytes(1000)).ok());
    REQUIRE(store->Read(key, ByteRange::At(1, 2)).ok());
    REQUIRE(absl::IsNotFound(store->Head("x").status()));
  }
  CHECK(server.connections() == 1);
  CHECK(server.requests() == 150);
}

TEST_CASE("no more connections than calls at once") {
  FakeS3 server;
  const auto store = Make(OptionsFor(server));
  REQUIRE(store->Put("k", Bytes(1000)).ok());
  RunOnThreads(4, [&](int) {
    for (int i = 0; i < 50; ++i) {
      if (!store->Read("k", ByteRange::Last(10)).ok()) std::abort();
    }
  });
  CHECK(server.connections() <= 4);
}

TEST_CASE("a small upload is one Put") {
  FakeS3 server;
  const auto store = Make(OptionsFor(server));
  auto upload = store->StartUpload("k");
  REQUIRE((*upload)->Append(Bytes(kPart - 1)).ok());
  CHECK(server.requests() == 0);
  REQUIRE((*upload)->Finish().ok());
  CHECK(server.requests() == 1);
  CHECK(Content(*store, "k") == Bytes(kPart - 1));
}

}  // namespace
}  // namespace dolerite::testing
