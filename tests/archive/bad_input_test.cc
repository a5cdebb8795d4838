// Objects that are not what they should be: damaged, cut, empty, of a newer version, of another
// archive, or under another's name. Whatever meets one says its name, or is right all the same.
#include "archive/manifest.h"
#include "archive/world.h"
#include "base/bytes.h"
#include "base/checksum.h"

namespace dolerite::testing {
namespace {

std::string Bytes(World* world, std::string_view key) {
  const auto read = world->store().Read(key, ByteRange::All());
  REQUIRE(read.ok());
  return std::string(read->slice.bytes);
}

// Without segments that wait for the collector: nobody reads them any more.
std::vector<std::string> Keys(World* world, std::string_view prefix) {
  Manifest manifest;
  const auto newest = world->store().List("manifest/", {.limit = 1});
  if (!newest->objects.empty()) manifest = *DecodeManifest(Bytes(world, newest->objects[0].key));
  std::vector<std::string> keys;
  const auto objects = world->store().ListAll(prefix);
  for (const ObjectInfo& object : *objects) {
    const auto segment = SegmentName::Parse(object.key);
    if (segment && manifest.FindConsumed(*segment) != nullptr) continue;
    keys.push_back(object.key);
  }
  return keys;
}

// Two blocks, two segments, a deletion, and some manifests.
void Prepare(World* world, Actor* host, int first = 0) {
  REQUIRE(world->Append(host, {first + 1, first + 2}).ok());
  REQUIRE(world->Append(host, {first + 4000}).ok());
  REQUIRE(World::CompactAll(host).ok());
  REQUIRE(world->Append(host, {first + 3, first + 4}).ok());
  REQUIRE(world->Append(host, {first + 5}, "cart").ok());
  REQUIRE(world->Delete(host, first + 2).ok());
  world->Advance(kHour);
}

// What calls an archive while one of its objects is `bad`, and the statuses that they end with.
std::vector<absl::Status> UseAll(World* world, const std::map<int, int>& right) {
  std::vector<absl::Status> statuses;
  ArchiveHost host = World::HostOf(50, std::make_shared<int64_t>(world->now()));
  auto archive = Archive::Open(&world->store(), host);
  statuses.push_back(archive.status());
  if (!archive.ok()) return statuses;
  const auto snapshot = archive->TakeSnapshot();
  statuses.push_back(snapshot.status());
  if (snapshot.ok()) {
    const auto seen = World::Seen(*snapshot);
    statuses.push_back(seen.status());
    if (seen.ok()) CHECK(*seen == right);
  }
  statuses.push_back(archive->RehearseDelete(World::Request(3)).status());
  CollectOptions rehearsal = World::Impatient();
  rehearsal.rehearse = true;
  statuses.push_back(archive->Collect(rehearsal).status());
  return statuses;
}

struct Damage {
  const char* name;
  std::function<void(std::string* bytes)> change;
};

std::vector<Damage> Damages() {
  std::vector<Damage> damages = {
      {"empty", [](std::string* bytes) { bytes->clear(); }},
      {"one byte", [](std::string* bytes) { bytes->resize(1); }},
      {"rubbish", [](std::string* bytes) { *bytes = std::string(bytes->size(), 'x'); }},
      {"longer", [](std::string* bytes) { *bytes += "12345678"; }},
  };
  for (int part : {1, 2, 3}) {
    damages.push_back({"cut", [part](std::string* b) { b->resize(b->size() * part / 4); }});
  }
  damages.push_back({"short of a byte", [](std::string* bytes) { bytes->pop_back(); }});
  return damages;
}

TEST_CASE("damaged objects are refused by name") {
  for (const char* prefix : {"archive", "manifest/", "blocks/", "segments/"}) {
    for (const Damage& damage : Damages()) {
      World world;
      Actor host = world.Host(1);
      Prepare(&world, &host);
      auto snapshot = host->TakeSnapshot();
      const std::map<int, int> right = *World::Seen(*snapshot);
      const std::string key = Keys(&world, prefix)[0];
      INFO(damage.name << " " << key);
      std::string bytes = Bytes(&world, key);
      damage.change(&bytes);
      REQUIRE(world.store().Put(key, bytes, {.mode = PutMode::kReplace}).ok());
      bool noticed = false;
      for (const absl::Status& status : UseAll(&world, right)) {
        INFO(status);
        CHECK((status.ok() || absl::IsDataLoss(status)));
        if (status.ok()) continue;
        noticed = true;
        // A manifest is known by its number.
        const std::string what = Begins(key, "manifest/") || key == "archive" ? "" : key;
        CHECK(std::string(status.message()).find(what) != std::string::npos);
      }
      CHECK(noticed);
    }
  }
}

TEST_CASE("objects of a newer version are refused as such") {
  for (const char* prefix : {"archive", "manifest/"}) {
    World world;
    Actor host = world.Host(1);
    Prepare(&world, &host);
    const std::string key = Keys(&world, prefix)[0];
    std::string bytes = Bytes(&world, key);
    bytes.resize(bytes.size() - 8);
    bytes[7] = 2;
    AppendLittle(&bytes, Checksum64(bytes));
    REQUIRE(world.store().Put(key, bytes, {.mode = PutMode::kReplace}).ok());
    const std::vector<absl::Status> statuses = UseAll(&world, {});
    for (const absl::Status& status : statuses) {
      INFO(key << ": " << status);
      CHECK((status.ok() || absl::IsUnimplemented(status)));
    }
    CHECK_FALSE(statuses.back().ok());
  }
}

// The object is sound, but another one: of this archive, or of another that has the same keys.
TEST_CASE("an object under another's name is refused or harmless") {
  World other(MakeMemoryStore(), 77);
  Actor stranger = other.Host(1);
  Prepare(&other, &stranger, 20);
  for (const char* prefix : {"archive", "manifest/", "blocks/", "segments/"}) {
    for (bool foreign : {false, true}) {
      World world;
      Actor host = world.Host(1);
      Prepare(&world, &host);
      const std::map<int, int> right = *World::Seen(*host->TakeSnapshot());
      const std::vector<std::string> keys = Keys(&world, prefix);
      if (keys.size() < 2 && !foreign) continue;
      for (size_t i = 0; i < keys.size(); ++i) {
        const std::string& key = keys[i];
        const std::string before = Bytes(&world, key);
        const std::string bytes = foreign ? Bytes(&other, Keys(&other, prefix)[i])
                                          : Bytes(&world, keys[(i + 1) % keys.size()]);
        INFO(key << (foreign ? " of another archive" : " is another"));
        REQUIRE(world.store().Put(key, bytes, {.mode = PutMode::kReplace}).ok());
        size_t failed = 0;
        for (const absl::Status& status : UseAll(&world, right)) {
          INFO(status);
          CHECK((status.ok() || absl::IsDataLoss(status)));
          failed += !status.ok();
        }
        // The newest manifest, the header and what holds profiles are needed by each.
        if (!Begins(key, "manifest/") || i == 0) CHECK(failed > 0);
        REQUIRE(world.store().Put(key, before, {.mode = PutMode::kReplace}).ok());
      }
    }
  }
}

TEST_CASE("names of services are never mixed up, and in no key") {
  const std::vector<std::string> names = {"shop",
                                          "Shop",
                                          "SHOP",
                                          "a/b",
                                          "a/../b",
                                          "..",
                                          ".",
                                          "",
                                          std::string("nul\0x", 5),
                                          std::string("nul", 3),
                                          std::string(4096, 'y'),
                                          std::string(4095, 'y') + "z",
                                          "blocks/",
                                          "segments/0",
                                          "\xc3\xa4",
                                          "\xff\xfe",
                                          "a b",
                                          "a\nb"};
  World world;
  Actor host = world.Host(1);
  for (size_t i = 0; i < names.size(); ++i) {
    const int number = static_cast<int>(i);
    REQUIRE(world.Append(&host, {number, 100 + number}, names[i]).ok());
  }
  // The profiles of each service, asked for by name.
  const auto check = [&](const std::set<std::string>& gone) {
    const auto snapshot = host->TakeSnapshot();
    REQUIRE(snapshot.ok());
    for (size_t i = 0; i < names.size(); ++i) {
      ListQuestion question;
      question.selection.matchers = {{"service_name", LabelMatcher::Op::kEqual, names[i]}};
      ListQuery query(question);
      REQUIRE(snapshot->AddTo(&query).ok());
      const auto listed = std::move(query).Finish();
      REQUIRE(listed.ok());
      INFO("name " << i << " " << names[i]);
      CHECK(listed->size() == (gone.count(names[i]) > 0 ? 0 : 2));
      for (const ListedProfile& profile : *listed) {
        CHECK(profile.series.Get("service_name").value_or("") == names[i]);
      }
    }
  };
  check({});
  REQUIRE(World::CompactAll(&host).ok());
  check({});
  // Removed by name: exactly these, and nothing that is alike.
  REQUIRE(host->Retain("Shop", INT64_MAX).ok());
  REQUIRE(host->Retain(std::string("nul\0x", 5), INT64_MAX).ok());
  DeleteRequest request;
  request.matchers = {{"service_name", LabelMatcher::Op::kEqual, std::string(4096, 'y')}};
  REQUIRE(host->Delete(request).ok());
  const std::set<std::string> gone = {"Shop", std::string("nul\0x", 5), std::string(4096, 'y')};
  check(gone);
  REQUIRE(World::CompactAll(&host).ok());
  world.Advance(kHour);
  REQUIRE(World::Collect(&host).ok());
  check(gone);
  for (const std::string& key : Keys(&world, "")) CHECK(key.size() < 100);
}

// Datasets would not be what the archive takes them for.
TEST_CASE("a block that was made for another dataset label is no segment") {
  World world;
  Actor host = world.Host(1);
  const std::vector<Input> inputs = {World::Numbered(1, kBegin), World::Numbered(2, kBegin)};
  const std::string block = Build(inputs, {.dataset_label = "number"});
  const absl::Status status = host->Append(block, world.now()).status();
  INFO(status);
  CHECK(absl::IsInvalidArgument(status));
  CHECK(Keys(&world, "segments/").empty());
}

}  // namespace
}  // namespace dolerite::testing
