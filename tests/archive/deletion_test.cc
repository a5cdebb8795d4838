// Deletions say of blocks that were looked at, and hold nothing to delete, that they are clean: so
// they are not written again. What comes between the look and the commit still loses its profile.
#include "archive/world.h"

namespace dolerite::testing {
namespace {

CompactionPolicy HoursAlone() {
  CompactionPolicy policy = World::Eager();
  policy.window_nanos = {kHour}, policy.small_bytes = 0;
  return policy;
}

std::vector<CompactionJob> JobsOf(Actor* host) {
  auto jobs = (*host)->PlanCompaction(Take(host), HoursAlone());
  REQUIRE(jobs.ok());
  return *std::move(jobs);
}

void RunJobs(Actor* host) {
  for (const CompactionJob& job : JobsOf(host)) REQUIRE((*host)->Compact(job, kBudget).ok());
}

// A block an hour, with two profiles of one service and one of another.
void AppendHours(World* world, Actor* host, int hours) {
  for (int hour = 0; hour < hours; ++hour) {
    REQUIRE(world->Append(host, {hour * 3600, hour * 3600 + 1}, "shop").ok());
    REQUIRE(world->Append(host, {hour * 3600 + 2}, "cart").ok());
    RunJobs(host);
  }
}

DeleteRequest OfService(const std::string& service) {
  DeleteRequest request;
  request.matchers = {{"service_name", LabelMatcher::Op::kEqual, service}};
  return request;
}

// The collector, until the grace and the time of tombstones are over.
void CollectAll(World* world, Actor* host) {
  for (int i = 0; i < 6; ++i) {
    world->Advance(kHour);
    REQUIRE(World::Collect(host).ok());
    REQUIRE((*host)->Retain(std::nullopt, INT64_MIN).ok());
  }
}

TEST_CASE("a deletion that meets no profile lets no block be written again") {
  const size_t page_entries = GENERATE(4096, 4);  // blocks in the manifest, or in pages
  World world;
  world.page_entries = page_entries;
  Actor host = world.Host(1);
  AppendHours(&world, &host, 6);
  REQUIRE(JobsOf(&host).empty());
  REQUIRE(world.Delete(&host, 5).ok());
  REQUIRE(world.Delete(&host, 6).ok());  // after one that has met nothing
  REQUIRE(host->Delete(OfService("bank")).ok());
  CHECK(JobsOf(&host).empty());
  CHECK(Take(&host).summary().tombstones == 3);
  // One that meets a profile concerns its block alone, then and after others.
  REQUIRE(world.Delete(&host, 3600).ok());
  CHECK(JobsOf(&host).size() == 1);
  REQUIRE(world.Delete(&host, 7).ok());
  CHECK(JobsOf(&host).size() == 1);
  world.CheckLaws();
  RunJobs(&host);
  CHECK(JobsOf(&host).empty());
  world.CheckLaws();
  // They are forgotten as if they had been applied.
  CollectAll(&world, &host);
  CHECK(Take(&host).summary().tombstones == 0);
  world.CheckLaws();
}

TEST_CASE("a deletion of one service lets blocks of others alone, which do not hold it back") {
  const size_t page_entries = GENERATE(4096, 4);
  World world;
  world.page_entries = page_entries;
  Actor host = world.Host(1);
  REQUIRE(world.Append(&host, {1}, "shop").ok());
  RunJobs(&host);
  REQUIRE(world.Append(&host, {3600}, "cart").ok());
  RunJobs(&host);
  REQUIRE(host->Delete(OfService("cart"))->profiles == 1);
  CHECK(JobsOf(&host).size() == 1);
  RunJobs(&host);
  CollectAll(&world, &host);
  CHECK(Take(&host).summary().tombstones == 0);
  CHECK(*World::Seen(Take(&host)) == std::map<int, int>{{1, 1}});
}

TEST_CASE("rule: a segment that lands between the look and the commit loses its profile") {
  World world;
  Actor writer = world.Host(1), deleter = world.Host(2), compactor = world.Host(3);
  REQUIRE(world.Append(&writer, {1, 3}).ok());
  RunJobs(&compactor);
  deleter.Before("Put", "manifest/", [&] { REQUIRE(world.Append(&writer, {2, 4}).ok()); });
  REQUIRE(world.Delete(&deleter, 2).ok());
  world.CheckLaws();
  RunJobs(&compactor);
  world.CheckLaws();
}

TEST_CASE("rule: clean are the blocks that were looked at, not those of the newest manifest") {
  World world;
  Actor writer = world.Host(1), deleter = world.Host(2), compactor = world.Host(3);
  REQUIRE(world.Append(&writer, {1, 3}).ok());
  RunJobs(&compactor);
  // The segment that lands is a block by the time of the commit.
  deleter.Before("Put", "manifest/", [&] {
    REQUIRE(world.Append(&writer, {2, 4}).ok());
    RunJobs(&compactor);
  });
  REQUIRE(world.Delete(&deleter, 2).ok());
  world.CheckLaws();
  CHECK(JobsOf(&compactor).size() == 1);
  RunJobs(&compactor);
  world.CheckLaws();
  CHECK(JobsOf(&compactor).empty());
}

TEST_CASE("rule: a block is not clean of a later deletion before it is of an earlier one") {
  World world;
  Actor writer = world.Host(1), deleter = world.Host(2), other = world.Host(3);
  REQUIRE(world.Append(&writer, {1, 3}).ok());
  RunJobs(&writer);
  // The earlier one is committed after the look of the later one.
  deleter.Before("Put", "manifest/", [&] { REQUIRE(world.Delete(&other, 1).ok()); });
  REQUIRE(world.Delete(&deleter, 2).ok());
  world.CheckLaws();
  RunJobs(&writer);
  world.CheckLaws();
  CHECK(JobsOf(&writer).empty());
}

// What a snapshot leaves out is in the store still, and is to go.
TEST_CASE("a block is not clean of a profile that a cut or another block hides") {
  World world;
  Actor host = world.Host(1);
  REQUIRE(world.Append(&host, {1, 2}).ok());
  RunJobs(&host);
  REQUIRE(host->Retain(std::nullopt, kBegin + 2 * kSecond).ok());
  REQUIRE(JobsOf(&host).empty());
  REQUIRE(host->Delete(World::Request(1))->profiles == 0);
  CHECK(JobsOf(&host).size() == 1);
  RunJobs(&host);
  CHECK(JobsOf(&host).empty());
  // The same profile in two blocks.
  world.Advance(kMinute);
  REQUIRE(world.Append(&host, {2, 5}).ok());
  RunJobs(&host);
  REQUIRE(Take(&host).summary().blocks == 2);
  REQUIRE(host->Delete(World::Request(2))->profiles == 1);
  CHECK(JobsOf(&host).size() == 2);
}

}  // namespace
}  // namespace dolerite::testing
