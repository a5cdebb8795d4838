// A small archive that tests harm, and what verification says of it.
#ifndef DOLERITE_TESTS_ARCHIVE_HARMED_H_
#define DOLERITE_TESTS_ARCHIVE_HARMED_H_

#include <map>
#include <string>
#include <vector>

#include "archive/world.h"

namespace dolerite::testing {

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

inline Report Check(Actor* host, const VerifyOptions& options = {}) {
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

}  // namespace dolerite::testing

#endif  // DOLERITE_TESTS_ARCHIVE_HARMED_H_
