// An archive of version 1 with all that an archive can have: it stays in tests/data for ever, and
// every later library must read the same from it and go on with it. DOLERITE_UPDATE_GOLDEN=1 makes
// it if it is missing.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "archive/harmed.h"
#include "support/source_dir.h"

namespace dolerite::testing {
namespace {

const std::string kArchive = SourceDir() + "/tests/data/golden/archive";
const std::string kContents = SourceDir() + "/tests/data/golden/archive.txt";

// How it was made once: blocks in a page and in the manifest, segments that wait, a deletion, a
// cut, a rule, and an input that could not be read. The files count, not this.
void Make() {
  Full world;
  Actor& host = *world.host;
  REQUIRE(host->Retain("cart", kBegin + 20'001 * kSecond).ok());
  const std::string broken = *host->Append(world.Segment({30'000}, "broken"), world.now());
  std::string bytes = world.Bytes(broken);
  bytes[bytes.size() / 2] ^= 1;
  REQUIRE(world.store().Put(broken, bytes, {.mode = PutMode::kReplace}).ok());
  CompactionRules rules;
  rules.drop_sample_types = {"alloc_space"};
  REQUIRE(host->Compact({0, {broken}, 1, kHour}, kBudget, {}, {}, rules).ok());
  REQUIRE(world.Append(&host, {40'000, 40'001}, "late/..\\shop").ok());
  const auto local = OpenLocalStore(kArchive);
  REQUIRE(local.ok());
  const auto objects = world.store().ListAll("");
  REQUIRE(objects.ok());
  for (const ObjectInfo& object : *objects) {
    REQUIRE((*local)->Put(object.key, world.Bytes(object.key)).ok());
  }
}

// The files, in memory: no test changes them.
std::unique_ptr<ObjectStore> Load() {
  auto store = MakeMemoryStore();
  const auto local = OpenLocalStore(kArchive);
  REQUIRE(local.ok());
  const auto objects = (*local)->ListAll("");
  REQUIRE(objects.ok());
  for (const ObjectInfo& object : *objects) {
    const auto read = (*local)->Read(object.key, ByteRange::All());
    REQUIRE(read.ok());
    REQUIRE(store->Put(object.key, read->slice.bytes).ok());
  }
  return store;
}

// A line for each profile that a snapshot shows, then the functions of all with their sums.
std::string ContentOf(const Snapshot& snapshot) {
  std::string out;
  ListQuery list({}, {.skip_damaged = true});
  TreeQuery tree({}, {.skip_damaged = true});
  REQUIRE(snapshot.AddTo(&list).ok());
  REQUIRE(snapshot.AddTo(&tree).ok());
  const auto listed = std::move(list).Finish();
  REQUIRE(listed.ok());
  for (const ListedProfile& profile : *listed) {
    out += std::to_string(profile.time_nanos) + " " + profile.series.ToString();
    for (const auto& total : profile.totals) out += " " + std::to_string(total);
    out += "\n";
  }
  const absl::StatusOr<Tree> sums = std::move(tree).Finish();
  REQUIRE(sums.ok());
  for (size_t i = 1; i < sums->size(); ++i) {
    out += std::string(sums->names[sums->name[i]]) + " " +
           std::to_string(sums->columns[0].self[i]) + "\n";
  }
  return out;
}

std::string ReadText(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string Text(Actor* host) { return ContentOf(Take(host)); }

TEST_CASE("golden archive: version 1 is read as it was written, and goes on") {
  const bool update = std::getenv("DOLERITE_UPDATE_GOLDEN") != nullptr;
  if (update && !std::filesystem::exists(kArchive)) Make();
  const std::unique_ptr<ObjectStore> store = Load();
  Actor host;
  host.store = std::make_unique<HookStore>(store.get());
  host.now = std::make_shared<int64_t>(kBegin + 60 * kDay);
  auto opened = Archive::Open(host.store.get(), World::HostOf(5, host.now));
  REQUIRE(opened.ok());
  host.archive = *std::move(opened);
  if (update && !std::filesystem::exists(kContents)) std::ofstream(kContents) << Text(&host);
  const std::string expected = ReadText(kContents);
  REQUIRE(!expected.empty());
  CHECK(Text(&host) == expected);

  const Snapshot snapshot = Take(&host);
  CHECK(snapshot.summary().tombstones == 1);
  CHECK(snapshot.summary().pages > 0);
  CHECK(snapshot.summary().quarantined == 1);
  const Report report = Check(&host);
  for (const ArchiveFinding& finding : report.findings) {
    INFO(finding.key << ": " << finding.status);
    CHECK((finding.kind == Kind::kDamaged || finding.kind == Kind::kQuarantined));
    CHECK(Begins(finding.key, "segments/"));
  }

  REQUIRE(World::CompactAll(&host).ok());
  CHECK(Text(&host) == expected);
  for (int i = 0; i < 3; ++i) {
    *host.now += 8 * kDay;
    REQUIRE(World::Collect(&host).ok());
    REQUIRE(host->Retain(std::nullopt, INT64_MIN).ok());
  }
  CHECK(Text(&host) == expected);
  // What can't be read waits, and the deletion with it.
  CHECK(Take(&host).summary().segments == 1);
  CHECK(Take(&host).summary().tombstones == 1);
}

}  // namespace
}  // namespace dolerite::testing
