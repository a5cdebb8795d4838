// Archives that are kept by Maintain alone, and snapshots that hosts keep for a while.
#include "archive/world.h"

namespace dolerite::testing {
namespace {

using Did = MaintainResult::Did;

MaintainResult Maintain(Actor* host, const MaintainOptions& options, size_t budget = kBudget) {
  auto result = (*host)->Maintain(*host->now, budget, options);
  INFO(result.status());
  REQUIRE(result.ok());
  return *std::move(result);
}

// Calls until there is nothing to do for now, and returns what was done.
std::vector<Did> Work(Actor* host, const MaintainOptions& options) {
  std::vector<Did> done;
  for (int i = 0; i < 100; ++i) {
    const MaintainResult result = Maintain(host, options);
    if (result.did == Did::kNothing) {
      CHECK(result.call_again_nanos == *host->now + options.look_nanos);
      return done;
    }
    done.push_back(result.did);
    if (result.did != Did::kCollected) CHECK(result.call_again_nanos == *host->now);
  }
  FAIL("there is always something to do");
  return done;
}

TEST_CASE("an idle archive is looked at now and then") {
  World world;
  Actor host = world.Host(1);
  CHECK(Work(&host, {}) == std::vector<Did>{Did::kCollected});
  CHECK(Work(&host, {}).empty());
  world.Advance(kHour);
  CHECK(Work(&host, {}) == std::vector<Did>{Did::kCollected});
  CHECK(world.store().ListAll("manifest/")->size() == 1);
}

TEST_CASE("maintenance alone compacts, retains and collects") {
  World world;
  Actor writer = world.Host(1), keeper = world.Host(2);
  MaintainOptions options;
  options.retain_nanos = 40 * 24 * kHour;
  options.retain_dataset_nanos = {{"cart", 29 * 24 * kHour}};
  REQUIRE(world.Append(&writer, {1, 2}).ok());
  REQUIRE(world.Append(&writer, {3}).ok());
  REQUIRE(world.Append(&writer, {200'000}, "cart").ok());
  REQUIRE(world.Append(&writer, {4}, "cart").ok());
  // Young segments wait.
  CHECK(Work(&keeper, options) == std::vector<Did>{Did::kCollected});
  world.Advance(kHour);
  const std::vector<Did> done = Work(&keeper, options);
  CHECK(std::count(done.begin(), done.end(), Did::kCompacted) >= 1);
  // 29 days before now `cart` has a profile too many.
  CHECK(std::count(done.begin(), done.end(), Did::kRetained) == 1);
  auto snapshot = writer->TakeSnapshot();
  CHECK(snapshot->summary().segments == 0);
  CHECK(*World::Seen(*snapshot) == std::map<int, int>{{1, 1}, {2, 1}, {3, 1}, {200'000, 1}});
  // Ten days later nothing is left of the first hour, nor of its objects.
  world.Advance(10 * 24 * kHour);
  for (int i = 0; i < 10; ++i) {
    Work(&keeper, options);
    world.Advance(kHour);
  }
  CHECK(World::Seen(*writer->TakeSnapshot())->empty());
  CHECK(world.store().ListAll("blocks/")->empty());
  CHECK(world.store().ListAll("segments/")->empty());
}

// Has no room while it is full.
class FullStore : public ForwardingStore {
 public:
  FullStore(std::unique_ptr<ObjectStore> store, bool* full)
      : ForwardingStore(store.get()), store_(std::move(store)), full_(full) {}

 protected:
  absl::StatusOr<std::string> DoPut(std::string_view key, std::string_view bytes,
                                    const PutOptions& put, const CallOptions& options) override {
    if (*full_) return absl::ResourceExhaustedError("no space left on device");
    return inner()->Put(key, bytes, put, options);
  }
  absl::StatusOr<std::unique_ptr<Upload>> DoStartUpload(std::string_view key,
                                                        const CallOptions& options) override {
    return ObjectStore::DoStartUpload(key, options);
  }

 private:
  const std::unique_ptr<ObjectStore> store_;
  const bool* const full_;
};

TEST_CASE("a full store is no budget that is too small") {
  bool full = false;
  World world(std::make_unique<FullStore>(MakeMemoryStore(), &full));
  Actor host = world.Host(1);
  REQUIRE(world.Append(&host, {1, 2}).ok());
  REQUIRE(world.Append(&host, {3}).ok());
  world.Advance(kHour);
  full = true;
  const auto jobs = host->PlanCompaction(Take(&host), World::Eager());
  REQUIRE(jobs.ok());
  const auto compacted = host->Compact(jobs->front(), kBudget);
  CHECK(absl::IsUnavailable(compacted.status()));
  CHECK(compacted.status().message().find("no space left") != absl::string_view::npos);
  CHECK(absl::IsUnavailable(host->Maintain(*host.now, kBudget).status()));
  // With room again the job is run at once, and not an hour later.
  full = false;
  CHECK(Maintain(&host, {}).did == Did::kCompacted);
}

TEST_CASE("a job that does not fit is left, named, and does not stop the rest") {
  World world;
  Actor host = world.Host(1);
  REQUIRE(world.Append(&host, {1, 2}).ok());
  world.Advance(kHour);
  const std::string segment = world.store().ListAll("segments/")->front().key;
  const MaintainResult first = Maintain(&host, {}, 1000);
  CHECK(first.did == Did::kCollected);
  CHECK(first.too_large == std::vector<std::string>{segment});
  CHECK(Maintain(&host, {}, 1000).did == Did::kNothing);
  CHECK(Maintain(&host, {}, kBudget).did == Did::kCompacted);
  world.CheckLaws();
}

TEST_CASE("maintenance drops what its rules say, and bodies when they are old") {
  World world;
  Actor host = world.Host(1);
  MaintainOptions options;
  options.rules.drop_labels = {"number"};
  options.policy.drop_bodies_nanos = 40 * 24 * kHour;  // profiles are 30 days old
  REQUIRE(world.Append(&host, {1, 2}).ok());
  REQUIRE(world.Append(&host, {3}, "cart").ok());
  world.Advance(kHour);
  // Runs until nothing is left to do and says how many bodies were dropped.
  const auto work = [&] {
    uint64_t bodies = 0;
    for (;;) {
      const MaintainResult result = Maintain(&host, options);
      if (result.did == Did::kNothing) return bodies;
      bodies += result.compaction.dropped_bodies;
    }
  };
  CHECK(work() == 0);
  ListQuery query({});
  REQUIRE(host->TakeSnapshot()->AddTo(&query).ok());
  const auto listed = std::move(query).Finish();
  REQUIRE(listed->size() == 3);
  for (const ListedProfile& profile : *listed) CHECK(!profile.series.Get("number"));
  // Once, and such blocks are never planned again.
  world.Advance(20 * 24 * kHour);
  CHECK(work() == 3);
  CHECK(work() == 0);
  // Nor are they merged with what comes late.
  REQUIRE(host->Append(world.Segment({4}), world.now()).ok());
  REQUIRE(host->Append(world.Segment({5}), world.now()).ok());
  world.Advance(kHour);
  CHECK(work() == 2);
  CHECK(work() == 0);
  CHECK(host->TakeSnapshot()->summary().blocks > 1);
}

TEST_CASE("maintenance checks its options") {
  World world;
  Actor host = world.Host(1);
  MaintainOptions negative, still, bad, ageless;
  negative.retain_nanos = -1;
  still.look_nanos = 0;
  bad.retain_dataset_nanos = {{"x", -5}};
  ageless.policy.drop_bodies_nanos = -1;
  for (const MaintainOptions& options : {negative, still, bad, ageless}) {
    CHECK(absl::IsInvalidArgument(host->Maintain(0, kBudget, options).status()));
  }
  // Times at the ends of time.
  MaintainOptions all;
  all.retain_nanos = INT64_MAX;
  for (int64_t now : {INT64_MIN, int64_t{0}, INT64_MAX}) {
    CHECK(host->Maintain(now, kBudget, all).ok());
  }
}

TEST_CASE("each call of maintenance fails, and the laws hold") {
  for (uint64_t call = 1; call < 60; ++call) {
    for (const auto kind : {Fault::Kind::kFailBefore, Fault::Kind::kFailAfter}) {
      INFO("call " << call);
      World world;
      Actor host = world.Host(1);
      REQUIRE(world.Append(&host, {1, 2}).ok());
      REQUIRE(world.Append(&host, {2, 4000}).ok());
      REQUIRE(world.Delete(&host, 1).ok());
      world.Advance(kHour);
      world.faults().Arm({.kind = kind, .call = call});
      for (int i = 0; i < 4; ++i) {
        host->Maintain(world.now(), kBudget).status().IgnoreError();
        world.Advance(kHour);
      }
      world.CheckLaws();
    }
  }
}

TEST_CASE("a snapshot that is refreshed reads nothing twice") {
  World world;
  Actor writer = world.Host(1), reader = world.Host(2);
  REQUIRE(world.Append(&writer, {1, 2}).ok());
  REQUIRE(World::CompactAll(&writer).ok());
  auto snapshot = reader->TakeSnapshot();
  REQUIRE(snapshot.ok());
  std::vector<std::string> calls;
  reader.store->before = [&](std::string_view call, std::string_view key) {
    calls.push_back(std::string(call) + " " + std::string(key));
  };
  const auto same = snapshot->Refresh();
  REQUIRE(same.ok());
  CHECK(same->summary().id == snapshot->summary().id);
  CHECK(calls == std::vector<std::string>{"List segments/", "List manifest/"});
  REQUIRE(world.Append(&writer, {3}).ok());
  CHECK(World::Seen(*same->Refresh())->size() == 3);
}

TEST_CASE("an answer comes whole from a new snapshot, or is an error") {
  World world;
  Actor host = world.Host(1), other = world.Host(2);
  REQUIRE(world.Append(&host, {1}).ok());
  REQUIRE(world.Append(&host, {2}).ok());
  int runs = 0;
  size_t seen = 0;
  const auto count = [&](const Snapshot& snapshot) {
    // Everything goes away under the first snapshot.
    if (++runs == 1) {
      REQUIRE(World::CompactAll(&other).ok());
      world.Advance(kHour);
      REQUIRE(World::Collect(&other).ok());
    }
    const auto found = World::Seen(snapshot);
    if (found.ok()) seen = found->size();
    return found.status();
  };
  CHECK(host->WithSnapshot(count).ok());
  CHECK(runs == 2);
  CHECK(seen == 2);
  // Not for ever, and not after another error.
  runs = 0;
  const auto fail = [&](absl::Status status) {
    return host->WithSnapshot([&, status](const Snapshot&) { return ++runs, status; });
  };
  CHECK(absl::IsAborted(fail(absl::AbortedError("again"))));
  CHECK(runs == 2);
  CHECK(absl::IsDataLoss(fail(absl::DataLossError("damage"))));
  CHECK(runs == 3);
}

}  // namespace
}  // namespace dolerite::testing
