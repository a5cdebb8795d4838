// Objects that someone has forged: fields changed, then checksums, hashes and names made right.
// What they say of their own profiles may be wrong; whatever it is, calls end within bounds, what
// is sound stays right, and no job comes again for ever.
#include "archive/pages.h"
#include "archive/world.h"
#include "base/checksum.h"
#include "query/envelope.h"
#include "support/child_process.h"
#include "support/reseal.h"
#include "support/share.h"

namespace dolerite::testing {
namespace {

constexpr size_t kBudget = size_t{64} << 20;
constexpr size_t kMostBytes = size_t{400} << 20;

// Statuses that a call may end with when an object lies.
bool IsRefusal(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kOk:
    case absl::StatusCode::kDataLoss:
    case absl::StatusCode::kUnimplemented:
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kAborted:
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kOutOfRange:
    case absl::StatusCode::kResourceExhausted:
      return true;
    default:
      return false;
  }
}

// Runs `work`, which returns how many laws were broken, with a limit on memory where that can be
// measured.
void RunBounded(const std::function<int()>& work) {
  const auto report = RunInChild(work);
  if (!report) {
    CHECK(work() == 0);
    return;
  }
  INFO(report->how << ", " << (report->peak_bytes >> 20) << " MiB");
  CHECK(report->returned);
  CHECK(report->result == 0);
  CHECK(report->peak_bytes < kMostBytes);
}

// Profiles of the service that nobody has touched.
std::optional<std::set<std::string>> SoundOnes(const Snapshot& snapshot) {
  ListQuestion question;
  question.selection.matchers = {{"service_name", LabelMatcher::Op::kEqual, "sound"}};
  ListQuery query(question, {.skip_damaged = true});
  if (!snapshot.AddTo(&query).ok()) return std::nullopt;
  const auto listed = std::move(query).Finish();
  if (!listed.ok()) return std::nullopt;
  std::set<std::string> numbers;
  for (const ListedProfile& profile : *listed) {
    numbers.insert(std::string(*profile.series.Get("number")));
  }
  return numbers;
}

// Rounds of jobs until none is left; -1 if one always is.
int Settle(Archive* archive) {
  for (int round = 0; round < 5; ++round) {
    const auto snapshot = archive->TakeSnapshot();
    if (!snapshot.ok()) return round;
    const auto jobs = archive->PlanCompaction(*snapshot, World::Eager());
    if (!jobs.ok() || jobs->empty()) return round;
    for (const CompactionJob& job : *jobs) archive->Compact(job, kBudget).status().IgnoreError();
  }
  return -1;
}

// Everything that one does with an archive. The statuses that they end with.
std::vector<absl::Status> UseAll(Archive* archive) {
  std::vector<absl::Status> statuses;
  const auto snapshot = archive->TakeSnapshot();
  statuses.push_back(snapshot.status());
  if (snapshot.ok()) {
    ListQuery list({});
    statuses.push_back(snapshot->AddTo(&list));
    TreeQuery tree({.by = FrameBy::kFunction});
    statuses.push_back(snapshot->AddTo(&tree));
  }
  statuses.push_back(archive->RehearseDelete(World::Request(3)).status());
  CollectOptions rehearsal = World::Impatient();
  rehearsal.rehearse = true;
  statuses.push_back(archive->Collect(rehearsal).status());
  statuses.push_back(archive->Verify().status());
  return statuses;
}

// A segment with this content beside a sound one. How many laws are broken.
int TryBlock(const std::string& bytes) {
  World world;
  Actor host = world.Host(1);
  REQUIRE(host->Append(Build({World::Numbered(1, kBegin, "sound")}), world.now()).ok());
  const int32_t minute = MinuteOf(kBegin);
  const SegmentName name{world.now(), minute, minute, ContentHash128(bytes)};
  REQUIRE(world.store().Put(name.key(), bytes).ok());
  int broken = 0;
  for (const absl::Status& status : UseAll(&*host.archive)) broken += !IsRefusal(status);
  broken += Settle(&*host.archive) < 0;
  // The sound segment has been compacted, and it is seen.
  const auto snapshot = host->TakeSnapshot();
  broken += !snapshot.ok() || snapshot->summary().segments > 1;
  if (!snapshot.ok()) return broken;
  const auto sound = SoundOnes(*snapshot);
  broken += sound.has_value() && *sound != std::set<std::string>{"1"};
  return broken;
}

TEST_CASE("hostile segments are refused or quarantined, and what is sound goes on") {
  const std::string good = Build({World::Numbered(2, kBegin), World::Numbered(3, kBegin, "cart")});
  const OpenBlock sound = OpenBlock::Take(good);
  REQUIRE(TryBlock(sound.Seal()) == 0);
  for (size_t s = 0; s < sound.sections.size(); ++s) {
    INFO("section " << s);
    RunBounded([&] {
      int broken = 0;
      size_t changes = 0;
      for (size_t c = 0; c < sound.sections[s].columns.size(); ++c) {
        OpenBlock block = sound;
        std::vector<uint64_t>& fields = block.sections[s].columns[c].integers;
        for (size_t row = 0; row < fields.size(); row += fields.size() / 2 + 1) {
          for (const uint64_t value : {uint64_t{0}, UINT64_MAX}) {
            if (changes++ % ShareDivisor() != 0) continue;
            const uint64_t before = std::exchange(fields[row], value);
            broken += TryBlock(block.Seal());
            fields[row] = before;
          }
        }
      }
      return broken;
    });
  }
}

// A world with blocks in pages, a segment, a deletion and names that were given up.
struct Forged : World {
  Forged() {
    page_entries = 1;
    host.emplace(Host(1));
    REQUIRE(Append(&*host, {1, 2}).ok());
    REQUIRE(Append(&*host, {3}, "cart").ok());
    REQUIRE(CompactAll(&*host).ok());
    REQUIRE(Append(&*host, {4}).ok());
    REQUIRE(Delete(&*host, 2).ok());
    newest = store().List(kManifests, {.limit = 1})->objects[0].key;
  }
  std::string Bytes(const std::string& key) {
    return std::string(store().Read(key, ByteRange::All())->slice.bytes);
  }
  void Replace(const std::string& key, const std::string& bytes) {
    REQUIRE(store().Put(key, bytes, {.mode = PutMode::kReplace}).ok());
  }
  // How many calls end in another way than they may.
  int Use() {
    ArchiveHost fresh = HostOf(9, std::make_shared<int64_t>(now()));
    auto archive = Archive::OpenForReading(&store(), std::move(fresh));
    if (!archive.ok()) return !IsRefusal(archive.status());
    int broken = 0;
    for (const absl::Status& status : UseAll(&*archive)) broken += !IsRefusal(status);
    const auto snapshot = archive->TakeSnapshot();
    if (!snapshot.ok()) return broken;
    broken += !IsRefusal(archive->PlanCompaction(*snapshot, Eager()).status());
    return broken;
  }

