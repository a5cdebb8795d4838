// What an archive costs a day: requests by kind, with the default policy, counted and compared with
// what section 6 of ARCHIVE.md says of each operation. bench/month_bench.cc lives for weeks, with
// more segments and their prices.
#include "archive/world.h"

namespace dolerite::testing {
namespace {

constexpr int kMinutes = 24 * 60;
constexpr int kSegments = kMinutes / 2;

struct Requests {
  uint64_t puts = 0, lists = 0, reads = 0, deletes = 0;

  // S3 asks for 5 dollars a million puts and lists, for 0.4 a million reads.
  double dollars() const {
    return (static_cast<double>(puts + lists) * 5 + static_cast<double>(reads) * 0.4) / 1e6;
  }
};

// A segment every two minutes, compaction every ten minutes, the collector every half hour.
Requests LiveADay(World* world, Actor* host, int first) {
  Requests requests;
  host->store->before = [&](std::string_view call, std::string_view) {
    requests.puts += call == "Put", requests.lists += call == "List";
    requests.reads += call == "Read", requests.deletes += call == "Delete";
  };
  for (int minute = 1; minute <= kMinutes; ++minute) {
    world->Advance(kMinute);
    if (minute % 2 == 0) {
      const Input input = World::Numbered(first + minute, world->now());
      REQUIRE((*host)->Append(Build({input}), world->now()).ok());
    }
    if (minute % 10 == 0) {
      const auto snapshot = (*host)->TakeSnapshot();
      REQUIRE(snapshot.ok());
      const auto jobs = (*host)->PlanCompaction(*snapshot, CompactionPolicy());
      REQUIRE(jobs.ok());
      for (const CompactionJob& job : *jobs) {
        REQUIRE((*host)->Compact(job, size_t{64} << 20).ok());
      }
    }
    if (minute % 30 == 0) REQUIRE((*host)->Collect().ok());
  }
  host->store->before = nullptr;
  return requests;
}

TEST_CASE("a day of an archive costs the requests of its segments, jobs and collectors") {
  World world;
  Actor host = world.Host(1);
  const Requests first = LiveADay(&world, &host, 0);
  const Requests second = LiveADay(&world, &host, kMinutes);
  const Requests third = LiveADay(&world, &host, 2 * kMinutes);
  // A block at most every ten minutes, some of them at the end of an hour; one an hour of those,
  // and one a day of these. A commit each.
  constexpr uint64_t kJobs = 24 * 7 + 24 + 1, kCollectors = 48;
  constexpr uint64_t kCommits = kJobs + kCollectors;
  Requests most;
  most.puts = kSegments + kJobs + kCommits;
  // A snapshot to plan by is two lists and a read; a commit two of each; a collector lists
  // segments, blocks and pages, and finds the passed manifest by halving.
  most.lists = 2 * 24 * 6 + 2 * kCommits + 6 * kCollectors;
  // A job reads its base and each of its inputs.
  most.reads = 24 * 6 + 2 * kCommits + kJobs + kSegments + kJobs + 10 * kCollectors;
  for (const Requests& day : {first, second, third}) {
    INFO(day.puts << " puts, " << day.lists << " lists, " << day.reads << " reads, " << day.deletes
                  << " deletes; at most " << most.puts << ", " << most.lists << ", " << most.reads);
    CHECK(day.puts <= most.puts);
    CHECK(day.lists <= most.lists);
    CHECK(day.reads <= most.reads);
    // What is written is deleted, but for a block a day.
    CHECK(day.deletes <= day.puts);
  }
  // An archive that grows costs no more.
  CHECK(third.dollars() <= 1.02 * second.dollars());
  const auto snapshot = host->TakeSnapshot();
  REQUIRE(snapshot.ok());
  // Two days or three, the hours of this day, and what the last hour is made of until it is over.
  CHECK(snapshot->summary().blocks <= 3 + 24 + 7);
  CHECK(snapshot->summary().segments <= 20);
}

}  // namespace
}  // namespace dolerite::testing
