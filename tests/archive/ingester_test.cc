// Nothing is acknowledged early, nothing is stored twice, and what may be held is bounded.
#include "dolerite/ingester.h"

#include <atomic>
#include <thread>

#include "archive/world.h"

namespace dolerite::testing {
namespace {

std::unique_ptr<Ingester> MakeIngester(Actor* host, const IngesterOptions& options = {}) {
  auto ingester = Ingester::Make(&*host->archive, options);
  INFO(ingester.status());
  REQUIRE(ingester.ok());
  return *std::move(ingester);
}

IngestTicket Add(Ingester* ingester, int number, int64_t now, const std::string& service = "shop") {
  const Input input = World::Numbered(number, kBegin + number * kSecond, service);
  const auto ticket = ingester->Add(input.series, input.profile, now);
  INFO(ticket.status());
  REQUIRE(ticket.ok());
  return *ticket;
}

size_t Segments(World* world) { return world->store().ListAll("segments/")->size(); }

TEST_CASE("profiles are durable when their segment is due, and not before") {
  World world;
  Actor host = world.Host(1);
  const auto ingester = MakeIngester(&host);
  CHECK(Add(ingester.get(), 1, 0) == 1);
  CHECK(Add(ingester.get(), 2, 5 * kSecond, "cart") == 2);
  REQUIRE(ingester->Tick(10 * kSecond - 1).ok());
  CHECK(ingester->TakeResults().empty());
  CHECK(Segments(&world) == 0);
  CHECK(ingester->summary().waiting_profiles == 2);
  CHECK(ingester->summary().memory_bytes > 0);
  REQUIRE(ingester->Tick(10 * kSecond).ok());
  const std::vector<IngestResult> results = ingester->TakeResults();
  REQUIRE(results.size() == 1);
  CHECK(results[0].first == 1);
  CHECK(results[0].last == 2);
  CHECK(results[0].status.ok());
  CHECK(Segments(&world) == 1);
  world.Acknowledge({1, 2});
  world.CheckLaws();
  CHECK(ingester->summary().memory_bytes == 0);
  CHECK(ingester->summary().stored_segments == 1);
  // Flush does not wait.
  Add(ingester.get(), 3, 11 * kSecond);
  REQUIRE(ingester->Flush(11 * kSecond).ok());
  CHECK(ingester->TakeResults().size() == 1);
  REQUIRE(ingester->Flush(11 * kSecond).ok());
  CHECK(Segments(&world) == 2);
  world.Acknowledge({3});
  world.CheckLaws();
}

TEST_CASE("profiles that are known are left out, and counted") {
  World world;
  Actor host = world.Host(1);
  const auto first = MakeIngester(&host);
  for (int i : {1, 2, 3}) Add(first.get(), i, 0);
  REQUIRE(first->Flush(0).ok());
  world.Acknowledge({1, 2, 3});
  const auto second = MakeIngester(&host, {.segment_bytes = 1, .skip_known = true});
  // A segment each: one is known, one new, and one new only once.
  for (int i : {2, 4, 4}) Add(second.get(), i, kSecond);
  world.faults().Arm({.sticky = true});
  CHECK_FALSE(second->Flush(kSecond).ok());
  world.faults().Heal();
  REQUIRE(second->Flush(kSecond).ok());
  const std::vector<IngestResult> results = second->TakeResults();
  REQUIRE(results.size() == 3);
  CHECK(results[0].known == 1);
  CHECK(results[1].known == 0);
  CHECK(results[2].known == 1);
  CHECK(second->summary().stored_segments == 1);
  CHECK(second->summary().memory_bytes == 0);
  CHECK(Segments(&world) == 2);
  world.Acknowledge({4});
  world.CheckLaws();
}

TEST_CASE("segments end at their size and at their number of services") {
  World world;
  Actor host = world.Host(1);
  const auto narrow = MakeIngester(&host, {.segment_datasets = 2});
  for (int i = 0; i < 6; ++i) Add(narrow.get(), i, 0, "service" + std::to_string(i));
  CHECK(narrow->summary().unstored_segments == 2);
  REQUIRE(narrow->Flush(0).ok());
  CHECK(Segments(&world) == 3);
  const auto small = MakeIngester(&host, {.segment_bytes = 1});
  for (int i = 10; i < 14; ++i) Add(small.get(), i, 0);
  CHECK(small->summary().unstored_segments == 4);
  REQUIRE(small->Tick(0).ok());
  CHECK(small->TakeResults().size() == 4);
  world.Acknowledge({0, 1, 2, 3, 4, 5, 10, 11, 12, 13});
  world.CheckLaws();
}

TEST_CASE("a host is pushed back when too much is held") {
  World world;
  Actor host = world.Host(1);
  const auto ingester = MakeIngester(&host, {.segment_bytes = 1, .memory_bytes = 20'000});
  world.faults().Arm({.sticky = true});
  int number = 0;
  absl::Status refused;
  while (refused.ok() && number < 10'000) {
    const Input input = World::Numbered(number, kBegin + number * kSecond);
    refused = ingester->Add(input.series, input.profile, 0).status();
    if (refused.ok()) ++number;
    ingester->Tick(0).IgnoreError();
  }
  CHECK(absl::IsResourceExhausted(refused));
  CHECK(ingester->TakeResults().empty());
  world.faults().Heal();
  REQUIRE(ingester->Tick(0).ok());
  std::vector<int> all;
  for (int i = 0; i < number; ++i) all.push_back(i);
  world.Acknowledge(all);
  CHECK(ingester->TakeResults().size() == all.size());
  world.CheckLaws();
  Add(ingester.get(), number, 0);
}

TEST_CASE("a segment that failed is tried again as it was") {
  using Kind = Fault::Kind;
  for (auto kind : {Kind::kFailBefore, Kind::kFailAfter, Kind::kLandLater, Kind::kTwice}) {
    INFO(static_cast<int>(kind));
    World world;
    Actor host = world.Host(1);
    const auto ingester = MakeIngester(&host);
    Add(ingester.get(), 1, 0);
    world.faults().Arm({.kind = kind, .delay = 3});
    const absl::Status status = ingester->Flush(0);
    CHECK(status.ok() == (kind == Kind::kTwice));
    CHECK(ingester->TakeResults().size() == status.ok());
    Add(ingester.get(), 2, kSecond);  // is not put into the segment that failed
    REQUIRE(ingester->Flush(20 * kSecond).ok());
    world.faults().Land();
    CHECK(Segments(&world) == 2);
    world.Acknowledge({1, 2});
    world.CheckLaws();
  }
}

TEST_CASE("what fails for good is said once, and is not stored") {
  World world;
  Actor host = world.Host(1);
  const auto ingester = MakeIngester(&host);
  Add(ingester.get(), 1, 0);
  world.faults().Arm({.code = absl::StatusCode::kInvalidArgument});
  CHECK(absl::IsInvalidArgument(ingester->Flush(0)));
  const auto results = ingester->TakeResults();
  REQUIRE(results.size() == 1);
  CHECK(absl::IsInvalidArgument(results[0].status));
  CHECK(ingester->summary().memory_bytes == 0);
  REQUIRE(ingester->Flush(0).ok());
  CHECK(Segments(&world) == 0);
}

TEST_CASE("a stopped call loses nothing") {
  World world;
  Actor host = world.Host(1);
  const auto ingester = MakeIngester(&host, {.segment_bytes = 1});
  for (int i = 0; i < 3; ++i) Add(ingester.get(), i, 0);
  int asked = 0;
  CallContext call;
  call.check = [&] { return ++asked > 4 ? absl::CancelledError("enough") : absl::OkStatus(); };
  CHECK(absl::IsCancelled(ingester->Tick(0, call)));
  REQUIRE(ingester->Tick(0).ok());
  world.Acknowledge({0, 1, 2});
  CHECK(ingester->TakeResults().size() == 3);
  world.CheckLaws();
}

TEST_CASE("many threads add and store") {
  World world;
  Actor host = world.Host(1);
  const auto ingester = MakeIngester(&host, {.segment_bytes = 3000});
  constexpr int kThreads = 4, kEach = 40;
  std::vector<std::thread> threads;
  std::atomic<int> failed{0};
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kEach; ++i) {
        const int number = t * kEach + i;
        const Input input = World::Numbered(number, kBegin + number * kSecond);
        failed += !ingester->Add(input.series, input.profile, 0).ok();
        failed += !ingester->Tick(0).ok();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(failed == 0);
  REQUIRE(ingester->Flush(0).ok());
  // Each ticket is settled once.
  std::set<IngestTicket> tickets;
  for (const IngestResult& result : ingester->TakeResults()) {
    CHECK(result.status.ok());
    for (IngestTicket t = result.first; t <= result.last; ++t) CHECK(tickets.insert(t).second);
  }
  CHECK(tickets.size() == kThreads * kEach);
  std::vector<int> all;
  for (int i = 0; i < kThreads * kEach; ++i) all.push_back(i);
  world.Acknowledge(all);
  world.CheckLaws();
}

TEST_CASE("profiles and options that make no sense are refused") {
  World world;
  Actor host = world.Host(1);
  for (const IngesterOptions& options :
       {IngesterOptions{.segment_age_nanos = 0}, IngesterOptions{.segment_bytes = 0},
        IngesterOptions{.segment_datasets = 0}, IngesterOptions{.memory_bytes = 0},
        IngesterOptions{.blocks = {.zstd_level = 99}}}) {
    CHECK(absl::IsInvalidArgument(Ingester::Make(&*host.archive, options).status()));
  }
  const auto ingester = MakeIngester(&host);
  Input input = World::Numbered(1, 0);
  input.profile.samples.values.clear();
  CHECK(absl::IsInvalidArgument(ingester->Add(input.series, input.profile, 0).status()));
  CHECK(ingester->summary().waiting_profiles == 0);
  REQUIRE(ingester->Flush(0).ok());
  CHECK(Add(ingester.get(), 1, 0) == 1);
}

}  // namespace
}  // namespace dolerite::testing