  std::optional<Actor> host;
  std::string newest;  // key of the manifest
};

TEST_CASE("archives with hostile manifests answer or refuse, within bounds") {
  RunBounded([] {
    Forged world;
    const Envelope envelope = {"DOLMANI", 1, "manifest"};
    const std::string content(*Unseal(envelope, world.Bytes(world.newest)));
    int broken = 0;
    for (size_t i = 0; i < content.size(); i += ShareDivisor()) {
      for (const char byte : {'\0', '\1', '\x7f', '\xff'}) {
        std::string changed = content;
        changed[i] = byte;
        world.Replace(world.newest, Seal(envelope, changed));
        broken += world.Use();
      }
    }
    return broken;
  });
}

TEST_CASE("archives with hostile pages answer or refuse, within bounds") {
  RunBounded([] {
    Forged world;
    const Envelope envelope = {"DOLPAGE", 1, "page"};
    Manifest manifest = *DecodeManifest(world.Bytes(world.newest));
    REQUIRE_FALSE(manifest.pages.empty());
    PageEntry& page = manifest.pages[0];
    const std::string key = PageKey(page.name);
    const std::string content(*Unseal(envelope, world.Bytes(key)));
    int broken = 0;
    for (size_t i = 0; i < content.size(); i += ShareDivisor()) {
      for (const char byte : {'\0', '\1', '\x7f', '\xff'}) {
        std::string changed = content;
        changed[i] = byte;
        const std::string bytes = Seal(envelope, changed);
        page.hash = ContentHash128(bytes);
        page.bytes = bytes.size();
        world.Replace(key, bytes);
        world.Replace(world.newest, EncodeManifest(manifest));
        broken += world.Use();
      }
    }
    return broken;
  });
}

// The header, which says of whom everything else is.
TEST_CASE("archives with hostile headers are refused") {
  Forged world;
  const Envelope envelope = {"DOLARCH", 1, "archive header"};
  const std::string content(*Unseal(envelope, world.Bytes(std::string(kArchiveKey))));
  for (size_t i = 0; i < content.size(); ++i) {
    for (const char byte : {'\0', '\x7f', '\xff'}) {
      std::string changed = content;
      changed[i] = byte;
      if (changed == content) continue;
      world.Replace(std::string(kArchiveKey), Seal(envelope, changed));
      CHECK(world.Use() == 0);
    }
  }
}

}  // namespace
}  // namespace dolerite::testing
