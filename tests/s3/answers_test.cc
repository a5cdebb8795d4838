// Answers that are cut, wrong, slow, lost or late: no wrong answer is taken for a right one.
#include "s3/s3_support.h"
#include "store/store_support.h"

namespace dolerite::testing {
namespace {

using absl::StatusCode;

TEST_CASE("headers that are missing or wrong") {
  Bucket bucket;
  const auto with = [&](const std::string& name, const std::string& value) {
    bucket.server.SetAfter(Always([=](FakeReply* reply) {
      if (value.empty())
        reply->headers.erase(name);
      else
        reply->headers[name] = value;
    }));
  };
  for (const char* tag : {"", "\"\"", "\"a\tb\""}) {
    with("etag", tag);
    INFO(tag);
    CHECK(bucket.Read() == StatusCode::kUnavailable);
    CHECK(bucket.Head() == StatusCode::kUnavailable);
    CHECK(bucket.Replace() == StatusCode::kUnavailable);
  }
  for (const char* range : {"", "bytes 10-29/*", "bytes 11-30/100", "bytes 10-28/100",
                            "bytes 0-99/100", "bytes 10-29/20", "bytes 29-10/100", "10-29/100"}) {
    with("content-range", range);
    INFO(range);
    CHECK(bucket.Read() == StatusCode::kUnavailable);
  }
  // The size that it tells decides what the end is.
  with("content-range", "bytes 80-99/101");
  CHECK(bucket.End() == StatusCode::kUnavailable);
  bucket.server.SetAfter(Always([](FakeReply* reply) { reply->headers["content-length"] = "-1"; }));
  CHECK(bucket.Head() == StatusCode::kUnavailable);
}

TEST_CASE("bodies that are not as long as they should be") {
  Bucket bucket;
  const auto reads_fail = [&](std::function<void(FakeReply*)> change) {
    bucket.server.SetAfter(Always(std::move(change)));
    CHECK(bucket.Read() == StatusCode::kUnavailable);
    CHECK(bucket.End() == StatusCode::kUnavailable);
    CHECK(bucket.Whole() == StatusCode::kUnavailable);
    CHECK(bucket.List() == StatusCode::kUnavailable);
  };
  // Cut, with and without a length that tells of it. Without, a list shows it by its XML.
  reads_fail([](FakeReply* reply) {
    reply->headers["content-length"] = std::to_string(reply->body.size() + 1);
    reply->send_only = 100'000;  // whatever there is, and then the end
    reply->no_length = true;
  });
  reads_fail([](FakeReply* reply) {
    reply->no_length = true;
    reply->body.pop_back();
  });
  // A whole object must say how long it is, or nobody can know that it is whole.
  bucket.server.SetAfter(Always([](FakeReply* reply) { reply->no_length = true; }));
  CHECK(bucket.Whole() == StatusCode::kUnavailable);
  // Longer than was asked for.
  bucket.server.SetAfter(Always([](FakeReply* reply) {
    reply->no_length = true;
    reply->body += "more";
  }));
  CHECK(bucket.Read() == StatusCode::kUnavailable);
  CHECK(bucket.End() == StatusCode::kUnavailable);
  // Of an error any length will do.
  bucket.server.SetBefore(Instead(ErrorReply(403, "AccessDenied")));
  CHECK(bucket.Read() == StatusCode::kPermissionDenied);
}

TEST_CASE("an answer cut at each byte is no answer") {
  Bucket bucket;
  auto retry = Retrying(bucket.store.get());
  int cuts = 0;
  for (const bool reset : {false, true}) {
    // To behind the end of the answer.
    for (size_t at = 0; at < 300; at += reset ? 17 : 1) {
      bucket.server.SetAfter(Once([](const FakeRequest&) { return true; },
                                  [=](FakeReply* reply) {
                                    reply->send_only = at;
                                    if (reset) reply->then = FakeReply::Then::kReset;
                                  }));
      auto read = bucket.store->Read("k", ByteRange::At(10, 20));
      // libcurl itself asks again if not a byte came over a connection that it had kept.
      if (read.ok()) CHECK(read->slice.bytes == Bytes(100).substr(10, 20));
      if (!read.ok()) CHECK(absl::IsUnavailable(read.status()));
      cuts += !read.ok();
    }
  }
  CHECK(cuts > 100);
  bucket.server.SetAfter(Once([](const FakeRequest&) { return true; },
                              [](FakeReply* reply) {
                                reply->send_only = 60;
                                reply->then = FakeReply::Then::kReset;
                              }));
  CHECK(retry->Read("k", ByteRange::At(10, 20)).ok());
}

TEST_CASE("a slow answer is an answer") {
  Bucket bucket;
  bucket.server.SetAfter(Always([](FakeReply* reply) { reply->by_bytes = true; }));
  CHECK(Content(*bucket.store, "k") == Bytes(100));
  CHECK(bucket.store->ListAll("")->size() == 1);
}

// Ends a call with `status` once the server has fallen silent for the nth time.
CallOptions StopAtSilence(const FakeS3& server, int nth, const absl::Status& status) {
  CallOptions options;
  options.context.check = [&server, nth, status] {
    return server.stalls() >= nth ? status : absl::OkStatus();
  };
  return options;
}

TEST_CASE("a host stops a call while the server is silent") {
  Bucket bucket;
  int silences = 0;
  // Before the answer, in its head, in its body.
  for (const size_t at : {0, 30, 140}) {
    bucket.server.SetAfter(Always([=](FakeReply* reply) {
      reply->body.resize(std::max<size_t>(reply->body.size(), 100));
      reply->send_only = at;
      reply->then = FakeReply::Then::kStall;
    }));
    const absl::Status enough = absl::CancelledError("enough");
    CHECK(bucket.store
              ->Read("k", ByteRange::At(10, 20), StopAtSilence(bucket.server, ++silences, enough))
              .status() == enough);
    CHECK(bucket.store
              ->Put("k", "x", {.mode = PutMode::kReplace},
                    StopAtSilence(bucket.server, ++silences, enough))
              .status() == enough);
  }
  // The connections that were given up serve nobody.
  bucket.server.SetAfter({});
  CHECK(Content(*bucket.store, "k") == "x");
}

TEST_CASE("a server that falls silent is unavailable after a while") {
  FakeS3 server;
  S3Options options = OptionsFor(server);
  options.stall_timeout_seconds = 1;
  const auto store = Make(options);
  server.SetAfter(Always([](FakeReply* reply) {
    reply->send_only = 20;
    reply->then = FakeReply::Then::kStall;
  }));
  CHECK(absl::IsUnavailable(store->Head("k").status()));
}

TEST_CASE("a put that lands after its time is over") {
  Bucket bucket;
  FakeRequest late;
  std::atomic<bool> lost{false};
  bucket.server.SetBefore([&](FakeRequest* request) -> std::optional<FakeReply> {
    if (request->method != "PUT" || lost.exchange(true)) return std::nullopt;
    late = *request;
    FakeReply silence;
    silence.send_only = 0;
    silence.then = FakeReply::Then::kStall;
    return silence;
  });
  const CallOptions options = StopAtSilence(bucket.server, 1, absl::DeadlineExceededError("late"));
  CHECK(absl::IsDeadlineExceeded(bucket.store->Put("new", "1", {}, options).status()));
  CHECK(absl::IsNotFound(bucket.store->Head("new").status()));
  CHECK(bucket.server.bucket().Apply(late).status == 200);
  // Who asks again learns that it is there, and the retry store that it is its own.
  CHECK(bucket.store->Put("new", "1").status().code() == StatusCode::kAlreadyExists);
  CHECK(Content(*bucket.store, "new") == "1");
}

// A connection that was kept may break just as a request goes out. libcurl then sends it again,
// and a create meets what its own first try made.
TEST_CASE("a create that libcurl sent twice is not taken for another's") {
  Bucket bucket;
  const auto lose_answers = [&] {
    bucket.server.SetAfter(Once([](const FakeRequest& request) { return request.method == "PUT"; },
                                [](FakeReply* reply) { reply->send_only = 0; }));
  };
  lose_answers();
  CHECK(bucket.Create() == StatusCode::kUnavailable);
  CHECK(Content(*bucket.store, "new") == "n");
  lose_answers();
  auto retry = Retrying(bucket.store.get());
  const auto version = retry->Put("newer", "n");
  REQUIRE(version.ok());
  CHECK(bucket.store->Head("newer")->version == *version);
  // What another made stays another's.
  lose_answers();
  CHECK(absl::IsAlreadyExists(retry->Put("newer", "other").status()));
}

TEST_CASE("the end of an object that is shorter than what was asked for") {
  Bucket bucket;
  REQUIRE(bucket.store->Put("empty", "").ok());
  const auto ends = [&] {
    for (const uint64_t n : {uint64_t{1}, uint64_t{1000}, UINT64_MAX}) {
      auto empty = bucket.store->Read("empty", ByteRange::Last(n));
      REQUIRE(empty.ok());
      CHECK(empty->slice.bytes.empty());
      auto longer = bucket.store->Read("k", ByteRange::Last(n));
      REQUIRE(longer.ok());
      CHECK(longer->object_size == 100);
      CHECK(longer->slice.bytes == (n == 1 ? Bytes(100).substr(99) : Bytes(100)));
    }
  };
  ends();  // 416 for the empty one
  bucket.server.SetBefore([](FakeRequest* request) -> std::optional<FakeReply> {
    if (request->Header("range") == "bytes=-1000") return ErrorReply(416, "InvalidRange");
    return std::nullopt;
  });
  ends();  // 416 for both
  // 206 with nothing for the empty one
  bucket.server.SetBefore([](FakeRequest* request) -> std::optional<FakeReply> {
    if (request->key != "empty" || request->Header("range").empty()) return std::nullopt;
    FakeReply reply{206};
    reply.headers["etag"] = "\"e\"";
    return reply;
  });
  ends();
  // An object that grew after it was found short is not read into memory.
  bucket.server.SetBefore([](FakeRequest* request) -> std::optional<FakeReply> {
    if (!request->Header("range").empty()) return ErrorReply(416, "InvalidRange");
    return std::nullopt;
  });
  CHECK(bucket.End() == StatusCode::kUnavailable);
}

TEST_CASE("a server that ignores ranges") {
  Bucket bucket;
  REQUIRE(bucket.store->Put("large", Bytes(3'000'000)).ok());
  bucket.server.SetBefore([](FakeRequest* request) -> std::optional<FakeReply> {
    request->headers.erase("range");
    return std::nullopt;
  });
  CHECK(bucket.Read() == StatusCode::kOk);
  CHECK(bucket.End() == StatusCode::kOk);
  for (const ByteRange& range : {ByteRange::At(0, 10), ByteRange::At(1'000'000, 70'000),
                                 ByteRange::At(2'999'999, 1), ByteRange::Last(5)}) {
    auto read = bucket.store->Read("large", range);
    REQUIRE(read.ok());
    CHECK(read->slice.bytes == Bytes(3'000'000).substr(read->offset, range.length));
  }
  CHECK(bucket.store->Read("k", ByteRange::At(99, 2)).status().code() == StatusCode::kOutOfRange);
}

TEST_CASE("chunks tell the size of a whole object") {
  Bucket bucket;
  bucket.server.SetBefore([](FakeRequest*) -> std::optional<FakeReply> {
    FakeReply reply;
    reply.headers["etag"] = "\"e\"";
    reply.headers["transfer-encoding"] = "chunked";
    reply.body = "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";
    return reply;
  });
  auto read = bucket.store->Read("k", ByteRange::All());
  REQUIRE(read.ok());
  CHECK(read->slice.bytes == "abcde");
  CHECK(read->object_size == 5);
  CHECK(bucket.Read() == StatusCode::kUnavailable);
}

TEST_CASE("a hostile head is refused and takes no memory") {
  Bucket bucket;
  const auto with = [&](const std::string& name, const std::string& value) {
    bucket.server.SetAfter(Always([=](FakeReply* reply) { reply->headers[name] = value; }));
  };
  with("x-long", std::string(50'000, 'x'));
  CHECK(bucket.Read() == StatusCode::kUnavailable);
  bucket.server.SetAfter(Always([](FakeReply* reply) {
    for (int i = 0; i < 1000; ++i) reply->headers["x-" + std::to_string(i)] = "y";
  }));
  CHECK(bucket.Read() == StatusCode::kUnavailable);
  // A length of exabytes of which nothing comes.
  bucket.server.SetAfter(Always([](FakeReply* reply) {
    reply->headers["content-length"] = "9000000000000000000";
    reply->no_length = true;
  }));
  CHECK(bucket.Whole() == StatusCode::kUnavailable);
}

}  // namespace
}  // namespace dolerite::testing
