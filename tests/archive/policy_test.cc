// What the planner makes of blocks and segments: how many there are in the end, whatever times
// profiles have.
#include <cstdlib>
#include <iostream>

#include "archive/world.h"
#include "support/share.h"

namespace dolerite::testing {
namespace {

constexpr size_t kLargeBudget = size_t{256} << 20;

// Until nothing is left to do; the number of jobs.
int CompactToTheEnd(Actor* host, const CompactionPolicy& policy = World::Eager()) {
  int done = 0;
  for (int round = 0; round < 50; ++round) {
    const auto jobs = (*host)->PlanCompaction(Take(host), policy);
    REQUIRE(jobs.ok());
    if (jobs->empty()) return done;
    for (const CompactionJob& job : *jobs) {
      const absl::Status status = (*host)->Compact(job, kLargeBudget).status();
      INFO(status);
      REQUIRE(status.ok());
      ++done;
    }
  }
  FAIL("there is always a job");
  return done;
}

void AppendAt(World* world, Actor* host, int number, int64_t time_nanos) {
  REQUIRE((*host)->Append(Build({World::Numbered(number, time_nanos)}), world->now()).ok());
  world->Acknowledge({number});
}

TEST_CASE("small neighbours become one block of a longer window") {
  World world;
  Actor host = world.Host(1);
  // A profile a day for two years, until two years ago, each in a segment of its own.
  for (int day = 0; day < 730; ++day) AppendAt(&world, &host, day, kBegin - (1500 - day) * kDay);
  CompactToTheEnd(&host);
  CHECK(Take(&host).summary().blocks <= 4);
  world.CheckLaws();
  // Without longer windows each day stays for itself.
  World other;
  Actor plain = other.Host(1);
  for (int day = 0; day < 40; ++day) AppendAt(&other, &plain, day, kBegin - (1500 - day) * kDay);
  CompactionPolicy policy = World::Eager();
  policy.small_bytes = 0;
  CompactToTheEnd(&plain, policy);
  CHECK(Take(&plain).summary().blocks == 40);
  // Nor are blocks merged that are not small together.
  policy.small_bytes = 1000;
  CompactToTheEnd(&plain, policy);
  CHECK(Take(&plain).summary().blocks == 40);
}

TEST_CASE("profiles of all times are in few blocks, in few jobs") {
  World world;
  Actor host = world.Host(1);
  std::vector<Input> inputs;
  // One a year from 1678 to 2262, half of them in the future, and some of today.
  int number = 0;
  for (int year = -291; year < 292; ++year) {
    inputs.push_back(World::Numbered(number++, int64_t{year} * 365 * kDay));
  }
  for (int i = 0; i < 100; ++i) {
    inputs.push_back(World::Numbered(number++, world.now() - i * kMinute));
  }
  for (size_t i = 0; i < inputs.size(); i += 100) {
    const size_t end = std::min(inputs.size(), i + 100);
    REQUIRE(host->Append(Build({inputs.begin() + i, inputs.begin() + end}), world.now()).ok());
  }
  for (int i = 0; i < number; ++i) world.Acknowledge({i});
  CHECK(CompactToTheEnd(&host) < 60);
  CHECK(Take(&host).summary().blocks < 100);
  world.CheckLaws();
}

TEST_CASE("one profile of the future stops neither retention nor compaction") {
  World world;
  Actor host = world.Host(1);
  REQUIRE(
      host->Append(Build({World::Numbered(1, INT64_MAX), World::Numbered(2, kBegin),
                          World::Numbered(3, INT64_MIN), World::Numbered(4, kBegin + 3 * kDay)}),
                   world.now())
          .ok());
  CompactToTheEnd(&host);
  world.CheckLaws();
  REQUIRE(host->Retain(std::nullopt, kBegin + 2 * kDay).ok());
  CompactToTheEnd(&host);
  CHECK(*World::Seen(Take(&host)) == std::map<int, int>{{1, 1}, {4, 1}});
  for (int i = 0; i < 3; ++i) {
    world.Advance(kHour);
    REQUIRE(World::Collect(&host).ok());
    REQUIRE(host->Retain(std::nullopt, INT64_MIN).ok());
  }
  // Of what was cut nothing is stored any more.
  uint64_t stored = 0;
  const auto blocks = world.store().ListAll("blocks/");
  for (const ObjectInfo& object : *blocks) {
    const auto reader = BlockReader::Open(&world.store(), object.key);
    REQUIRE(reader.ok());
    for (const DatasetSummary& dataset : reader->summary().datasets) stored += dataset.profiles;
  }
  CHECK(stored == 2);
}

TEST_CASE("a block of several windows is written anew when cuts have passed one of them") {
  World world;
  Actor host = world.Host(1);
  for (int day = 0; day < 100; ++day) AppendAt(&world, &host, day, kBegin - (1500 - day) * kDay);
  CompactToTheEnd(&host);
  const uint64_t blocks = Take(&host).summary().blocks;
  CHECK(blocks <= 3);
  REQUIRE(host->Retain(std::nullopt, kBegin - 1420 * kDay).ok());
  CompactToTheEnd(&host);
  CHECK(World::Seen(Take(&host))->size() == 20);
  CHECK(Take(&host).summary().blocks <= blocks);
}

// Appends inputs in segments of so many.
void AppendAll(World* world, Actor* host, const std::vector<Input>& inputs, size_t each) {
  for (size_t i = 0; i < inputs.size(); i += each) {
    const size_t end = std::min(inputs.size(), i + each);
    REQUIRE((*host)->Append(Build({inputs.begin() + i, inputs.begin() + end}), world->now()).ok());
  }
  for (size_t i = 0; i < inputs.size(); ++i) world->Acknowledge({static_cast<int>(i)});
}

TEST_CASE("one profile a day is in few blocks, however long, and is retained by the year") {
  World world;
  Actor host = world.Host(1);
  const int days = static_cast<int>(ShareOf(1'500, 1'100));
  std::vector<Input> inputs;
  for (int day = 0; day < days; ++day) {
    inputs.push_back(World::Numbered(day, kBegin - int64_t{days - day} * kDay));
  }
  AppendAll(&world, &host, inputs, 500);
  CHECK(CompactToTheEnd(&host) < 60);
  CHECK(Take(&host).summary().blocks <= 12);
  CHECK(World::Seen(Take(&host))->size() == inputs.size());
  // All but the last year goes, and so do its bytes.
  const uint64_t before = Take(&host).summary().block_bytes;
  REQUIRE(host->Retain(std::nullopt, kBegin - 365 * kDay).ok());
  CHECK(CompactToTheEnd(&host) < 10);
  CHECK(World::Seen(Take(&host))->size() == 365);
  CHECK(Take(&host).summary().block_bytes < before * 2 / 3);
}

TEST_CASE("profiles of one second are in one block") {
  World world;
  Actor host = world.Host(1);
  std::vector<Input> inputs;
  for (int i = 0; i < 2'000; ++i) inputs.push_back(World::Numbered(i, kBegin + i % 3));
  AppendAll(&world, &host, inputs, 40);
  CHECK(CompactToTheEnd(&host) <= 4);
  CHECK(Take(&host).summary().blocks == 1);
  world.CheckLaws();
}

// Services of one profile each, of a few minutes, as if all had begun at once.
void CheckServices(int services, size_t most_blocks, size_t most_pages) {
  World world;
  world.page_entries = 500;
  Actor host = world.Host(1);
  for (int first = 0; first < services; first += 250) {
    std::vector<Input> inputs;
    for (int i = first; i < std::min(first + 250, services); ++i) {
      const std::string name = "service-" + std::to_string(1'000'000 + i);
      inputs.push_back(World::Numbered(i, kBegin + i % 300 * kSecond, name));
      world.Acknowledge({i});
    }
    REQUIRE(host->Append(Build(inputs), world.now()).ok());
  }
  CompactToTheEnd(&host);
  world.Advance(kHour);
  REQUIRE(World::Collect(&host).ok());
  CHECK(world.store().ListAll(kSegments)->empty());
  const SnapshotSummary summary = Take(&host).summary();
  if (services > 2'000)
    std::cout << services << " services, " << summary.blocks << " blocks of " << summary.block_bytes
              << " bytes, " << summary.pages << " pages of " << summary.page_bytes << " bytes\n";
  CHECK(summary.blocks <= most_blocks);
  CHECK(summary.pages <= most_pages);
  world.CheckLaws();
  // A reader that knows nothing asks for one of them.
  Actor reader = world.Host(2);
  std::map<std::string, int> calls;
  reader.store->before = [&](std::string_view call, std::string_view key) {
    ++calls[std::string(call) + " " + std::string(key.substr(0, key.find('/')))];
  };
  ListQuestion question;
  question.selection.matchers = {{"service_name", LabelMatcher::Op::kEqual, "service-1000777"}};
  ListQuery query(question);
  REQUIRE(Take(&reader).AddTo(&query).ok());
  CHECK(std::move(query).Finish()->size() == 1);
  CHECK(calls["List segments"] + calls["List manifest"] + calls["Read manifest"] == 3);
  CHECK(calls["Read pages"] <= 4);
  CHECK(calls["Read blocks"] <= 4);
}

TEST_CASE("many services of one profile are in few blocks and pages, and one is found") {
  CheckServices(2'000, 20, 12);
}

// For tests/long.sh.
TEST_CASE("services: as many as are asked for", "[.long]") {
  const char* asked = std::getenv("DOLERITE_SERVICES");
  const int services = asked == nullptr ? 20'000 : std::atoi(asked);
  const auto share = static_cast<size_t>(services / 100);
  CheckServices(services, share, share);
}

}  // namespace
}  // namespace dolerite::testing
