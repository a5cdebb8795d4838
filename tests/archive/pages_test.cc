// Pages as bytes, and archives whose list of blocks is mostly in pages.
#include "archive/pages.h"

#include <cstdlib>

#include "archive/block_list.h"
#include "archive/paging.h"
#include "archive/world.h"
#include "base/bytes.h"
#include "base/checksum.h"
#include "query/envelope.h"

namespace dolerite::testing {
namespace {

BlockEntry Block(uint64_t base, const std::vector<std::string>& datasets, int64_t time) {
  BlockEntry block{{base, {static_cast<uint8_t>(base)}}, {7}, 100 * base, 1, base % 3, {0, 1}, {}};
  for (const std::string& name : datasets) block.datasets.push_back({name, 2, time, time + 9});
  return block;
}

// A manifest that names pages of some blocks.
struct Paged {
  Manifest manifest;
  std::vector<std::string> bytes;  // by page
};

Paged PagesOf(const std::vector<BlockEntry>& blocks, size_t most) {
  Paged paged;
  Manifest& m = paged.manifest;
  m.archive = {9}, m.number = 100, m.last_tombstone = 5;
  const auto pages = MakePages(m.archive, {99, {}}, blocks, most);
  REQUIRE(pages.ok());
  for (const NewPage& page : *pages) {
    m.pages.push_back(page.entry);
    paged.bytes.push_back(page.bytes);
  }
  return paged;
}

std::vector<BlockEntry> Some() {
  return {Block(1, {"a", "b", "c"}, -5), Block(2, {"b"}, 100), Block(3, {"a", "d"}, 50),
          Block(4, {"", std::string(700, 'z')}, INT64_MIN)};
}

TEST_CASE("pages hold all entries, by dataset and time, and say what they hold") {
  for (size_t most : {1, 2, 3, 100}) {
    INFO(most);
    const Paged paged = PagesOf(Some(), most);
    std::vector<BlockEntry> parts;
    std::string last;
    for (size_t i = 0; i < paged.bytes.size(); ++i) {
      const PageEntry& entry = paged.manifest.pages[i];
      const auto page = DecodePage(paged.bytes[i], entry, paged.manifest);
      INFO(page.status());
      REQUIRE(page.ok());
      // An entry with a long name may be alone in its page.
      CHECK((WeightOf(page->blocks) <= most || entry.entries == 1));
      CHECK(entry.first >= last);
      last = entry.last;
      parts.insert(parts.end(), page->blocks.begin(), page->blocks.end());
    }
    CHECK(JoinParts(parts) == Some());
    CHECK(paged.bytes.size() <= 10 / most + 2);
  }
  CHECK(MakePages({}, {}, {}, 10)->empty());
}

TEST_CASE("damage to a page is found, wherever it is") {
  const Paged paged = PagesOf(Some(), 100);
  const std::string& good = paged.bytes[0];
  const auto read = [&](const std::string& bytes) {
    return DecodePage(bytes, paged.manifest.pages[0], paged.manifest);
  };
  REQUIRE(read(good).ok());
  for (size_t i = 0; i < good.size(); ++i) {
    std::string changed = good;
    changed[i] ^= static_cast<char>(1 << i % 8);
    CHECK(absl::IsDataLoss(read(changed).status()));
    CHECK(absl::IsDataLoss(read(good.substr(0, i)).status()));
  }
  CHECK(absl::IsDataLoss(read(good + "x").status()));
  // Another page, and one of another archive.
  const Paged other = PagesOf({Block(2, {"b"}, 100)}, 100);
  CHECK(absl::IsDataLoss(read(other.bytes[0]).status()));
  Paged stranger = paged;
  stranger.manifest.archive = {8};
  const auto strange = DecodePage(good, paged.manifest.pages[0], stranger.manifest);
  CHECK(std::string(strange.status().message()).find("another archive") != std::string::npos);
}

// With hashes and checksums made right: each cut of the content, each changed byte.
TEST_CASE("hostile pages are refused or harmless") {
  const Envelope envelope = {"DOLPAGE", 1, "page"};
  const Paged paged = PagesOf(Some(), 100);
  const std::string content(*Unseal(envelope, paged.bytes[0]));
  const auto read = [&](const std::string& bytes) {
    const std::string sealed = Seal(envelope, bytes);
    PageEntry entry = paged.manifest.pages[0];
    entry.hash = ContentHash128(sealed);
    return DecodePage(sealed, entry, paged.manifest);
  };
  REQUIRE(read(content).ok());
  for (size_t i = 0; i < content.size(); ++i) {
    CHECK_FALSE(read(content.substr(0, i)).ok());
    for (char byte : {'\0', '\1', '\x7f', '\x80', '\xff'}) {
      std::string changed = content;
      changed[i] = byte;
      const auto page = read(changed);
      // What reads is sorted and within what the manifest says, so that it can be written again.
      if (page.ok()) CHECK(PagesOf(page->blocks, 100).bytes.size() == 1);
    }
  }
  std::string newer = paged.bytes[0].substr(0, paged.bytes[0].size() - 8);
  newer[7] = 2;
  AppendLittle(&newer, Checksum64(newer));
  PageEntry entry = paged.manifest.pages[0];
  entry.hash = ContentHash128(newer);
  CHECK(absl::IsUnimplemented(DecodePage(newer, entry, paged.manifest).status()));
}

TEST_CASE("a page that contradicts its manifest is refused") {
  const Paged paged = PagesOf(Some(), 100);
  const std::vector<std::function<void(PageEntry*)>> lies = {
      [](PageEntry* p) { ++p->entries; },        [](PageEntry* p) { p->first = "a"; },
      [](PageEntry* p) { p->last = "d"; },       [](PageEntry* p) { ++p->min_time_nanos; },
      [](PageEntry* p) { --p->max_time_nanos; }, [](PageEntry* p) { ++p->min_level; },
      [](PageEntry* p) { ++p->min_cleaned; },    [](PageEntry* p) { ++p->bytes; },
  };
  for (size_t i = 0; i < lies.size(); ++i) {
    INFO(i);
    PageEntry entry = paged.manifest.pages[0];
    lies[i](&entry);
    CHECK(absl::IsDataLoss(DecodePage(paged.bytes[0], entry, paged.manifest).status()));
  }
}

// A world whose manifests and pages hold two entries.
struct SmallPages : World {
  SmallPages() { page_entries = 2; }
};

size_t Count(World* world, std::string_view prefix) {
  return world->store().ListAll(prefix)->size();
}

// Hours of profiles, each a block of two datasets.
void AppendHours(World* world, Actor* host, int from, int to) {
  for (int hour = from; hour < to; ++hour) {
    REQUIRE(world->Append(host, {hour * 3600, hour * 3600 + 1}, "shop").ok());
    REQUIRE(world->Append(host, {hour * 3600 + 2}, "cart").ok());
    CompactionPolicy hours = World::Eager();
    hours.window_nanos = {kHour}, hours.small_bytes = 0;
    const auto jobs = (*host)->PlanCompaction(Take(host), hours);
    for (const CompactionJob& job : *jobs) REQUIRE((*host)->Compact(job, size_t{1} << 30).ok());
  }
}

TEST_CASE("blocks go to pages when the manifest is full, and everything goes on") {
  SmallPages world;
  Actor host = world.Host(1);
  AppendHours(&world, &host, 0, 12);
  CHECK(Count(&world, "pages/") > 4);
  CHECK(Take(&host).summary().blocks == 12);
  uint64_t bytes = 0;
  const auto blocks = world.store().ListAll("blocks/");
  for (const ObjectInfo& block : *blocks) bytes += block.size;
  CHECK(Take(&host).summary().block_bytes == bytes);
  world.CheckLaws();
  // Deleted, cut, compacted further, collected.
  REQUIRE(world.Delete(&host, 3600).ok());
  world.CheckLaws();
  REQUIRE(host->Retain("shop", kBegin + 2 * kHour).ok());
  REQUIRE(host->Retain("cart", kBegin + kHour).ok());
  const auto seen = World::Seen(Take(&host));
  REQUIRE(seen.ok());
  CHECK(seen->size() == 12 * 3 - 2 * 2 - 1);
  CHECK(Take(&host).summary().blocks == 11);
  REQUIRE(World::CompactAll(&host).ok());
  CHECK(*World::Seen(Take(&host)) == *seen);
  CHECK(Take(&host).summary().blocks == 1);  // all of them are small
  for (int i = 0; i < 3; ++i) {
    world.Advance(kHour);
    REQUIRE(World::Collect(&host).ok());
  }
  CHECK(*World::Seen(Take(&host)) == *seen);
  CHECK(Take(&host).summary().tombstones == 0);
  CHECK(Count(&world, "blocks/") == 1);
}

TEST_CASE("pages and the names that they keep are cleared away") {
  SmallPages world;
  Actor host = world.Host(1);
  AppendHours(&world, &host, 0, 30);
  REQUIRE(World::CompactAll(&host).ok());
  AppendHours(&world, &host, 30, 34);
  for (int i = 0; i < 4; ++i) {
    world.Advance(kHour);
    REQUIRE(World::Collect(&host).ok());
  }
  world.CheckNoGarbage();
  world.CheckLaws();
  // What the 30 hours have become, and 4 hours, of two datasets each.
  CHECK(Count(&world, "pages/") <= 7);
}

TEST_CASE("a question reads the pages that it needs, once") {
  SmallPages world;
  Actor writer = world.Host(1);
  AppendHours(&world, &writer, 0, 12);
  Actor reader = world.Host(2);
  std::map<std::string, int> reads;
  reader.store->before = [&](std::string_view call, std::string_view key) {
    if (call == "Read" && Begins(key, "pages/")) ++reads[std::string(key)];
  };
  const Snapshot snapshot = Take(&reader);
  CHECK(reads.empty());
  Selection cart;
  cart.matchers = {{"service_name", LabelMatcher::Op::kEqual, "cart"}};
  const size_t pages = Count(&world, "pages/");
  REQUIRE(snapshot.Open({&cart})->readers.size() == 12);
  CHECK(reads.size() < pages);
  const size_t of_cart = reads.size();
  REQUIRE(snapshot.Open({&cart})->readers.size() == 12);
  CHECK(reads.size() == of_cart);
  Selection none;
  none.matchers = {{"service_name", LabelMatcher::Op::kEqual, "zebra"}};
  const auto opened = snapshot.Open({&none});
  REQUIRE(opened.ok());
  CHECK(opened->readers.empty());
  CHECK(opened->pruned == 12);
  CHECK(reads.size() == of_cart);
  // Another snapshot knows them too, and reads no manifest that it has.
  int others = 0;
  reader.store->before = [&](std::string_view call, std::string_view key) {
    others += call == "Read" && !Begins(key, "blocks/");
  };
  REQUIRE(Take(&reader).Open({&cart})->readers.size() == 12);
  CHECK(others == 0);
}

TEST_CASE("a snapshot whose pages were collected says that it is too old") {
  SmallPages world;
  Actor host = world.Host(1), reader = world.Host(2);
  AppendHours(&world, &host, 0, 12);
  const Snapshot old = Take(&reader);
  REQUIRE(World::CompactAll(&host).ok());
  AppendHours(&world, &host, 12, 20);
  for (int i = 0; i < 4; ++i) {
    world.Advance(kHour);
    REQUIRE(World::Collect(&host).ok());
  }
  const absl::Status status = World::Seen(old).status();
  INFO(status);
  CHECK(absl::IsAborted(status));
  CHECK(std::string(status.message()).find("too old") != std::string::npos);
  world.CheckLaws();
}

TEST_CASE("a damaged page stops neither appends nor commits, and is named") {
  SmallPages world;
  Actor host = world.Host(1);
  AppendHours(&world, &host, 0, 4);
  const std::string key = world.store().ListAll("pages/")->back().key;
  const std::string page(world.store().Read(key, ByteRange::All())->slice.bytes);
  REQUIRE(world.store().Put(key, "rubbish", {.mode = PutMode::kReplace}).ok());
  Actor other = world.Host(2);
  const absl::Status seen = World::Seen(Take(&other)).status();
  CHECK(absl::IsDataLoss(seen));
  CHECK(std::string(seen.message()).find(key) != std::string::npos);
  for (int i = 0; i < 5; ++i) {
    const std::string segment = *other->Append(world.Segment({100'000 + 4000 * i}), world.now());
    world.Acknowledge({100'000 + 4000 * i});
    INFO(i);
    const auto result = other->Compact({0, {segment}, 1, kHour}, size_t{1} << 30);
    INFO(result.status());
    CHECK(result.ok());
  }
  CHECK(Take(&other).summary().segments == 0);
  // Nor does it stop what plans, deletes, retains and collects; nothing live goes meanwhile.
  REQUIRE(other->Delete(World::Request(104'000)).status().code() == absl::StatusCode::kDataLoss);
  REQUIRE(World::CompactAll(&other).ok());
  REQUIRE(other->Retain(std::nullopt, kBegin).ok());
  for (int i = 0; i < 4; ++i) {
    world.Advance(24 * kHour);
    REQUIRE(World::Collect(&other).ok());
    REQUIRE(other->Retain(std::nullopt, kBegin).ok());
  }
  CHECK(world.store().ListAll("segments/")->empty());
  REQUIRE(world.store().Put(key, page, {.mode = PutMode::kReplace}).ok());
  const auto healed = World::Seen(Take(&host));
  INFO(healed.status());
  REQUIRE(healed.ok());
  world.CheckSeen(*healed);
}

// 10,000 blocks of 200 services: few requests for one of them.
TEST_CASE("one service of many is found with few requests") {
  World world;
  Actor host = world.Host(1), reader = world.Host(2);
  for (int part = 0; part < 50; ++part) {
    REQUIRE(Commit(&host, [&](Manifest* next) {
              for (int service = 0; service < 200; ++service) {
                const std::string name = "service-" + std::to_string(1000 + service);
                BlockEntry block = Block(next->number - 1, {name}, kBegin + part * kHour);
                block.name.job[1] = static_cast<uint8_t>(service);
                block.cleaned = 0;
                next->blocks.push_back(block);
              }
              return absl::OkStatus();
            }).ok());
  }
  int requests = 0, lists = 0;
  reader.store->before = [&](std::string_view call, std::string_view key) {
    if (!Begins(key, "blocks/")) ++(call == "List" ? lists : requests);
  };
  const Snapshot snapshot = Take(&reader);
  CHECK(snapshot.summary().blocks == 10'000);
  Selection one;
  one.matchers = {{"service_name", LabelMatcher::Op::kEqual, "service-1017"}};
  // There are no such objects.
  const absl::Status opened = snapshot.Open({&one}).status();
  CHECK(absl::IsDataLoss(opened));
  CHECK(lists == 4);  // two to see that a new snapshot would be the same
  CHECK(requests <= 3);
  CHECK(world.store().ListAll("manifest/")->front().size < 500'000);
}

}  // namespace
}  // namespace dolerite::testing
