// Checking and mending: each object damaged, missing, newer, of another archive, under another's
// name.
#include "archive/world.h"
#include "base/bytes.h"
#include "base/checksum.h"

namespace dolerite::testing {
namespace {

using Kind = ArchiveFinding::Kind;

struct Report {
  VerifyResult result;
  std::vector<ArchiveFinding> findings;

  // Whether something of this kind is found at this key.
  bool Has(Kind kind, const std::string& key) const {
    return std::any_of(findings.begin(), findings.end(), [&](const ArchiveFinding& finding) {
      return finding.kind == kind && finding.key == key && !finding.status.ok();
    });
  }
};

Report Check(Actor* host, const VerifyOptions& options = {}) {
  Report report;
  const auto result = (*host)->Verify(
      options, [&](const ArchiveFinding& finding) { report.findings.push_back(finding); });
  INFO(result.status());
  REQUIRE(result.ok());
  CHECK(result->findings == report.findings.size());
  report.result = *result;
  return report;
}

// Three blocks in pages, two segments, a deletion.
struct Full : World {
  Full() {
    page_entries = 1;
    host.emplace(Host(1));
    for (int hour = 0; hour < 3; ++hour) {
      REQUIRE(Append(&*host, {hour * 3600, hour * 3600 + 1}).ok());
      CompactionPolicy hours = Eager();
      hours.window_nanos = {kHour}, hours.small_bytes = 0;
      const auto jobs = (*host)->PlanCompaction(*(*host)->TakeSnapshot(), hours);
      REQUIRE(jobs->size() == 1);
      REQUIRE((*host)->Compact(jobs->front(), size_t{1} << 30).ok());
    }
    REQUIRE(Append(&*host, {20'000, 20'001}, "cart").ok());
    REQUIRE(Append(&*host, {20'001, 20'002}, "cart").ok());
    REQUIRE(Delete(&*host, 3600).ok());
  }

  std::string First(std::string_view prefix) { return store().ListAll(prefix)->front().key; }
  std::string Last(std::string_view prefix) { return store().ListAll(prefix)->back().key; }
  std::string Bytes(const std::string& key) {
    return std::string(store().Read(key, ByteRange::All())->slice.bytes);
  }
  void Replace(const std::string& key, const std::string& bytes) {
    REQUIRE(store().Put(key, bytes, {.mode = PutMode::kReplace}).ok());
  }
  void Damage(const std::string& key) {
    std::string bytes = Bytes(key);
    bytes[bytes.size() / 2] ^= 1;
    Replace(key, bytes);
  }
  std::map<int, int> SeenNow() {
    Actor reader = Host(77);
    const auto snapshot = reader->TakeSnapshot();
    INFO(snapshot.status());
    REQUIRE(snapshot.ok());
    const auto seen = Seen(*snapshot);
    INFO(seen.status());
    REQUIRE(seen.ok());
    return *seen;
  }

  std::optional<Actor> host;
};

TEST_CASE("a sound archive has no findings") {
  Full world;
  const Report report = Check(&*world.host);
  for (const ArchiveFinding& finding : report.findings)
    UNSCOPED_INFO(finding.key << finding.status);
  CHECK(report.findings.empty());
  CHECK(report.result.blocks == 3);
  CHECK(report.result.segments == 2);
  CHECK(report.result.profiles == 10);
  CHECK(report.result.duplicates == 1);
  CHECK(report.result.manifests == 5);
  CHECK(report.result.pages >= 1);
  CHECK(report.result.foreign == 0);
  // Blocks that a job has left when it died, and what is nobody's.
  REQUIRE(world.store().Put(BlockName{0, {7}}.key(), "x").ok());
  REQUIRE(world.store().Put("segments/notes.txt", "x").ok());
  CHECK(Check(&*world.host).result.orphans == 1);
  CHECK(Check(&*world.host).result.foreign == 1);
  CHECK(Check(&*world.host).findings.empty());
}

TEST_CASE("a part of an archive is verified by dataset and time") {
  Full world;
  VerifyOptions cart;
  cart.dataset = "cart";
  CHECK(Check(&*world.host, cart).result.blocks == 0);
  CHECK(Check(&*world.host, cart).result.segments == 2);
  VerifyOptions hour;
  hour.start_nanos = kBegin + kHour, hour.end_nanos = kBegin + 2 * kHour;
  CHECK(Check(&*world.host, hour).result.blocks == 1);
  CHECK(Check(&*world.host, hour).result.segments == 0);
  world.Damage(world.First("blocks/"));
  CHECK(Check(&*world.host, cart).findings.empty());
}

TEST_CASE("damage is named wherever it is, and the rest is looked at") {
  using Harm = std::function<void(Full*, const std::string&)>;
  const auto finds = [](Kind kind, std::string_view prefix, bool first, const Harm& harm) {
    Full world;
    const std::string key = first ? world.First(prefix) : world.Last(prefix);
    INFO(key);
    harm(&world, key);
    const Report report = Check(&*world.host);
    for (const ArchiveFinding& f : report.findings) UNSCOPED_INFO(f.key << " " << f.status);
    CHECK(report.Has(kind, key));
    CHECK(report.result.blocks + report.result.segments >= 3);
  };
  const auto damage = [](Full* world, const std::string& key) { world->Damage(key); };
  const auto cut = [](Full* world, const std::string& key) {
    world->Replace(key, world->Bytes(key).substr(0, 20));
  };
  const auto remove = [](Full* world, const std::string& key) {
    REQUIRE(world->store().Delete(key).ok());
  };
  for (const Harm& harm : {Harm(damage), Harm(cut)}) {
    finds(Kind::kManifest, "manifest/", true, harm);
    finds(Kind::kManifest, "manifest/", false, harm);
    finds(Kind::kPage, "pages/", false, harm);
    finds(Kind::kDamaged, "blocks/", true, harm);
    finds(Kind::kDamaged, "segments/", false, harm);
  }
  finds(Kind::kMissing, "blocks/", true, remove);
  finds(Kind::kPage, "pages/", false, remove);
  // Objects that are sound and not what their names say.
  finds(Kind::kDamaged, "blocks/", true, [](Full* world, const std::string& key) {
    world->Replace(key, world->Bytes(world->Last("blocks/")));
  });
  finds(Kind::kDamaged, "segments/", false, [](Full* world, const std::string& key) {
    world->Replace(key, world->Segment({20'000, 20'002}, "cart"));
  });
  finds(Kind::kManifest, "manifest/", true, [](Full* world, const std::string& key) {
    world->Replace(key, world->Bytes(world->Last("manifest/")));
  });
  finds(Kind::kManifest, "manifest/", true, [](Full* world, const std::string& key) {
    std::string newer = world->Bytes(key);
    newer.resize(newer.size() - 8), newer[7] = 2;
    AppendLittle(&newer, Checksum64(newer));
    world->Replace(key, newer);
  });
}

TEST_CASE("a manifest that is missing in the chain is noticed") {
  Full world;
  REQUIRE(world.store().Delete(ManifestKey(2)).ok());
  const Report report = Check(&*world.host);
  CHECK(report.findings.size() == 1);
  CHECK(report.Has(Kind::kManifest, ManifestKey(3)));
}

// A store whose listings of manifests come back empty: they ran while the only manifest was
// collected and a newer one was created, and saw neither.
class MissingManifests : public ForwardingStore {
 public:
  using ForwardingStore::ForwardingStore;
  mutable int misses = 0;

