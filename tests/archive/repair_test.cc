// Mending what was lost or damaged.
#include "archive/harmed.h"
#include "base/bytes.h"
#include "base/checksum.h"

namespace dolerite::testing {
namespace {

TEST_CASE("a sound archive needs no repair") {
  Full world;
  const auto repaired = (*world.host)->Repair();
  INFO(repaired.status());
  REQUIRE(repaired.ok());
  CHECK(repaired->manifest == 0);
  CHECK(repaired->lost.empty());
  World empty;
  Actor host = empty.Host(1);
  CHECK(host->Repair()->manifest == 0);
}

// Everything that was acknowledged is seen after a repair, once.
void CheckRepaired(Full* world, const std::map<int, int>& expected) {
  const size_t objects = world->store().ListAll("")->size();
  Actor mender = world->Host(5);
  const auto repaired = mender->Repair();
  INFO(repaired.status());
  REQUIRE(repaired.ok());
  CHECK(repaired->manifest > 0);
  CHECK_FALSE(repaired->lost.empty());
  CHECK(world->store().ListAll("")->size() > objects);  // nothing was deleted
  CHECK(world->SeenNow() == expected);
  // It is an archive like any other again.
  REQUIRE(World::CompactAll(&mender).ok());
  CHECK(world->SeenNow() == expected);
  for (int i = 0; i < 4; ++i) {
    world->Advance(kHour);
    REQUIRE(World::Collect(&mender).ok());
    REQUIRE(mender->Retain(std::nullopt, INT64_MIN).ok());
  }
  CHECK(world->SeenNow() == expected);
  CHECK(Check(&mender).findings.empty());
  CHECK(mender->Repair()->manifest == 0);
}

TEST_CASE("repair goes back to the newest sound manifest, and says what is lost") {
  const std::map<int, int> all = {{0, 1},    {1, 1},     {3600, 1},  {3601, 1}, {7200, 1},
                                  {7201, 1}, {20000, 1}, {20001, 1}, {20002, 1}};
  SECTION("the newest is damaged: its deletion is lost") {
    Full world;
    world.Damage(world.First("manifest/"));
    CHECK_FALSE((*world.host)->TakeSnapshot().ok());
    CheckRepaired(&world, all);
  }
  SECTION("the last two are: a block of theirs is found") {
    Full world;
    world.Damage(ManifestKey(5));
    world.Damage(ManifestKey(4));
    CheckRepaired(&world, all);
  }
  SECTION("all are") {
    Full world;
    for (uint64_t number : {1, 2, 3, 4, 5}) world.Damage(ManifestKey(number));
    CheckRepaired(&world, all);
  }
  SECTION("none is left") {
    Full world;
    for (uint64_t number : {1, 2, 3, 4, 5}) REQUIRE(world.store().Delete(ManifestKey(number)).ok());
    // Nobody takes it for a new archive.
    const Report report = Check(&*world.host);
    CHECK(report.Has(Kind::kManifest, "manifest/"));
    CHECK(report.findings.size() == 1);
    Actor host = world.Host(3);
    CHECK(absl::IsDataLoss(host->TakeSnapshot().status()));
    CHECK(absl::IsDataLoss(World::CompactAll(&host)));
    CHECK(absl::IsDataLoss(host->Retain(std::nullopt, 0)));
    CHECK(absl::IsDataLoss(World::Collect(&host)));
    CHECK(absl::IsAlreadyExists(
        Archive::Create(&world.store(), World::HostOf(4, std::make_shared<int64_t>(0)))));
    CheckRepaired(&world, all);
  }
  SECTION("the newest is gone, and so are the inputs of its job") {
    Full world;
    world.Advance(kHour);
    for (int i = 0; i < 3; ++i) REQUIRE(World::Collect(&*world.host).ok());
    REQUIRE(world.store().Delete(world.First("manifest/")).ok());
    std::map<int, int> without = all;
    without.erase(3600);  // its deletion is in an older one
    REQUIRE(World::CompactAll(&*world.host).ok());
    REQUIRE(world.store().Delete(world.First("manifest/")).ok());
    CheckRepaired(&world, without);
  }
}

TEST_CASE("repair reads the blocks of a lost page anew, and keeps deletions") {
  std::map<int, int> expected = {{0, 1},    {1, 1},     {3601, 1},  {7200, 1},
                                 {7201, 1}, {20000, 1}, {20001, 1}, {20002, 1}};
  for (const bool gone : {false, true}) {
    Full world;
    const auto pages = world.store().ListAll("pages/");
    for (const ObjectInfo& page : *pages) {
      if (gone) {
        REQUIRE(world.store().Delete(page.key).ok());
      } else {
        world.Damage(page.key);
      }
    }
    CheckRepaired(&world, expected);
  }
}

TEST_CASE("repair revives the inputs of a lost block") {
  Full world;
  REQUIRE(world.store().Delete(world.First("blocks/")).ok());
  CheckRepaired(
      &world,
      {{0, 1}, {1, 1}, {3601, 1}, {7200, 1}, {7201, 1}, {20000, 1}, {20001, 1}, {20002, 1}});
}

TEST_CASE("a header that is lost or damaged is made anew, and by nobody but a repair") {
  const ArchiveHost host = World::HostOf(4, std::make_shared<int64_t>(0));
  for (const bool lost : {true, false}) {
    for (const bool manifests : {true, false}) {
      Full world;
      CHECK_FALSE(*Archive::RepairHeader(&world.store(), host));
      const std::string key(kArchiveKey), before = world.Bytes(key);
      if (lost) {
        REQUIRE(world.store().Delete(key).ok());
        CHECK(absl::IsDataLoss(Archive::Create(&world.store(), host)));
      } else {
        world.Damage(key);
      }
      const absl::Status opened = Archive::Open(&world.store(), host).status();
      CHECK(absl::IsDataLoss(opened));
      CHECK(opened.message().find("repair") != absl::string_view::npos);
      if (manifests) {
        CHECK(*Archive::RepairHeader(&world.store(), host));
        CHECK(world.Bytes(key) == before);
        CHECK(world.SeenNow().size() == 8);
        CHECK(Check(&*world.host).findings.empty());
      } else {
        // Nobody knows the archive's id: it gets a new one, and a chain made of blocks.
        const auto listed = world.store().ListAll(kManifests);
        for (const ObjectInfo& object : *listed) {
          REQUIRE(world.store().Delete(object.key).ok());
        }
        CHECK(*Archive::RepairHeader(&world.store(), host));
        Actor mender = world.Host(9);
        REQUIRE(mender->Repair().ok());
        CHECK(world.SeenNow().size() == 9);
      }
    }
  }
  const auto empty = MakeMemoryStore();
  CHECK(absl::IsNotFound(Archive::RepairHeader(empty.get(), host).status()));
}

TEST_CASE("a header that is made anew has the label that names the datasets of blocks") {
  const ArchiveHost host = World::HostOf(4, std::make_shared<int64_t>(0));
  const auto make = [&](const std::vector<std::map<std::string, std::string>>& all,
                        const std::string& label) {
    auto store = MakeMemoryStore();
    REQUIRE(Archive::Create(store.get(), host, {.dataset_label = label}).ok());
    std::vector<Input> inputs;
    for (const auto& labels : all) {
      inputs.push_back(World::Numbered(1, kBegin + static_cast<int64_t>(inputs.size())));
      inputs.back().series = {};
      for (const auto& [name, value] : labels) inputs.back().series.Set(name, value);
    }
    BlockOptions options;
    options.dataset_label = label;
    REQUIRE(Archive::Open(store.get(), host)->Append(Build(inputs, options), 0).ok());
    REQUIRE(store->Delete(kArchiveKey).ok());
    return store;
  };
  const auto repaired = [&](ObjectStore* store) {
    return Archive::Open(store, host)->options().dataset_label;
  };
  // One fits, though it is not the usual one.
  auto store = make({{{"kind", "cpu"}, {"service_name", "x"}}, {{"kind", "heap"}}}, "kind");
  CHECK(absl::IsInvalidArgument(Archive::RepairHeader(store.get(), host, "service_name").status()));
  CHECK(*Archive::RepairHeader(store.get(), host));
  CHECK(repaired(store.get()) == "kind");
  // Two fit, and someone must know.
  store = make({{{"a", "1"}, {"b", "1"}, {"c", "2"}}}, "a");
  const absl::Status several = Archive::RepairHeader(store.get(), host).status();
  CHECK(absl::IsFailedPrecondition(several));
  CHECK(several.message().find("a, b") != absl::string_view::npos);
  CHECK(*Archive::RepairHeader(store.get(), host, "b"));
  CHECK(repaired(store.get()) == "b");
}

TEST_CASE("a live block that is lost is damage, and no snapshot that is too old") {
  Full world;
  const std::string key = world.First("blocks/");
  REQUIRE(world.store().Delete(key).ok());
  Actor reader = world.Host(78);
  const Snapshot snapshot = Take(&reader);
  const absl::Status status = World::Seen(snapshot).status();
  INFO(status);
  CHECK(absl::IsDataLoss(status));
  CHECK(status.message().find(key) != absl::string_view::npos);
  CHECK(absl::IsDataLoss(reader->RehearseDelete(World::Request(0)).status()));
  // What it had is not known, and the rest goes in.
  const auto added = reader->AppendMissing(world.Segment({1}), 0);
  REQUIRE(added.ok());
  CHECK(added->damaged.size() == 1);
  CHECK(added->added == 1);
}

TEST_CASE("damage of the newest manifest is named, with what mends it") {
  Full world;
  const std::string key = world.First("manifest/");
  world.Damage(key);
  Actor reader = world.Host(78);
  const absl::Status status = reader->TakeSnapshot().status();
  CHECK(absl::IsDataLoss(status));
  CHECK(status.message().find(key) != absl::string_view::npos);
  CHECK(status.message().find("verify --repair") != absl::string_view::npos);
}

TEST_CASE("an archive is made by one of several hosts, whoever dies in the middle") {
  for (const auto kind : {Fault::Kind::kFailBefore, Fault::Kind::kFailAfter}) {
    for (uint64_t call = 1; call < 8; ++call) {
      const auto store = MakeMemoryStore();
      const auto faults = MakeFaultStore(store.get());
      faults->Arm({.kind = kind, .call = call, .code = absl::StatusCode::kUnavailable});
      const auto now = std::make_shared<int64_t>(0);
      Archive::Create(faults.get(), World::HostOf(1, now), {.probe = false}).IgnoreError();
      faults->Heal();
      const absl::Status other =
          Archive::Create(faults.get(), World::HostOf(2, now), {.probe = false});
      CHECK((other.ok() || absl::IsAlreadyExists(other)));
      const auto archive = Archive::Open(store.get(), World::HostOf(3, now));
      REQUIRE(archive.ok());
      CHECK(archive->TakeSnapshot().ok());
      CHECK(archive->Verify()->findings == 0);
    }
  }
}

// A segment that can't be read for a while, as by bytes that a disk gives back wrong.
TEST_CASE("a quarantined input that can be read again is compacted after a repair") {
  Full world;
  const std::string key = world.Last("segments/");
  const std::string good = world.Bytes(key);
  world.Damage(key);
  REQUIRE(World::CompactAll(&*world.host).ok());
  CHECK((*world.host)->TakeSnapshot()->summary().quarantined == 1);
  // As long as it is damaged a repair changes nothing.
  auto repaired = (*world.host)->Repair();
  REQUIRE(repaired.ok());
  CHECK(repaired->lifted.empty());
  world.Replace(key, good);
  const Report healed = Check(&*world.host);
  REQUIRE(healed.findings.size() == 1);
  CHECK(healed.findings[0].status.message().find("can be read now") != std::string::npos);
  repaired = (*world.host)->Repair();
  INFO(repaired.status());
  REQUIRE(repaired.ok());
  CHECK(repaired->lifted == std::vector<std::string>{key});
  CHECK(repaired->manifest == 0);
  CHECK(Check(&*world.host).findings.empty());
  REQUIRE(World::CompactAll(&*world.host).ok());
  CHECK((*world.host)->TakeSnapshot()->summary().segments == 0);
  CHECK(world.SeenNow().size() == 8);
}

TEST_CASE("a repair that meets another one finds nothing left to do") {
  Full world;
  world.Damage(world.First("manifest/"));
  Actor mender = world.Host(5);
  mender.Before("Put", "manifest/", [&] { REQUIRE(world.host->archive->Repair().ok()); });
  const auto repaired = mender->Repair();
  INFO(repaired.status());
  REQUIRE(repaired.ok());
  CHECK(repaired->lost.empty());
  CHECK(world.SeenNow().size() == 9);
}

TEST_CASE("a repair that fails at any call changes nothing that is seen") {
  using Fk = Fault::Kind;
  for (const Fk kind : {Fk::kFailBefore, Fk::kFailAfter}) {
    for (uint64_t call = 1; call < 60; ++call) {
      INFO("call " << call);
      Full world;
      world.Damage(world.First("manifest/"));
      Actor mender = world.Host(5);
      world.faults().Arm({.kind = kind, .call = call, .code = absl::StatusCode::kUnavailable});
      const bool ok = mender->Repair().ok();
      const bool reached = world.faults().calls() >= call;
      world.faults().Heal();
      if (!ok) {
        const auto again = mender->Repair();
        INFO(again.status());
        REQUIRE(again.ok());
      }
      CHECK(world.SeenNow().size() == 9);
      if (!reached) break;
    }
  }
}

}  // namespace
}  // namespace dolerite::testing
