// Everything that changes or reads an archive, each run to its end between two requests of another.
// Where a case fails here, rules_test.cc has the rule's interleaving alone.
#include "archive/world.h"

namespace dolerite::testing {
namespace {

// What a reader sees while others work: the laws hold, or it is told to look again.
absl::Status Look(World* world, Actor* reader) {
  const World::Promises promised = world->promises();
  const auto look = [&](const Snapshot& snapshot) -> absl::Status {
    const auto seen = World::Seen(snapshot);
    if (seen.ok()) world->CheckSeen(*seen, promised);
    return seen.status();
  };
  const absl::Status status = (*reader)->WithSnapshot(look);
  INFO(status);
  CHECK((status.ok() || absl::IsAborted(status)));
  return status;
}

// Two of each actor at once: each runs at each step of each other, to its end. Once with all blocks
// in the manifest, once with nearly all in pages.
TEST_CASE("actors at every step of each other") {
  const size_t page_entries = GENERATE(size_t{4096}, size_t{1});
  struct Job {
    const char* name;
    std::function<absl::Status(World*, Actor*)> run;
  };
  const std::vector<Job> jobs = {
      {"append",
       [](World* w, Actor* a) {
         return w->Append(a, {50, 51});
       }},
      {"compact", [](World*, Actor* a) { return World::CompactAll(a); }},
      {"delete", [](World* w, Actor* a) { return w->Delete(a, 2); }},
      {"retain", [](World*, Actor* a) { return (*a)->Retain("cart", INT64_MIN); }},
      {"collect", [](World*, Actor* a) { return World::Collect(a); }},
      {"read", [](World* w, Actor* a) { return Look(w, a); }},
      {"import",
       [](World* w, Actor* a) {
         const absl::Status added = (*a)->AppendMissing(w->Segment({4, 60}), w->now()).status();
         if (added.ok()) w->Acknowledge({4, 60});
         return added;
       }},
      {"maintain",
       [](World* w, Actor* a) {
         MaintainOptions options;
         options.policy = World::Eager();
         options.collect = World::Impatient();
         return (*a)->Maintain(w->now(), kBudget, options).status();
       }},
      {"repair", [](World*, Actor* a) { return (*a)->Repair().status(); }},
  };
  for (const Job& outer : jobs) {
    for (const Job& inner : jobs) {
      for (int step = 1;; ++step) {
        INFO(inner.name << " at step " << step << " of " << outer.name);
        World world;
        world.page_entries = page_entries;
        Actor first = world.Host(1), second = world.Host(2), setup = world.Host(3);
        REQUIRE(world.Append(&setup, {1, 2}).ok());
        REQUIRE(World::CompactAll(&setup).ok());
        REQUIRE(world.Append(&setup, {3}, "cart").ok());
        REQUIRE(world.Append(&setup, {2, 4}).ok());
        world.Advance(kHour);
        int steps = 0;
        bool reached = false;
        first.store->before = [&](std::string_view, std::string_view) {
          if (++steps != step) return;
          reached = true;
          inner.run(&world, &second).IgnoreError();
          world.Advance(kHour);
        };
        outer.run(&world, &first).IgnoreError();
        world.CheckLaws();
        world.CheckNoGarbage();
        world.CheckLaws();
        if (!reached) break;
      }
    }
  }
}

}  // namespace
}  // namespace dolerite::testing