 protected:
  absl::StatusOr<ListPage> DoList(std::string_view prefix, const ListOptions& list,
                                  const CallOptions& options) const override {
    if (Begins(prefix, kManifests) && misses-- > 0) return ListPage();
    return ForwardingStore::DoList(prefix, list, options);
  }
};

// What a commit must not change, taken back by a manifest with a right checksum.
TEST_CASE("names that come back or are forgotten too early are noticed") {
  const auto found = [](const std::function<void(Manifest * next)>& change) {
    Full world;
    REQUIRE(World::CompactAll(&*world.host).ok());
    const std::string newest = world.First("manifest/");
    Manifest next = *DecodeManifest(world.Bytes(newest));
    ++next.number;
    change(&next);
    REQUIRE(world.store().Put(ManifestKey(next.number), EncodeManifest(next)).ok());
    return Check(&*world.host).Has(Kind::kManifest, ManifestKey(next.number));
  };
  CHECK_FALSE(found([](Manifest*) {}));
  CHECK(found([](Manifest* next) {
    REQUIRE_FALSE(next->consumed.empty());
    next->consumed.clear();
  }));
  CHECK(found([](Manifest* next) {
    REQUIRE_FALSE(next->dropped.empty());
    next->dropped.clear();
  }));
  CHECK(found([](Manifest* next) {
    REQUIRE_FALSE(next->dropped.empty());
    BlockEntry back;
    back.name = next->dropped.front().name;
    back.datasets = {{"shop", 1, 0, 0}};
    next->blocks.insert(
        std::lower_bound(next->blocks.begin(), next->blocks.end(), back,
                         [](const BlockEntry& a, const BlockEntry& b) { return a.name < b.name; }),
        back);
    next->dropped.erase(next->dropped.begin());
  }));
}

TEST_CASE("a block or page that began with a manifest which is gone shows the loss") {
  for (const std::string& key : {BlockName{9, {7}}.key(), PageKey(BlockName{9, {7}})}) {
    Full world;
    // What a job left that began with manifest 9.
    REQUIRE(world.store().Put(key, "unfinished").ok());
    CHECK(Check(&*world.host).Has(Kind::kManifest, key));
    const auto repaired = (*world.host)->Repair();
    REQUIRE(repaired.ok());
    CHECK(repaired->manifest == 10);
    CHECK_FALSE(Check(&*world.host).Has(Kind::kManifest, key));
    CHECK(world.SeenNow().size() == 8);
  }
}

TEST_CASE("a listing that misses the manifests is not the loss of all") {
  Full world;
  MissingManifests store(&world.store());
  auto archive = Archive::Open(&store, World::HostOf(9, std::make_shared<int64_t>(world.now())));
  REQUIRE(archive.ok());
  store.misses = 2;
  CHECK(archive->TakeSnapshot().ok());
  store.misses = 1000;
  CHECK(archive->TakeSnapshot().status().code() == absl::StatusCode::kDataLoss);
}

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

TEST_CASE("repair needs nobody beside it") {
  Full world;
  world.Damage(world.First("manifest/"));
  Actor mender = world.Host(5);
  mender.Before("Put", "manifest/", [&] { REQUIRE(world.host->archive->Repair().ok()); });
  CHECK(absl::IsAborted(mender->Repair().status()));
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
