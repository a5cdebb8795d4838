// Checking: each object damaged, missing, newer, of another archive, under another's
// name.
#include "archive/harmed.h"
#include "base/bytes.h"
#include "base/checksum.h"

namespace dolerite::testing {
namespace {

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

}  // namespace
}  // namespace dolerite::testing
