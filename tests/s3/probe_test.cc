// Servers that must not be trusted, and the probe that finds them out.
#include "s3/s3_support.h"
#include "store/store_support.h"

namespace dolerite::testing {
namespace {

absl::Status Probe(const FakeS3& server) {
  return ProbeStore(Make(OptionsFor(server)).get(), {.run_parallel = RunOnThreads});
}

TEST_CASE("a probe passes a sound server") {
  FakeS3 server;
  CHECK(Probe(server).ok());
  CHECK(server.bucket().objects() == 0);
  CHECK(server.requests() < 300);
}

TEST_CASE("a probe refuses a server that ignores conditions") {
  for (const char* header : {"if-none-match", "if-match"}) {
    FakeS3 server;
    server.SetBefore([=](FakeRequest* request) -> std::optional<FakeReply> {
      request->headers.erase(header);
      return std::nullopt;
    });
    const absl::Status status = Probe(server);
    CHECK(absl::IsFailedPrecondition(status));
    const bool create = std::string(header) == "if-none-match";
    CHECK_THAT(status.ToString(), Catch::Contains(create ? "create-once" : "if-match"));
  }
}

// As s3s-fs does: it looks, and then writes. One create after the other is refused properly.
TEST_CASE("a probe refuses a server that lets several racers win") {
  FakeS3 server;
  std::mutex mutex;
  std::condition_variable changed;
  int racers = 0;
  server.SetBefore([&](FakeRequest* request) -> std::optional<FakeReply> {
    if (request->method != "PUT" || request->key.find("/race-") == std::string::npos)
      return std::nullopt;
    // All have looked when the last comes. No key is there yet.
    std::unique_lock<std::mutex> lock(mutex);
    const int round = racers++ / 16;
    changed.notify_all();
    changed.wait(lock, [&] { return racers >= (round + 1) * 16; });
    request->headers.erase("if-none-match");
    return std::nullopt;
  });
  const absl::Status status = Probe(server);
  CHECK(absl::IsFailedPrecondition(status));
  CHECK_THAT(status.ToString(), Catch::Contains("create-race"));
}

TEST_CASE("racers that are told to try again do not make a server unsound") {
  FakeS3 server;
  std::atomic<int> count{0};
  server.SetBefore([&](FakeRequest* request) -> std::optional<FakeReply> {
    const bool races = request->key.find("/race-") != std::string::npos;
    if (!races || request->method != "PUT" || ++count % 16 != 3) return std::nullopt;
    return ErrorReply(409, "ConditionalRequestConflict");
  });
  CHECK(Probe(server).ok());
}

TEST_CASE("a probe of a server that is away says so") {
  FakeS3 server;
  server.SetAfter(Always([](FakeReply* reply) { *reply = ErrorReply(403, "AccessDenied"); }));
  CHECK(absl::IsPermissionDenied(Probe(server)));
}

}  // namespace
}  // namespace dolerite::testing
