// Making an archive: on stores that can't be trusted, and where one was before.
#include "archive/world.h"
#include "store/broken_store.h"
#include "support/executors.h"

namespace dolerite::testing {
namespace {

TEST_CASE("an archive is not made in a store that breaks what commits rely on") {
  Threads threads(16);
  ArchiveHost host = World::HostOf(1, std::make_shared<int64_t>(kBegin));
  host.executor = &threads;
  for (std::string_view clause :
       {"create-once", "create-race", "if-match", "pinned-read", "list-after-write"}) {
    const auto memory = MakeMemoryStore();
    BrokenStore broken(memory.get(), clause);
    const absl::Status created = Archive::Create(&broken, host);
    INFO(clause << ": " << created);
    CHECK(absl::IsFailedPrecondition(created));
    CHECK(created.message().find(std::string(clause)) != absl::string_view::npos);
    // A list that leaves out an object can't be cleaned up after.
    CHECK(memory->ListAll("")->size() <= (clause == "list-after-write" ? 1 : 0));
  }
  const auto memory = MakeMemoryStore();
  REQUIRE(Archive::Create(memory.get(), host).ok());
  CHECK(memory->ListAll("")->size() == 2);
}

TEST_CASE("a creation that is stopped while it tests the store leaves nothing") {
  const ArchiveHost host = World::HostOf(1, std::make_shared<int64_t>(kBegin));
  for (int asked = 1; asked < 60; asked += 7) {
    const auto memory = MakeMemoryStore();
    int left = asked;
    const CallContext call{
        [&left] { return --left > 0 ? absl::OkStatus() : absl::CancelledError("stopped"); }};
    CHECK(absl::IsCancelled(Archive::Create(memory.get(), host, {}, call)));
    CHECK(memory->ListAll("")->empty());
  }
}

TEST_CASE("what a creation leaves that dies while it tests the store is collected") {
  World world;
  Actor host = world.Host(1);
  REQUIRE(world.store().Put("probe/00ff/racers", "x").ok());
  // The test may be going on, as long as nothing was committed.
  REQUIRE(World::Collect(&host).ok());
  CHECK(world.store().Head("probe/00ff/racers").ok());
  REQUIRE(world.Append(&host, {1}).ok());
  REQUIRE(World::CompactAll(&host).ok());
  world.Advance(kHour);
  const auto collected = host->Collect({.grace_nanos = kMinute});
  REQUIRE(collected.ok());
  CHECK(collected->probes == 1);
  CHECK(absl::IsNotFound(world.store().Head("probe/00ff/racers").status()));
}

}  // namespace
}  // namespace dolerite::testing
