// Every call that an archive makes of its store goes wrong in every way, once and for good; then
// all heals, and the laws hold.
#include "archive/world.h"
#include "support/share.h"

namespace dolerite::testing {
namespace {

struct Scenario {
  const char* name;
  std::function<void(World*, Actor*)> run;
};

std::vector<Scenario> Scenarios() {
  return {
      {"append",
       [](World* w, Actor* a) {
         w->Append(a, {10, 11}).IgnoreError();
       }},
      {"import",
       [](World* w, Actor* a) {
         const auto added = (*a)->AppendMissing(w->Segment({5, 12}), w->now());
         if (added.ok()) w->Acknowledge({12});
       }},
      {"snapshot",
       [](World* w, Actor* a) {
         auto snapshot = (*a)->TakeSnapshot();
         if (!snapshot.ok()) return;
         // What answers at all answers right.
         auto seen = World::Seen(*snapshot);
         if (seen.ok()) w->CheckSeen(*seen);
       }},
      {"compact", [](World*, Actor* a) { World::CompactAll(a).IgnoreError(); }},
      {"delete", [](World* w, Actor* a) { w->Delete(a, 3).IgnoreError(); }},
      {"retain", [](World*, Actor* a) { (*a)->Retain("cart", INT64_MIN).IgnoreError(); }},
      {"collect",
       [](World* w, Actor* a) {
         World::Collect(a).IgnoreError();
         w->Advance(kHour);
         World::Collect(a).IgnoreError();
       }},
      {"maintain",
       [](World* w, Actor* a) {
         MaintainOptions options;
         options.policy = World::Eager();
         options.collect = World::Impatient();
         for (int i = 0; i < 3; ++i) (*a)->Maintain(w->now(), kBudget, options).IgnoreError();
       }},
  };
}

// What one call may do, other than failing for good.
std::vector<Fault> Faults() {
  using Kind = Fault::Kind;
  using Code = absl::StatusCode;
  std::vector<Fault> faults;
  for (Code code : {Code::kUnavailable, Code::kResourceExhausted, Code::kAborted,
                    Code::kPermissionDenied, Code::kCancelled}) {
    faults.push_back({.kind = Kind::kFailBefore, .code = code});
  }
  for (Code code : {Code::kUnavailable, Code::kDeadlineExceeded}) {
    faults.push_back({.kind = Kind::kFailAfter, .code = code});
  }
  faults.push_back({.kind = Kind::kTwice});
  faults.push_back({.kind = Kind::kShortRead});
  faults.push_back({.kind = Kind::kFlipBit, .bit = 1234});
  for (uint64_t delay : {1, 2, 5, 100}) {
    faults.push_back({.kind = Kind::kLandLater, .delay = delay});
  }
  return faults;
}

void LiveFirst(World* world, Actor* setup) {
  REQUIRE(world->Append(setup, {1, 2}).ok());
  REQUIRE(World::CompactAll(setup).ok());
  REQUIRE(world->Append(setup, {3, 4}).ok());
  REQUIRE(world->Append(setup, {2, 5}).ok());
  REQUIRE(world->Append(setup, {6}, "cart").ok());
  REQUIRE(world->Delete(setup, 4).ok());
  for (int i = 0; i < 20; ++i) REQUIRE((*setup)->Retain("none", INT64_MIN).ok());
  world->Advance(kHour);
}

TEST_CASE("each call of each operation fails in each way") {
  // Of blocks: in the manifest, and nearly all in pages.
  const size_t page_entries = GENERATE(size_t{4096}, size_t{1});
  // A share of the calls begins elsewhere for each fault, so that all calls are met.
  const size_t step = ShareDivisor();
  size_t begin = 0;
  for (const Scenario& scenario : Scenarios()) {
    for (Fault fault : Faults()) {
      for (bool sticky : {false, true}) {
        for (uint64_t call = 1 + begin++ % step;; call += step) {
          INFO(scenario.name << ", kind " << static_cast<int>(fault.kind) << ", code "
                             << static_cast<int>(fault.code) << ", sticky " << sticky << ", call "
                             << call);
          World world;
          world.page_entries = page_entries;
          Actor setup = world.Host(1), actor = world.Host(2);
          LiveFirst(&world, &setup);
          fault.call = call, fault.sticky = sticky;
          world.faults().Arm(fault);
          scenario.run(&world, &actor);
          const bool reached = world.faults().calls() >= call;
          world.CheckLaws();
          world.faults().Land();
          world.CheckLaws();
          // What was interrupted goes on.
          REQUIRE(World::CompactAll(&setup).ok());
          world.CheckLaws();
          if (!reached || call > 40) break;
        }
      }
    }
  }
}

TEST_CASE("a repair of a sound archive changes nothing, whatever a call of it does") {
  const size_t page_entries = GENERATE(size_t{4096}, size_t{1});
  for (Fault fault : Faults()) {
    for (uint64_t call = 1; call < 60; ++call) {
      INFO("kind " << static_cast<int>(fault.kind) << ", code " << static_cast<int>(fault.code)
                   << ", call " << call);
      World world;
      world.page_entries = page_entries;
      Actor setup = world.Host(1), mender = world.Host(2);
      LiveFirst(&world, &setup);
      REQUIRE(world.Delete(&setup, 3).ok());  // by the newest manifest alone
      fault.call = call;
      world.faults().Arm(fault);
      mender->Repair().IgnoreError();
      const bool reached = world.faults().calls() >= call;
      world.CheckLaws();
      world.faults().Land();
      world.CheckLaws();
      if (!reached) break;
    }
  }
}

TEST_CASE("no garbage is left after faults") {
  const size_t page_entries = GENERATE(size_t{4096}, size_t{1});
  for (auto kind : {Fault::Kind::kFailBefore, Fault::Kind::kFailAfter, Fault::Kind::kLandLater}) {
    for (uint64_t call = 1; call < 30; ++call) {
      INFO(static_cast<int>(kind) << " at call " << call);
      World world;
      world.page_entries = page_entries;
      Actor setup = world.Host(1), actor = world.Host(2);
      LiveFirst(&world, &setup);
      world.faults().Arm({.kind = kind, .call = call, .delay = 50});
      World::CompactAll(&actor).IgnoreError();
      world.faults().Heal();
      world.faults().Land();
      world.CheckLaws();
      world.CheckNoGarbage();
      world.CheckLaws();
    }
  }
}

}  // namespace
}  // namespace dolerite::testing
