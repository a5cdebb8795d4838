// The laws of an archive, in a bucket: over the fake server, sound and failing, and over a real
// one.
#include <list>

#include "archive/laws.h"
#include "archive/world.h"
#include "dolerite/accounting_store.h"
#include "s3/real_server.h"
#include "s3/s3_support.h"

namespace dolerite::testing {
namespace {

// Two hosts write; one deletes, compacts and collects.
struct ThreeHosts {
  explicit ThreeHosts(World* all)
      : world(all), writer(all->Host(1)), other(all->Host(2)), keeper(all->Host(3)) {}

  // What fails is not tried again.
  void Live() {
    world->Append(&writer, {1, 2}).IgnoreError();
    world->Append(&other, {3, 4}, "cart").IgnoreError();
    World::CompactAll(&keeper).IgnoreError();
    world->Append(&writer, {2, 5}).IgnoreError();
    world->Delete(&keeper, 4).IgnoreError();
    world->Append(&other, {6, 7}).IgnoreError();
    World::CompactAll(&keeper).IgnoreError();
    for (int i = 0; i < 2; ++i) {
      world->Advance(kHour);
      World::Collect(&keeper).IgnoreError();
    }
  }

  World* world;
  Actor writer, other, keeper;
};

// The library's laws in a bucket, each archive below a prefix of its own, behind the retry store.
void CheckLawsIn(S3Options options) {
  std::list<std::unique_ptr<S3Store>> stores;
  const std::string prefix = options.prefix;
  CheckArchiveLaws(
      [&] {
        options.prefix = prefix + std::to_string(stores.size()) + "/";
        stores.push_back(Make(options));
        return Retrying(stores.back().get());
      },
      30);
  for (const auto& store : stores) CHECK(*store->AbortUploads("", INT64_MAX) == 0);
}

TEST_CASE("archive laws hold in a bucket") {
  FakeS3 server;
  S3Options options = OptionsFor(server);
  options.prefix = "profiles/";
  CheckLawsIn(options);
}

TEST_CASE("archive laws hold in the bucket of a real server", "[real]") {
  auto options = RealOptions();
  if (!options) return;
  options->prefix = "archive-" + std::to_string(options->unix_seconds()) + "/";
  CheckLawsIn(*options);
}

// One request of many goes wrong, and nothing repeats it: the archive itself must know what may
// have taken place.
void LiveWithFault(int wrong, bool takes_place, const std::function<void(FakeReply*)>& change) {
  FakeS3 server;
  const auto store = Make(OptionsFor(server));
  World world(MakeAccountingStore(store.get()));
  ThreeHosts hosts(&world);
  std::atomic<int> count{0};
  if (takes_place) {
    server.SetAfter([&](const FakeRequest&, FakeReply* reply) {
      if (++count == wrong) change(reply);
    });
  } else {
    server.SetBefore([&](FakeRequest*) -> std::optional<FakeReply> {
      if (++count != wrong) return std::nullopt;
      FakeReply reply;
      change(&reply);
      return reply;
    });
  }
  hosts.Live();
  CHECK(count >= wrong);
  server.SetBefore({});
  server.SetAfter({});
  world.CheckLaws();
  world.CheckNoGarbage();
}

TEST_CASE("an archive in a bucket keeps its laws whichever request goes wrong") {
  const auto answer = [](int status, const char* code) {
    return [=](FakeReply* reply) { *reply = ErrorReply(status, code); };
  };
  for (int wrong = 1; wrong < 50; wrong += 14) {
    INFO("request " << wrong);
    LiveWithFault(wrong, false, answer(503, "SlowDown"));
    LiveWithFault(wrong + 1, false, answer(409, "ConditionalRequestConflict"));
    LiveWithFault(wrong + 2, true, answer(500, "InternalError"));
    LiveWithFault(wrong + 3, true, [](FakeReply* reply) { reply->send_only = 0; });
    LiveWithFault(wrong + 4, true, [](FakeReply* reply) { reply->send_only = 90; });
  }
}

}  // namespace
}  // namespace dolerite::testing
