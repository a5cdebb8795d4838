// Manifests as bytes: every field comes back, and nothing else reads.
#include "archive/manifest.h"

#include <fstream>

#include "archive/world.h"
#include "base/bytes.h"
#include "base/checksum.h"
#include "base/text.h"
#include "query/envelope.h"
#include "support/source_dir.h"

namespace dolerite::testing {
namespace {

Manifest Everything() {
  Manifest m;
  m.archive = {1}, m.number = 9, m.commit = {2}, m.time_nanos = -3, m.floor = 4;
  m.last_tombstone = 6;
  m.blocks = {
      {{3, {1}}, {7}, 1000, 1, 5, {1, 2, 3, 4}, {{"cart", 3, -1, 5, true}, {"shop", 2, 0, 0}}},
      {{8, {0}}, {8}, 2000, 2, 0, {}, {{"", 1, INT64_MIN, INT64_MAX}}}};
  m.consumed = {{{-5, -1, 2, {1}}, 2}, {{6, 1, 1, {}}, 9}};
  m.pages = {{{4, {1}}, {6}, 500, 3, "a", "b", -5, 5, 1, 6},
             {{8, {}}, {7}, 600, 1, "", "", 0, 0, 2, 0}};
  m.paged_blocks = 3, m.paged_bytes = 999;
  m.dropped = {{{2, {5}}, 3, true}};
  m.dropped_pages = {{{1, {2}}, 8}};
  m.tombstones = {{2, 3, 77, {4}, {{"a", LabelMatcher::Op::kNoMatch, "b.*"}}, {{1, 2}}, 0, 9},
                  {6, 9, 78, {5}, {}, {{3}}, INT64_MIN, INT64_MAX}};
  m.cuts = {{"", true, 5}, {"cart", false, 6}};
  m.quarantined = {{"blocks/a", "damaged", 8}, {"segments/b", "", 9}};
  return m;
}

TEST_CASE("a manifest reads back") {
  for (const Manifest& m : {Everything(), [] {
                              Manifest empty;
                              empty.number = 1;
                              return empty;
                            }()}) {
    const std::string bytes = EncodeManifest(m);
    const auto read = DecodeManifest(bytes);
    INFO(read.status());
    REQUIRE(read.ok());
    CHECK(EncodeManifest(*read) == bytes);
    CHECK(read->blocks == m.blocks);
    CHECK(read->consumed == m.consumed);
    CHECK(read->dropped == m.dropped);
    CHECK(read->cuts == m.cuts);
    CHECK(read->quarantined == m.quarantined);
    CHECK(read->pages == m.pages);
    CHECK(read->dropped_pages == m.dropped_pages);
    CHECK(read->paged_bytes == m.paged_bytes);
    CHECK(read->tombstones.size() == m.tombstones.size());
  }
}

// Section 7 of ARCHIVE.md: the bytes of its lines, which are indented and begin with an offset.
std::string ExampleHex() {
  std::ifstream in(SourceDir() + "/src/archive/ARCHIVE.md");
  std::string hex;
  bool here = false;
  for (std::string line; std::getline(in, line);) {
    if (Begins(line, "## ")) here = Begins(line, "## 7.");
    if (!here || !Begins(line, "    ")) continue;
    for (const char c : line.substr(10, 47)) {
      if (c != ' ') hex += c;
    }
  }
  return hex;
}

TEST_CASE("the manifest of ARCHIVE.md is what the library writes") {
  Manifest m;
  m.archive = {0xa1}, m.number = 3, m.commit = {0xc3}, m.time_nanos = 5000, m.floor = 1;
  m.last_tombstone = 1;
  m.blocks = {{{2, {0xb0}}, {0xcc}, 4096, 1, 0, {}, {{"shop", 2, 1000, 2000}}}};
  m.consumed = {{{900, 0, 0, {0x5e}}, 3}};
  m.tombstones = {
      {1, 2, 3000, {0xc2}, {{"pod", LabelMatcher::Op::kEqual, "a"}}, {}, INT64_MIN, 3000}};
  m.cuts = {{"", true, 500}};
  const std::string bytes = EncodeManifest(m);
  CHECK(HexText(bytes) == ExampleHex());
  CHECK(DecodeManifest(bytes).ok());
}

TEST_CASE("damage to a manifest is found, wherever it is") {
  const std::string good = EncodeManifest(Everything());
  for (size_t i = 0; i < good.size(); ++i) {
    std::string changed = good;
    changed[i] ^= static_cast<char>(1 << i % 8);
    CHECK_FALSE(DecodeManifest(changed).ok());
    CHECK_FALSE(DecodeManifest(good.substr(0, i)).ok());
  }
  CHECK_FALSE(DecodeManifest(good + "x").ok());
  std::string newer = good.substr(0, good.size() - 8);
  newer[7] = 2;
  AppendLittle(&newer, Checksum64(newer));
  CHECK(absl::IsUnimplemented(DecodeManifest(newer).status()));
}

// With checksums made right: each cut of the content, each changed byte.
TEST_CASE("hostile manifests are refused or harmless") {
  const Envelope envelope = {"DOLMANI", 1, "manifest"};
  const std::string good = EncodeManifest(Everything());
  const std::string content(*Unseal(envelope, good));
  for (size_t i = 0; i < content.size(); ++i) {
    CHECK_FALSE(DecodeManifest(Seal(envelope, content.substr(0, i))).ok());
    for (char byte : {'\0', '\1', '\x7f', '\x80', '\xff'}) {
      std::string changed = content;
      changed[i] = byte;
      const auto read = DecodeManifest(Seal(envelope, changed));
      // What reads keeps the rules, so that it is written in the same way.
      if (read.ok()) CHECK(DecodeManifest(EncodeManifest(*read)).ok());
    }
  }
}

TEST_CASE("each rule of a manifest is checked") {
  const std::vector<std::function<void(Manifest*)>> breaks = {
      [](Manifest* m) { m->number = 0; },
      [](Manifest* m) { m->floor = 10; },
      [](Manifest* m) { std::swap(m->blocks[0], m->blocks[1]); },
      [](Manifest* m) { m->blocks[1] = m->blocks[0]; },
      [](Manifest* m) { m->blocks[1].name.base = 9; },
      [](Manifest* m) { m->blocks[0].cleaned = 7; },
      [](Manifest* m) { m->blocks[0].datasets.clear(); },
      [](Manifest* m) { std::swap(m->blocks[0].datasets[0], m->blocks[0].datasets[1]); },
      [](Manifest* m) { m->blocks[0].datasets[0].max_time_nanos = -2; },
      [](Manifest* m) { std::swap(m->consumed[0], m->consumed[1]); },
      [](Manifest* m) { m->consumed[0].manifest = 10; },
      [](Manifest* m) { m->consumed[0].manifest = 0; },
      [](Manifest* m) { m->dropped[0].manifest = 10; },
      [](Manifest* m) { m->dropped[0].name = m->blocks[0].name; },
      [](Manifest* m) { std::swap(m->pages[0], m->pages[1]); },
      [](Manifest* m) { m->pages[1].name.base = 9; },
      [](Manifest* m) { m->pages[1].entries = 0; },
      [](Manifest* m) { m->pages[1].first = "x"; },
      [](Manifest* m) { m->pages[1].min_time_nanos = 1; },
      [](Manifest* m) { m->pages[1].min_cleaned = 7; },
      [](Manifest* m) { m->pages.clear(); },
      [](Manifest* m) { m->dropped_pages[0].manifest = 10; },
      [](Manifest* m) { m->dropped_pages[0].name = m->pages[0].name; },
      [](Manifest* m) { std::swap(m->tombstones[0], m->tombstones[1]); },
      [](Manifest* m) { m->tombstones[1].number = 7; },
      [](Manifest* m) { m->tombstones[1].manifest = 10; },
      [](Manifest* m) { std::swap(m->cuts[0], m->cuts[1]); },
      [](Manifest* m) { m->cuts[0].dataset = "x"; },
      [](Manifest* m) { std::swap(m->quarantined[0], m->quarantined[1]); },
      [](Manifest* m) { m->quarantined[0].manifest = 10; },
      [](Manifest* m) { m->quarantined[0].reason.resize(401); },
  };
  for (size_t i = 0; i < breaks.size(); ++i) {
    INFO(i);
    Manifest m = Everything();
    breaks[i](&m);
    CHECK(absl::IsDataLoss(DecodeManifest(EncodeManifest(m)).status()));
  }
}

// Counts that the bytes do not have, and texts that say they are long.
TEST_CASE("a manifest takes memory in proportion to its bytes") {
  const Envelope envelope = {"DOLMANI", 1, "manifest"};
  Manifest m;
  m.number = 1;
  std::string head = std::string(*Unseal(envelope, EncodeManifest(m)));
  head.resize(head.size() - 10 - 3);  // the lists' counts and the end mark
  AppendVarint(&head, UINT32_MAX);
  CHECK(absl::IsDataLoss(DecodeManifest(Seal(envelope, head)).status()));
  head += std::string(1000, '\0');
  CHECK_FALSE(DecodeManifest(Seal(envelope, head)).ok());
}

TEST_CASE("objects under wrong names are refused with their names") {
  World world;
  Actor host = world.Host(1);
  REQUIRE(world.Append(&host, {1}).ok());
  REQUIRE(World::CompactAll(&host).ok());
  const std::string manifest(world.store().Read(ManifestKey(2), ByteRange::All())->slice.bytes);
  const auto refused = [&](std::string_view key, std::string_view bytes, std::string_view why) {
    REQUIRE(world.store().Put(key, bytes).ok());
    const absl::Status status = host->TakeSnapshot().status();
    INFO(status);
    CHECK(absl::IsDataLoss(status));
    CHECK(std::string(status.message()).find(why) != std::string::npos);
    REQUIRE(world.store().Delete(key).ok());
  };
  refused(ManifestKey(3), manifest, "manifest 2 is under the name of 3");
  refused(ManifestKey(3), "rubbish", "not a manifest");
  World other(MakeMemoryStore(), 77);
  Actor stranger = other.Host(5);
  REQUIRE(other.Append(&stranger, {1}).ok());
  REQUIRE(World::CompactAll(&stranger).ok());
  REQUIRE(stranger->Retain(std::nullopt, 0).ok());
  refused(ManifestKey(3), other.store().Read(ManifestKey(3), ByteRange::All())->slice.bytes,
          "another archive");
  // What is nobody's is left alone.
  REQUIRE(world.store().Put("segments/notes.txt", "mine").ok());
  REQUIRE(world.store().Put("blocks/notes.txt", "mine").ok());
  // Also where the newest manifest is looked for, before it and behind it.
  for (const char* key : {"manifest/0", "manifest/README", "manifest/zzz"}) {
    REQUIRE(world.store().Put(key, "mine").ok());
  }
  CHECK(Take(&host).summary().manifest == 2);
  CHECK(host->Verify()->findings == 0);
  CHECK(host->Verify()->foreign == 5);
  CHECK(host->Repair()->manifest == 0);
  world.CheckLaws();
  world.Advance(kHour);
  REQUIRE(World::Collect(&host).ok());
  CHECK(world.store().Head("segments/notes.txt").ok());
  CHECK(world.store().Head("blocks/notes.txt").ok());
  CHECK(world.store().Head("manifest/README").ok());
}

}  // namespace
}  // namespace dolerite::testing
