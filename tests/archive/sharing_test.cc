// Hosts that share an archive and agree on nothing but its format.
#include "archive/world.h"

namespace dolerite::testing {
namespace {

// What one host does its own way.
struct Habits {
  BlockOptions blocks;
  CompactionPolicy policy = World::Eager();
  CollectOptions collect = World::Impatient();
  size_t page_entries = 4096, budget = size_t{64} << 20;
};

Habits Hasty() {
  Habits habits;
  habits.blocks.try_encodings = false;
  habits.blocks.profiles_per_group = 1;
  habits.blocks.link_filter_bits = 0;
  habits.blocks.samples_per_chunk = 16;
  habits.blocks.zstd_level = 0;
  habits.page_entries = 2;
  return habits;
}

Habits Thorough() {
  Habits habits;
  habits.blocks.smallest = true;
  habits.blocks.zstd_level = 19;
  habits.blocks.group_window_nanos = 3 * kMinute;
  habits.blocks.stripe_bytes = 4096;
  habits.policy.window_nanos = {2 * kHour, 12 * kHour, 36 * kHour};
  habits.policy.small_bytes = 0;
  habits.page_entries = 5;
  habits.budget = size_t{256} << 20;
  return habits;
}

std::string Answer(Actor* host) {
  const auto snapshot = (*host)->TakeSnapshot();
  INFO(snapshot.status());
  REQUIRE(snapshot.ok());
  TreeQuery tree({.by = FrameBy::kFunction});
  const absl::Status added = snapshot->AddTo(&tree);
  INFO(added);
  REQUIRE(added.ok());
  const auto answer = std::move(tree).Finish();
  REQUIRE(answer.ok());
  std::string text;
  for (size_t i = 0; i < answer->size(); ++i) {
    text += std::string(answer->names[answer->name[i]]) + " " + std::to_string(answer->parent[i]) +
            " " + std::to_string(answer->columns[0].total[i]) + "\n";
  }
  return text;
}

TEST_CASE("hosts with different options share one archive") {
  World world;
  const Habits all[] = {Hasty(), Thorough()};
  std::vector<Actor> hosts;
  for (const Habits& habits : all) {
    world.page_entries = habits.page_entries;
    hosts.push_back(world.Host(hosts.size() + 1));
  }
  Actor reader = world.Host(9);
  std::vector<Input> inputs;
  const auto append = [&](size_t host, int from, int to) {
    std::vector<Input> some;
    for (int i = from; i < to; ++i) {
      some.push_back(World::Numbered(i, kBegin + i * 11 * kMinute, i % 3 == 0 ? "cart" : "shop"));
    }
    REQUIRE(hosts[host]->Append(Build(some, all[host].blocks), world.now()).ok());
    inputs.insert(inputs.end(), some.begin(), some.end());
    for (int i = from; i < to; ++i) world.Acknowledge({i});
  };
  for (int round = 0; round < 12; ++round) {
    // Both write, and one of the profiles comes from both.
    append(0, round * 10, round * 10 + 6);
    append(1, round * 10 + 5, round * 10 + 10);
    const std::string before = Answer(&reader);
    const size_t turn = round % 2;
    Actor& host = hosts[turn];
    const auto jobs = host->PlanCompaction(*host->TakeSnapshot(), all[turn].policy);
    REQUIRE(jobs.ok());
    for (const CompactionJob& job : *jobs) {
      const auto done = host->Compact(job, all[turn].budget, all[turn].blocks);
      INFO(done.status());
      REQUIRE(done.ok());
    }
    world.Advance(kHour);
    REQUIRE(hosts[1 - turn]->Collect(all[1 - turn].collect).ok());
    CHECK(Answer(&reader) == before);
  }
  world.CheckLaws();
  CHECK(reader->Verify()->findings == 0);
  // The same as of one block of all profiles, each once.
  World other;
  Actor plain = other.Host(1);
  REQUIRE(plain->Append(Build(inputs), other.now()).ok());
  CHECK(Answer(&plain) == Answer(&reader));
}

}  // namespace
}  // namespace dolerite::testing
