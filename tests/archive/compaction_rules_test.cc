// Jobs that take sample types or labels out of profiles: the laws hold for what they leave.
#include "archive/world.h"

namespace dolerite::testing {
namespace {

// Profiles of some pods, with two sample types.
std::vector<Input> Profiles(int count, bool with_ids) {
  std::vector<Input> inputs;
  for (int i = 0; i < count; ++i) {
    Input input = World::Numbered(i, kBegin + i * kSecond);
    input.series = *LabelSet::Make({{"service_name", "shop"}, {"pod", i % 2 == 0 ? "a" : "b"}});
    Profile& p = input.profile;
    p.sample_types.push_back({p.symbols.strings.Add("wall"), p.symbols.strings.Add("nanoseconds")});
    p.samples.values.push_back(7 * i);
    if (with_ids) p.id = ProfileId{static_cast<uint8_t>(i + 1)};
    inputs.push_back(std::move(input));
  }
  return inputs;
}

CompactionRules Dropping() { return {.drop_sample_types = {"wall"}, .drop_labels = {"pod"}}; }

struct Ruled {
  World world;
  Actor host = world.Host(1);
  std::vector<Input> inputs = Profiles(6, GENERATE(false, true));

  Ruled() { Append(); }
  void Append() { REQUIRE(host->Append(Build(inputs), world.now()).ok()); }

  absl::Status Compact(Actor* compactor, const CompactionRules& rules) {
    const auto jobs = (*compactor)->PlanCompaction(Take(compactor), World::Eager());
    REQUIRE(jobs.ok());
    for (const CompactionJob& job : *jobs) {
      const auto result = (*compactor)->Compact(job, kBudget, {}, {}, rules);
      if (!result.ok()) return result.status();
    }
    return absl::OkStatus();
  }

  // How many profiles a host sees that has nothing in memory.
  size_t Seen() {
    world.faults().Heal();
    Actor reader = world.Host(99);
    ListQuery query({});
    const absl::Status added = Take(&reader).AddTo(&query);
    INFO(added);
    REQUIRE(added.ok());
    return std::move(query).Finish()->size();
  }
};

TEST_CASE("a profile that is sent again is known, though a job has changed the first one") {
  Ruled archive;
  REQUIRE(archive.Compact(&archive.host, Dropping()).ok());
  CHECK(archive.Seen() == 6);
  const auto missing = archive.host->AppendMissing(Build(archive.inputs), archive.world.now(), {});
  INFO(missing.status());
  REQUIRE(missing.ok());
  CHECK(missing->added == 0);
  CHECK(missing->known == 6);
  archive.Append();
  CHECK(archive.Seen() == 6);
  // Nor do they meet in a block, whether or not the next job has rules.
  REQUIRE(archive.Compact(&archive.host, GENERATE(CompactionRules(), Dropping())).ok());
  archive.world.Advance(3 * kDay);
  REQUIRE(archive.Compact(&archive.host, {}).ok());
  CHECK(archive.Seen() == 6);
  CHECK(Take(&archive.host).summary().blocks == 1);
}

TEST_CASE("profiles that differ stay apart, though a job makes them more alike") {
  Ruled archive;
  // Equal but for what the rules drop.
  std::vector<Input> others = archive.inputs;
  for (Input& other : others) {
    other.series = *LabelSet::Make({{"service_name", "shop"}, {"pod", "c"}});
    if (other.profile.id) (*other.profile.id)[1] = 1;
  }
  REQUIRE(archive.host->Append(Build(others), archive.world.now()).ok());
  REQUIRE(archive.Compact(&archive.host, Dropping()).ok());
  CHECK(archive.Seen() == 12);
}

TEST_CASE("rule: a deletion by a label holds, though a job is taking the label out") {
  Ruled archive;
  Actor other = archive.world.Host(2);
  DeleteRequest request;
  request.matchers = {{"pod", LabelMatcher::Op::kEqual, "a"}};
  archive.host.Before("Put", "blocks/", [&] {
    const auto deleted = other->Delete(request);
    REQUIRE(deleted.ok());
    CHECK(deleted->profiles == 3);
  });
  const absl::Status status = archive.Compact(&archive.host, Dropping());
  INFO(status);
  CHECK(absl::IsFailedPrecondition(status));
  CHECK(archive.Seen() == 3);
  REQUIRE(archive.Compact(&archive.host, Dropping()).ok());
  CHECK(archive.Seen() == 3);
}

TEST_CASE("rule: a job says what it takes out before anybody can meet its outputs") {
  Ruled archive;
  // The compactor dies at its commit, and a repair takes its output for a block that was lost.
  Actor compactor = archive.world.Host(2);
  bool written = false;
  compactor.store->before = [&](std::string_view call, std::string_view key) {
    written |= call == "Put" && Begins(key, "blocks/");
    if (written && call == "Put" && Begins(key, "manifest/")) {
      archive.world.faults().Arm({.kind = Fault::Kind::kFailBefore, .sticky = true});
    }
  };
  CHECK(!archive.Compact(&compactor, Dropping()).ok());
  CHECK(archive.Seen() == 6);
  REQUIRE(archive.host->Repair().ok());
  CHECK(archive.Seen() == 6);
}

}  // namespace
}  // namespace dolerite::testing
