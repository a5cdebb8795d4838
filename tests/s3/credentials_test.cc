// Who asks, and when: credentials, their end, and clocks.
#include "s3/s3_support.h"
#include "store/store_support.h"

namespace dolerite::testing {
namespace {

constexpr int64_t kNow = 1'400'000'000;

// Gives credentials by number: key K1, token T1, and so on.
struct Issuer {
  explicit Issuer(FakeS3* server) : server(server) {}

  S3Credentials Next(int64_t expires) {
    const std::string n = std::to_string(++asked);
    server->bucket().accounts().Set("K" + n, {"S" + n, "T" + n});
    return {"K" + n, "S" + n, "T" + n, expires};
  }

  FakeS3* server;
  std::atomic<int> asked{0};
};

TEST_CASE("credentials are asked for once while they last") {
  FakeS3 server;
  Issuer issuer(&server);
  std::atomic<int64_t> now{kNow};
  S3Options options = OptionsFor(server);
  options.unix_seconds = [&] { return now.load(); };
  options.credentials = [&] { return issuer.Next(now + 3600); };
  const auto store = Make(options);
  CHECK(issuer.asked == 0);
  const auto put = [&] { return store->Put("k", "1", {.mode = PutMode::kReplace}).ok(); };
  const auto later = [&](int64_t seconds) {
    now += seconds;
    server.bucket().accounts().unix_seconds += seconds;
  };
  CHECK(put());
  later(3299);
  CHECK(put());
  CHECK(issuer.asked == 1);
  later(1);  // five minutes before the end
  CHECK(put());
  CHECK(put());
  CHECK(issuer.asked == 2);
}

TEST_CASE("credentials that cannot be renewed yet serve to their end") {
  FakeS3 server;
  Issuer issuer(&server);
  std::atomic<int64_t> now{kNow};
  std::atomic<int> asked{0};
  S3Options options = OptionsFor(server);
  options.unix_seconds = [&] { return now.load(); };
  options.credentials = [&]() -> absl::StatusOr<S3Credentials> {
    if (++asked > 1) return absl::UnavailableError("the issuer is away");
    return issuer.Next(kNow + 3600);
  };
  const auto store = Make(options);
  const auto put = [&] { return store->Put("k", "1", {.mode = PutMode::kReplace}).status(); };
  CHECK(put().ok());
  now = kNow + 3400;
  server.bucket().accounts().unix_seconds = kNow + 3400;
  CHECK(put().ok());
  CHECK(put().ok());
  CHECK(asked == 2);  // not for each request
  now = kNow + 3600;
  CHECK(absl::IsUnavailable(put()));
}

TEST_CASE("credentials that the server finds expired are asked for again, once a call") {
  FakeS3 server;
  Issuer issuer(&server);
  S3Options options = OptionsFor(server);
  options.credentials = [&] { return issuer.Next(0); };
  const auto store = Make(options);
  REQUIRE(store->Put("k", Bytes(100)).ok());
  server.bucket().accounts().Set("K1", {"S1", "T1", true});
  CHECK(Content(*store, "k") == Bytes(100));
  CHECK(issuer.asked == 2);
  // Also where the answer has no body that says so.
  server.bucket().accounts().Set("K2", {"S2", "T2", true});
  CHECK(store->Head("k").ok());
  CHECK(issuer.asked == 3);
  server.SetBefore(Instead(ErrorReply(400, "ExpiredToken")));
  const int requests = server.requests();
  CHECK(store->Put("x", "").status().code() == absl::StatusCode::kUnauthenticated);
  CHECK(server.requests() == requests + 2);
}

TEST_CASE("one thread asks for all") {
  FakeS3 server;
  Issuer issuer(&server);
  S3Options options = OptionsFor(server);
  std::atomic<int> inside{0}, together{0};
  options.credentials = [&] {
    if (++inside > 1) ++together;
    S3Credentials credentials = issuer.Next(0);
    --inside;
    return credentials;
  };
  const auto store = Make(options);
  REQUIRE(store->Put("k", "1").ok());
  server.bucket().accounts().Set("K1", {"S1", "T1", true});
  std::atomic<int> failed{0};
  RunOnThreads(8, [&](int) { failed += !store->Read("k", ByteRange::All()).ok(); });
  CHECK(failed == 0);
  CHECK(together == 0);
  CHECK(issuer.asked == 2);
}

TEST_CASE("an issuer's error is the call's") {
  FakeS3 server;
  S3Options options = OptionsFor(server);
  options.credentials = [] { return absl::PermissionDeniedError("no role"); };
  CHECK(Make(options)->Put("k", "1").status().message() == "no role");
  CHECK(server.requests() == 0);
}

TEST_CASE("wrong secrets and unknown keys are refused") {
  FakeS3 server;
  S3Options options = OptionsFor(server);
  options.credentials = [] { return S3Credentials{"TESTKEY", "WRONG"}; };
  CHECK(Make(options)->Put("k", "1").status().code() == absl::StatusCode::kUnauthenticated);
  options.credentials = [] { return S3Credentials{"NOBODY", "TESTSECRET"}; };
  CHECK(Make(options)->Put("k", "1").status().code() == absl::StatusCode::kUnauthenticated);
  CHECK(server.bucket().objects() == 0);
}

TEST_CASE("a clock that is wrong is named, and by how much") {
  FakeS3 server;
  S3Options options = OptionsFor(server);
  for (const int64_t skew : {int64_t{3600}, int64_t{-7200}}) {
    options.unix_seconds = [=] { return kNow + skew; };
    const absl::Status status = Make(options)->Put("k", "1").status();
    CHECK(status.code() == absl::StatusCode::kUnauthenticated);
    CHECK_THAT(status.ToString(), Catch::Contains(skew > 0 ? "3600 s ahead" : "7200 s behind"));
  }
}

TEST_CASE("a body that changed on its way is not stored") {
  FakeS3 server;
  // The signature covers the hash of the body, which the server checks.
  FakeRequest request;
  server.SetBefore([&](FakeRequest* sent) -> std::optional<FakeReply> {
    request = *sent;
    return std::nullopt;
  });
  const auto store = Make(OptionsFor(server));
  REQUIRE(store->Put("k", "sound").ok());
  FakeAccounts& accounts = server.bucket().accounts();
  CHECK_FALSE(accounts.Check(request));
  for (auto change : std::vector<std::function<void(FakeRequest*)>>{
           [](FakeRequest* r) { r->body = "other"; },
           [](FakeRequest* r) { r->headers.erase("if-none-match"); },
           [](FakeRequest* r) { r->headers["if-match"] = "x"; },
           [](FakeRequest* r) { r->path += "x"; }, [](FakeRequest* r) { r->query = "acl="; },
           [](FakeRequest* r) { r->method = "DELETE"; },
           [](FakeRequest* r) { r->headers["host"] = "other"; },
           [](FakeRequest* r) { r->headers["x-amz-acl"] = "public-read"; }}) {
    FakeRequest changed = request;
    change(&changed);
    CHECK(accounts.Check(changed));
  }
}

TEST_CASE("options that make no sense are refused") {
  FakeS3 server;
  const auto refuses = [&](std::function<void(S3Options*)> change) {
    S3Options options = OptionsFor(server);
    change(&options);
    CHECK(MakeS3Store(options).status().code() == absl::StatusCode::kInvalidArgument);
  };
  refuses([](S3Options* o) { o->credentials = nullptr; });
  refuses([](S3Options* o) { o->unix_seconds = nullptr; });
  refuses([](S3Options* o) { o->part_bytes = (5 << 20) - 1; });
  for (const char* bucket : {"", ".", "..", "a/b", "a b", "a?b", "a@b"}) {
    INFO(bucket);
    refuses([=](S3Options* o) { o->bucket = bucket; });
  }
  for (const char* prefix : {"a", "/", "/a/", "a//", "../", "a b/"}) {
    INFO(prefix);
    refuses([=](S3Options* o) { o->prefix = prefix; });
  }
  for (const char* region : {"", "us east", "us/east", "a\nb"}) {
    INFO(region);
    refuses([=](S3Options* o) { o->region = region; });
  }
  for (const char* endpoint :
       {"localhost", "ftp://a", "http://", "http:///a", "http://a:b", "http://a:0",
        "http://a:65536", "http://u@a", "http://a/?b", "http://a\r\nb", "http://a/%"}) {
    INFO(endpoint);
    refuses([=](S3Options* o) { o->endpoint = endpoint; });
  }
}

}  // namespace
}  // namespace dolerite::testing
