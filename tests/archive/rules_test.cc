// Each rule of ARCHIVE.md's table against the interleaving that it is there for. Without the rule
// the case fails.
#include "archive/world.h"

namespace dolerite::testing {
namespace {

std::vector<CompactionJob> Plan(Actor* host) {
  auto jobs = (*host)->PlanCompaction(Take(host), World::Eager());
  REQUIRE(jobs.ok());
  return *std::move(jobs);
}

// The key of the only live block.
std::string LiveBlock(Actor* host) {
  std::set<std::string> keys;
  const auto plan = Take(host).Plan(CatalogQuestion{});
  REQUIRE(plan.ok());
  for (const Split& split : plan->splits) {
    if (Begins(split.block, "blocks/")) keys.insert(split.block);
  }
  REQUIRE(keys.size() == 1);
  return *keys.begin();
}

TEST_CASE("rule: segments are listed before the manifest is read") {
  World world;
  Actor writer = world.Host(1), compactor = world.Host(2), reader = world.Host(3);
  REQUIRE(world.Append(&writer, {1, 2}).ok());
  // Between the reader's two steps, whichever comes first, the segment becomes a block.
  std::string first;
  reader.store->before = [&](std::string_view call, std::string_view key) {
    if (call != "List") return;
    if (first.empty()) first = key;
    if (key == first || first == "done") return;
    first = "done";
    REQUIRE(World::CompactAll(&compactor).ok());
    world.Advance(kHour);
    REQUIRE(World::Collect(&compactor).ok());
  };
  const auto seen = World::Seen(Take(&reader));
  REQUIRE(seen.ok());
  world.CheckSeen(*seen);
}

TEST_CASE("rule: a committer looks again, since its number may have come again") {
  World world;
  Actor writer = world.Host(1), slow = world.Host(2), fast = world.Host(3);
  REQUIRE(world.Append(&writer, {1, 2}).ok());
  REQUIRE(World::CompactAll(&fast).ok());  // manifest 2
  slow.Before("Put", "manifest/", [&] {    // of manifest 3
    // Others commit 3 and many more, and the collector removes 3.
    for (int i = 0; i < 30; ++i) REQUIRE(fast->Retain(std::nullopt, INT64_MIN).ok());
    for (int i = 0; i < 3; ++i) {
      world.Advance(kHour);
      REQUIRE(World::Collect(&fast).ok());
    }
    CHECK(absl::IsNotFound(world.store().Head(ManifestKey(3)).status()));
  });
  REQUIRE(world.Delete(&slow, 1).ok());
  world.CheckLaws();
}

TEST_CASE("rule: nobody commits on a base below the floor, where orphans are collected") {
  World world;
  Actor writer = world.Host(1), slow = world.Host(2), fast = world.Host(3);
  REQUIRE(world.Append(&writer, {1}).ok());
  REQUIRE(World::CompactAll(&fast).ok());
  REQUIRE(world.Append(&writer, {2}).ok());
  bool orphan_gone = false;
  slow.Before("Put", "manifest/", [&] {
    const size_t blocks = world.store().ListAll("blocks/")->size();
    for (int i = 0; i < 30; ++i) REQUIRE(fast->Retain(std::nullopt, INT64_MIN).ok());
    for (int i = 0; i < 3; ++i) {
      world.Advance(kHour);
      REQUIRE(World::Collect(&fast).ok());
    }
    orphan_gone = world.store().ListAll("blocks/")->size() == blocks - 1;
  });
  const absl::Status status = slow->Compact(Plan(&slow)[0], kBudget).status();
  CHECK(orphan_gone);
  CHECK(absl::IsFailedPrecondition(status));
  world.CheckLaws();
}

TEST_CASE("rule: a block that is not committed yet is no orphan") {
  World world;
  Actor writer = world.Host(1), slow = world.Host(2), collector = world.Host(3);
  REQUIRE(world.Append(&writer, {1}).ok());
  REQUIRE(World::CompactAll(&collector).ok());
  REQUIRE(world.Append(&writer, {2}).ok());
  slow.Before("Put", "manifest/", [&] {
    for (int i = 0; i < 3; ++i) {
      world.Advance(kHour);
      REQUIRE(World::Collect(&collector).ok());
    }
  });
  REQUIRE(slow->Compact(Plan(&slow)[0], kBudget).ok());
  world.CheckLaws();
}

TEST_CASE("rule: inputs are live when they are replaced") {
  World world;
  Actor writer = world.Host(1), slow = world.Host(2), fast = world.Host(3);
  REQUIRE(world.Append(&writer, {1, 2}).ok());
  slow.Before("Put", "blocks/", [&] { REQUIRE(World::CompactAll(&fast).ok()); });
  CHECK(absl::IsFailedPrecondition(slow->Compact(Plan(&slow)[0], kBudget).status()));
  world.CheckLaws();
  CHECK(Take(&writer).summary().blocks == 1);

  // A retained cut that drops a block counts too: its data must not come back.
  REQUIRE(world.Append(&writer, {4000}).ok());
  CompactionJob job{Take(&slow).summary().manifest, {}, 2, 24 * kHour};
  job.inputs.push_back(LiveBlock(&slow));
  slow.Before("Put", "manifest/",
              [&] { REQUIRE(fast->Retain(std::nullopt, kBegin + kHour).ok()); });
  CHECK_FALSE(slow->Compact(job, kBudget).ok());
  CHECK(*World::Seen(Take(&writer)) == std::map<int, int>{{4000, 1}});
}

TEST_CASE("rule: a block's name never comes again") {
  // The host's random numbers repeat themselves, so that only the base tells names apart.
  World world;
  ArchiveHost host = World::HostOf(1, std::make_shared<int64_t>(world.now()));
  Actor writer = world.Host(1);
  auto archive = Archive::Open(&world.faults(), host);
  REQUIRE(archive.ok());
  const auto names = [&] {
    std::set<std::string> keys;
    const auto objects = world.store().ListAll("blocks/");
    for (const ObjectInfo& object : *objects) keys.insert(object.key);
    return keys;
  };
  REQUIRE(world.Append(&writer, {1}).ok());
  const std::string segment = world.store().ListAll("segments/")->front().key;
  REQUIRE(archive->Compact({0, {segment}, 1, kHour}, kBudget).ok());
  const std::set<std::string> first = names();
  // The same content again, with the same random numbers.
  auto again = Archive::Open(&world.faults(), World::HostOf(1, std::make_shared<int64_t>(0)));
  const absl::Status status = again->Compact({1, {*first.begin()}, 1, kHour}, kBudget).status();
  INFO(status);
  CHECK(status.ok());
  const std::set<std::string> both = names();
  CHECK(both.size() == 2);
  world.CheckLaws();
}

TEST_CASE("rule: consumed names are remembered while someone may hold an older manifest") {
  World world;
  Actor writer = world.Host(1), slow = world.Host(2), fast = world.Host(3);
  REQUIRE(world.Append(&writer, {1}).ok());
  REQUIRE(World::CompactAll(&fast).ok());
  REQUIRE(world.Append(&writer, {2, 3}).ok());
  slow.Before("Put", "blocks/", [&] {
    REQUIRE(World::CompactAll(&fast).ok());
    for (int i = 0; i < 4; ++i) {
      world.Advance(kHour);
      REQUIRE(World::Collect(&fast).ok());
    }
    CHECK(world.store().ListAll("segments/")->empty());
  });
  CHECK(absl::IsFailedPrecondition(slow->Compact(Plan(&slow)[0], kBudget).status()));
  world.CheckLaws();
}

TEST_CASE("rule: consumed names are forgotten only below the floor") {
  World world;
  Actor writer = world.Host(1), slow = world.Host(2), fast = world.Host(3);
  Actor hasty = world.Host(4), patient = world.Host(5);
  REQUIRE(world.Append(&writer, {1}).ok());
  REQUIRE(World::CompactAll(&fast).ok());
  REQUIRE(world.Append(&writer, {2, 3}).ok());
  slow.Before("Put", "blocks/", [&] {
    REQUIRE(World::CompactAll(&fast).ok());
    world.Advance(kHour);
    // A collector deletes the segment and dies before it can raise the floor.
    hasty.Before("Put", "manifest/",
                 [&] { world.faults().Arm({.kind = Fault::Kind::kFailBefore, .sticky = true}); });
    CHECK_FALSE(World::Collect(&hasty).ok());
    world.faults().Heal();
    CHECK(world.store().ListAll("segments/")->empty());
    // Another one, for which no grace is over, finds the segment gone.
    CollectOptions options = World::Impatient();
    options.grace_nanos = 24 * kHour;
    REQUIRE(patient->Collect(options).ok());
  });
  CHECK(absl::IsFailedPrecondition(slow->Compact(Plan(&slow)[0], kBudget).status()));
  world.CheckLaws();
}

TEST_CASE("rule: a listing says nothing of what was consumed after it") {
  World world;
  Actor writer = world.Host(1), collector = world.Host(2), fast = world.Host(3);
  REQUIRE(world.Append(&writer, {1}).ok());
  REQUIRE(World::CompactAll(&fast).ok());
  for (int i = 0; i < 30; ++i) REQUIRE(fast->Retain(std::nullopt, INT64_MIN).ok());
  world.Advance(kHour);
  // Between the listing and the commit a segment comes and is consumed, and another collector
  // raises the floor above that, but can't delete the segment.
  collector.Before("Put", "manifest/", [&] {
    REQUIRE(world.Append(&writer, {2, 3}).ok());
    REQUIRE(World::CompactAll(&fast).ok());
    for (int i = 0; i < 30; ++i) REQUIRE(fast->Retain(std::nullopt, INT64_MIN).ok());
    world.Advance(kHour);
    fast.store->undeletable = "segments/";
    REQUIRE(World::Collect(&fast).ok());
  });
  REQUIRE(World::Collect(&collector).ok());
  CHECK(world.store().ListAll("segments/")->size() == 1);
  CHECK(Take(&writer).summary().segments == 0);
  world.CheckLaws();
}

TEST_CASE("rule: a block is cleaned up to its base, not up to its commit") {
  World world;
  Actor writer = world.Host(1), slow = world.Host(2), deleter = world.Host(3);
  REQUIRE(world.Append(&writer, {1, 2}).ok());
  slow.Before("Put", "blocks/", [&] { REQUIRE(world.Delete(&deleter, 1).ok()); });
  REQUIRE(slow->Compact(Plan(&slow)[0], kBudget).ok());
  world.CheckLaws();
  REQUIRE(World::CompactAll(&slow).ok());
  world.CheckLaws();
}

TEST_CASE("rule: nobody but the collector deletes, even after a commit that seems to fail") {
  World world;
  Actor writer = world.Host(1), compactor = world.Host(2);
  REQUIRE(world.Append(&writer, {1, 2}).ok());
  const CompactionJob job = Plan(&compactor)[0];
  compactor.Before("Put", "manifest/",
                   [&] { world.faults().Arm({.kind = Fault::Kind::kFailAfter, .sticky = true}); });
  CHECK(absl::IsUnavailable(compactor->Compact(job, kBudget).status()));
  world.CheckLaws();
  CHECK(Take(&writer).summary().blocks == 1);
}

TEST_CASE("rule: segments are listed from the first one on") {
  World world;
  Actor writer = world.Host(1), compactor = world.Host(2);
  REQUIRE(world.Append(&writer, {1}).ok());
  REQUIRE(World::CompactAll(&compactor).ok());
  // A slow writer's segment, whose name is older than all that was consumed.
  REQUIRE(writer->Append(world.Segment({2}), world.now() - 24 * kHour).ok());
  world.Acknowledge({2});
  world.CheckLaws();
}

TEST_CASE("rule: manifests go only below a floor that a later one names") {
  World world;
  Actor host = world.Host(1);
  REQUIRE(world.Append(&host, {1}).ok());
  REQUIRE(World::CompactAll(&host).ok());
  for (int i = 0; i < 30; ++i) REQUIRE(host->Retain(std::nullopt, INT64_MIN).ok());
  world.Advance(kHour);
  const auto first = host->Collect(World::Impatient());
  REQUIRE(first.ok());
  CHECK(first->manifests == 0);
  const auto second = host->Collect(World::Impatient());
  REQUIRE(second.ok());
  CHECK(second->manifests == 31);
  world.CheckLaws();
}

TEST_CASE("rule: what is there twice is left out before it is compacted") {
  World world;
  Actor writer = world.Host(1), fast = world.Host(2);
  REQUIRE(world.Append(&writer, {1}).ok());
  const std::string segment = world.store().ListAll("segments/")->front().key;
  const std::string bytes(world.store().Read(segment, ByteRange::All())->slice.bytes);
  // In other company, so that its block is another content.
  REQUIRE(world.Append(&writer, {2}).ok());
  REQUIRE(World::CompactAll(&fast).ok());
  for (int i = 0; i < 4; ++i) {
    world.Advance(kHour);
    REQUIRE(World::Collect(&fast).ok());
    REQUIRE(fast->Retain(std::nullopt, INT64_MIN).ok());
  }
  // A put that was thought lost lands when its segment is long forgotten.
  REQUIRE(world.store().Put(segment, bytes).ok());
  CHECK(Take(&writer).summary().segments == 1);
  world.CheckLaws();
  REQUIRE(World::CompactAll(&fast).ok());
  world.CheckLaws();
}

TEST_CASE("rule: a listing says nothing of what was deleted after it") {
  World world;
  Actor writer = world.Host(1), fast = world.Host(2), ahead = world.Host(3);
  // A clock for which every time has passed.
  ahead.archive = *Archive::Open(
      ahead.store.get(), World::HostOf(4, std::make_shared<int64_t>(world.now() + 9000 * kHour)));
  // No block is live, which would lack the deletion and hold it back.
  for (int i = 0; i < 30; ++i) REQUIRE(fast->Retain(std::nullopt, INT64_MIN).ok());
  // After its listing a segment comes, and a deletion from it, which another collector remembers.
  ahead.Before("Put", "manifest/", [&] {
    REQUIRE(world.Append(&writer, {2, 3}).ok());
    REQUIRE(world.Delete(&fast, 2).ok());
    for (int i = 0; i < 30; ++i) REQUIRE(fast->Retain(std::nullopt, INT64_MIN).ok());
    world.Advance(kHour);
    REQUIRE(World::Collect(&fast).ok());
  });
  REQUIRE(World::Collect(&ahead).ok());
  CHECK(Take(&writer).summary().tombstones == 1);
  world.CheckLaws();
}

// Queries count equal content once. The view that they meet must be the one that keeps profiles,
// and not one that leaves all of them out since the other has them.
TEST_CASE("blocks of equal content are one, whichever is listed first") {
  World world;
  Actor host = world.Host(1);
  const auto live = [&] {
    std::set<std::string> keys;
    const auto objects = world.store().ListAll("blocks/");
    for (const ObjectInfo& object : *objects) keys.insert(object.key);
    return keys;
  };
  REQUIRE(world.Append(&host, {1, 2}).ok());
  REQUIRE(World::CompactAll(&host).ok());
  const std::string first = *live().begin();
  // Sent once more, compacted, and compacted again: behind the first by name, before it by level.
  world.Advance(kMinute);
  REQUIRE(world.Append(&host, {1, 2}).ok());
  REQUIRE(World::CompactAll(&host).ok());
  const std::string second = *live().rbegin();
  REQUIRE(second != first);
  REQUIRE(host->Compact({Take(&host).summary().manifest, {second}, 2, 24 * kHour}, kBudget).ok());
  CHECK(Take(&host).summary().blocks == 2);
  world.CheckLaws();
  CHECK(World::Seen(Take(&host))->size() == 2);
}

TEST_CASE("rule: a deletion is remembered while a segment that it takes from waits") {
  World world;
  Actor writer = world.Host(1), keeper = world.Host(2);
  REQUIRE(world.Append(&writer, {1, 2}).ok());
  REQUIRE(world.Delete(&keeper, 1).ok());
  for (int i = 0; i < 6; ++i) {
    world.Advance(kHour);
    REQUIRE(World::Collect(&keeper).ok());
    REQUIRE(keeper->Retain(std::nullopt, INT64_MIN).ok());
  }
  world.CheckLaws();
  CHECK(Take(&keeper).summary().tombstones == 1);
  // Compacted, it has the deletion, which is forgotten then.
  REQUIRE(World::CompactAll(&keeper).ok());
  for (int i = 0; i < 6; ++i) {
    world.Advance(kHour);
    REQUIRE(World::Collect(&keeper).ok());
    REQUIRE(keeper->Retain(std::nullopt, INT64_MIN).ok());
  }
  CHECK(Take(&keeper).summary().tombstones == 0);
  world.CheckLaws();
}

TEST_CASE("a commit knows an attempt of its own that lands late") {
  World world;
  Actor host = world.Host(1);
  REQUIRE(world.Append(&host, {1, 2}).ok());
  REQUIRE(World::CompactAll(&host).ok());
  for (uint64_t delay : {1, 2, 3, 4}) {
    INFO(delay);
    REQUIRE(world.Append(&host, {static_cast<int>(10 + delay)}).ok());
    host.Before("Put", "manifest/",
                [&] { world.faults().Arm({.kind = Fault::Kind::kLandLater, .delay = delay}); });
    const uint64_t before = Take(&host).summary().manifest;
    REQUIRE(world.Delete(&host, static_cast<int>(10 + delay)).ok());
    world.faults().Heal();
    world.faults().Land();
    CHECK(Take(&host).summary().manifest <= before + 2);
    world.CheckLaws();
  }
  CHECK(Take(&host).summary().tombstones == 4);
}

TEST_CASE("rule: a repair lists manifests again before it takes later ones for lost") {
  World world;
  Actor writer = world.Host(1), other = world.Host(2), compactor = world.Host(3);
  REQUIRE(world.Append(&writer, {1, 2}).ok());
  REQUIRE(World::CompactAll(&other).ok());
  REQUIRE(world.Append(&writer, {3}).ok());
  // A deletion and a block that is based on it come after the repair has read the newest manifest.
  Actor mender = world.Host(4);
  mender.Before("List", "blocks/", [&] {
    REQUIRE(world.Delete(&other, 2).ok());
    REQUIRE(World::CompactAll(&compactor).ok());
  });
  const auto repaired = mender->Repair();
  INFO(repaired.status());
  REQUIRE(repaired.ok());
  CHECK(repaired->lost.empty());
  world.CheckLaws();
}

TEST_CASE("rule: a segment that is forgotten during a snapshot is not lost") {
  World world;
  Actor writer = world.Host(1), other = world.Host(2), reader = world.Host(3);
  REQUIRE(world.Append(&writer, {1, 2}).ok());
  // Between the reader's listing and its manifest the segment is consumed, collected and forgotten,
  // so that the snapshot waits for an object that no manifest tells of.
  reader.Before("List", "manifest/", [&] {
    REQUIRE(World::CompactAll(&other).ok());
    for (int i = 0; i < 4; ++i) {
      world.Advance(kHour);
      REQUIRE(World::Collect(&other).ok());
      REQUIRE(other->Retain(std::nullopt, INT64_MIN).ok());
    }
    REQUIRE(World::Collect(&other).ok());
    CHECK(world.store().ListAll("segments/")->empty());
  });
  const Snapshot snapshot = Take(&reader);
  const absl::Status status = World::Seen(snapshot).status();
  INFO(status);
  CHECK(absl::IsAborted(status));
  const auto again = snapshot.Refresh();
  REQUIRE(again.ok());
  const auto seen = World::Seen(*again);
  REQUIRE(seen.ok());
  world.CheckSeen(*seen);
}

}  // namespace
}  // namespace dolerite::testing
