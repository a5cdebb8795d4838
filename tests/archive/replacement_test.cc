// What jobs do to a manifest, and inputs that could not be read.
#include "archive/replacement.h"

#include "archive/commits.h"
#include "archive/world.h"

namespace dolerite::testing {
namespace {

Manifest Before() {
  Manifest m;
  m.number = 9, m.floor = 4;
  m.blocks = {{{3, {1}}, {7}, 1000, 1, 0, {}, {{"cart", 3, -1, 5}}},
              {{8, {0}}, {8}, 2000, 2, 0, {}, {{"shop", 1, 0, 0}}}};
  m.consumed = {{{5, 1, 2, {1}}, 9}};
  m.quarantined = {{BlockName{3, {1}}.key(), "damaged", 8}};
  return m;
}

TEST_CASE("a replacement takes its inputs and brings its outputs, in order") {
  Manifest m = Before();
  const BlockEntry output{{4, {2}}, {9}, 500, 1, 0, {1, 0, 2, 3}, {{"cart", 3, -1, 5}}};
  const SegmentName segment{1, 1, 2, {3}};
  REQUIRE(Replace({4, {segment}, {m.blocks[0]}, {output}, {}}, &m).ok());
  REQUIRE(m.blocks.size() == 2);
  CHECK(m.blocks[0] == output);
  CHECK(m.consumed == std::vector<ConsumedSegment>{{segment, 9}, Before().consumed[0]});
  CHECK(m.dropped == std::vector<DroppedBlock>{{{3, {1}}, 9, false}});
  CHECK(m.quarantined.empty());  // it is gone, so there is nothing to report
}

TEST_CASE("a replacement is refused when its base or an input is too old") {
  Manifest m = Before();
  CHECK(absl::IsFailedPrecondition(Replace({3, {}, {m.blocks[0]}, {}, {}}, &m)));
  CHECK(absl::IsFailedPrecondition(Replace({5, {m.consumed[0].name}, {}, {}, {}}, &m)));
  const BlockEntry other{{5, {5}}, {}, 1, 1, 0, {}, {{"x", 1, 0, 0}}};
  CHECK(absl::IsFailedPrecondition(Replace({5, {}, {other}, {}, {}}, &m)));
  CHECK(EncodeManifest(m) == EncodeManifest(Before()));
}

TEST_CASE("a damaged input is named once, with a short reason") {
  Manifest m = Before();
  const std::string key = SegmentName{1, 1, 2, {3}}.key();
  Quarantine(key, absl::DataLossError(std::string(1000, 'x')), &m);
  Quarantine(key, absl::DataLossError("another reason"), &m);
  REQUIRE(m.quarantined.size() == 2);
  CHECK(m.quarantined[1] == QuarantinedInput{key, std::string(kMostReason, 'x'), 9});
  CHECK(m.quarantined[0].reason == "damaged");
}

TEST_CASE("what is quarantined is seen, and left alone by planners") {
  World world;
  Actor host = world.Host(1);
  REQUIRE(world.Append(&host, {1}).ok());
  REQUIRE(world.Append(&host, {2}, "cart").ok());
  const std::string bad = world.store().ListAll("segments/")->front().key;
  REQUIRE(Commit(&host, [&](Manifest* next) {
            Quarantine(bad, absl::DataLossError("a bit"), next);
            return absl::OkStatus();
          }).ok());
  world.CheckLaws();
  auto snapshot = host->TakeSnapshot();
  REQUIRE(snapshot.ok());
  CHECK(snapshot->summary().quarantined == 1);
  const auto jobs = host->PlanCompaction(*snapshot, World::Eager());
  REQUIRE(jobs.ok());
  REQUIRE(jobs->size() == 1);
  CHECK(jobs->front().inputs.size() == 1);
  CHECK(jobs->front().inputs[0] != bad);
  // A job that names it all the same may take it.
  REQUIRE(host->Compact({0, {bad}, 1, kHour}, size_t{1} << 30).ok());
  CHECK(host->TakeSnapshot()->summary().quarantined == 0);
  world.CheckLaws();
}

}  // namespace
}  // namespace dolerite::testing
