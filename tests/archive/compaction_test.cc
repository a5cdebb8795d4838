// What compaction makes of its inputs.
#include "archive/windows.h"
#include "archive/world.h"

namespace dolerite::testing {
namespace {

// An archive whose profiles a test knows.
struct Filled {
  World world;
  Actor host = world.Host(1);
  std::vector<Input> inputs;

  // The key of the segment.
  std::string Append(const std::vector<Input>& some) {
    const auto key = host->Append(Build(some), world.now());
    REQUIRE(key.ok());
    inputs.insert(inputs.end(), some.begin(), some.end());
    return *key;
  }
  std::vector<std::string> Segments() {
    std::vector<std::string> keys;
    const auto objects = world.store().ListAll("segments/");
    REQUIRE(objects.ok());
    for (const ObjectInfo& object : *objects) keys.push_back(object.key);
    return keys;
  }
  std::string Bytes(const std::string& key) {
    const auto read = world.store().Read(key, ByteRange::All());
    REQUIRE(read.ok());
    return std::string(read->slice.bytes);
  }
};

// Profiles of the generator, at times of some hours around midnight.
std::vector<Input> Timed(uint64_t seed, size_t count, int64_t hours) {
  std::vector<Input> inputs = Generated(seed, count);
  Random random(seed);
  for (Input& input : inputs) {
    const uint64_t seconds = static_cast<uint64_t>(hours) * 3'600;
    input.profile.time_nanos = kBegin + static_cast<int64_t>(random.Below(seconds)) * kSecond;
  }
  return inputs;
}

TEST_CASE("compaction makes the blocks that a builder makes, one for each window") {
  Filled archive;
  for (uint64_t i = 0; i < 5; ++i) archive.Append(Timed(i * 100, 8, 3));
  const auto result = archive.host->Compact({0, archive.Segments(), 1, kHour}, kBudget);
  INFO(result.status());
  REQUIRE(result.ok());
  CHECK(result->profiles == 40);
  std::map<int64_t, std::vector<Input>> windows;
  for (const Input& input : archive.inputs) {
    windows[WindowOf(input.profile.time_nanos, kHour)].push_back(input);
  }
  REQUIRE(windows.size() > 1);
  std::vector<std::string> built, made;
  for (const auto& [window, inputs] : windows) {
    built.push_back(Build(inputs, FitToBudget({}, kBudget)));
  }
  for (const std::string& key : result->outputs) made.push_back(archive.Bytes(key));
  CHECK((made == built));
}

TEST_CASE("compaction goes on without a damaged input, and names it") {
  Filled archive;
  for (int i = 0; i < 4; ++i) archive.Append(Timed(static_cast<uint64_t>(i) * 100, 6, 1));
  const std::vector<std::string> segments = archive.Segments();
  // The first byte after the magic is one of a section; the last one is the trailer's.
  const std::string bytes = archive.Bytes(segments[1]);
  const size_t at = GENERATE_COPY(as<size_t>(), 9, bytes.size() / 2, bytes.size() - 1);
  std::string damaged = bytes;
  damaged[at] = static_cast<char>(damaged[at] ^ 1);
  REQUIRE(archive.world.store().Put(segments[1], damaged, {.mode = PutMode::kReplace}).ok());
  const auto result = archive.host->Compact({0, segments, 1, 24 * kHour}, kBudget);
  INFO(result.status());
  REQUIRE(result.ok());
  CHECK(result->damaged == std::vector<std::string>{segments[1]});
  CHECK(result->profiles == 18);
  // It waits, and is no part of a plan any more.
  const auto snapshot = archive.host->TakeSnapshot();
  REQUIRE(snapshot.ok());
  CHECK(snapshot->summary().segments == 1);
  const auto jobs = archive.host->PlanCompaction(*snapshot, World::Eager());
  REQUIRE(jobs.ok());
  CHECK(jobs->empty());
}

TEST_CASE("compaction of damaged inputs alone names them") {
  Filled archive;
  archive.Append(Timed(1, 6, 1));
  const std::vector<std::string> segments = archive.Segments();
  REQUIRE(archive.world.store().Put(segments[0], "no block", {.mode = PutMode::kReplace}).ok());
  const auto result = archive.host->Compact({0, segments, 1, kHour}, kBudget);
  INFO(result.status());
  REQUIRE(result.ok());
  CHECK(result->damaged == segments);
  CHECK(result->outputs.empty());
}

TEST_CASE("compaction goes on without a block that the store has lost, and names it") {
  Filled archive;
  std::vector<std::string> blocks;
  for (uint64_t i = 0; i < 3; ++i) {
    const std::string segment = archive.Append(Timed(i * 100, 6, 1));
    const auto made = archive.host->Compact({0, {segment}, 1, kDay}, kBudget);
    REQUIRE(made.ok());
    blocks.insert(blocks.end(), made->outputs.begin(), made->outputs.end());
  }
  REQUIRE(blocks.size() == 3);
  REQUIRE(archive.world.store().Delete(blocks[1]).ok());
  const auto result = archive.host->Compact({0, blocks, 2, kDay}, kBudget);
  INFO(result.status());
  REQUIRE(result.ok());
  CHECK(result->damaged == std::vector<std::string>{blocks[1]});
  CHECK(result->profiles == 12);
}

TEST_CASE("a job whose segment is gone is refused: a new plan does not have it") {
  Filled archive;
  for (uint64_t i = 0; i < 2; ++i) archive.Append(Timed(i * 100, 6, 1));
  const std::vector<std::string> segments = archive.Segments();
  REQUIRE(archive.world.store().Delete(segments[0]).ok());
  const auto result = archive.host->Compact({0, segments, 1, kHour}, kBudget);
  INFO(result.status());
  CHECK(absl::IsFailedPrecondition(result.status()));
}

std::vector<Input> Of(const std::string& service, std::vector<Input> inputs) {
  for (Input& input : inputs) {
    std::vector<LabelSet::Pair> labels;
    for (const auto& label : input.series.pairs()) {
      if (label.first != "service_name") labels.push_back(label);
    }
    labels.emplace_back("service_name", service);
    input.series = *LabelSet::Make(std::move(labels));
  }
  return inputs;
}

TEST_CASE("compaction copies datasets that need no change, and makes the same block") {
  Filled archive;
  archive.Append(Of("changes", Timed(1, 6, 1)));
  archive.Append(Of("stays", Timed(100, 6, 1)));
  const int64_t day = 24 * kHour;
  const auto first = archive.host->Compact({0, archive.Segments(), 1, day}, kBudget);
  REQUIRE(first.ok());
  REQUIRE(first->outputs.size() == 1);
  CHECK(first->copied == 0);  // segments may be made with other encodings
  // One profile of one service goes.
  DeleteRequest request;
  request.matchers = {{"service_name", LabelMatcher::Op::kEqual, "changes"}};
  request.start_nanos = archive.inputs[0].profile.time_nanos;
  request.end_nanos = request.start_nanos + 1;
  REQUIRE(archive.host->Delete(request)->profiles == 1);
  const auto second = archive.host->Compact({0, first->outputs, 1, day}, kBudget);
  INFO(second.status());
  REQUIRE(second.ok());
  CHECK(second->copied == 1);
  CHECK(second->left_out == 1);
  const std::vector<Input> rest(archive.inputs.begin() + 1, archive.inputs.end());
  REQUIRE(second->outputs.size() == 1);
  CHECK((archive.Bytes(second->outputs[0]) == Build(rest, FitToBudget({}, kBudget))));
}

TEST_CASE("compaction copies the parts of what does not fit into its budget") {
  size_t unmerged = 0, merged = 0;
  for (size_t budget = size_t{8} << 20; budget > (16 << 10); budget /= 2) {
    INFO(budget << " bytes");
    Filled archive;
    for (uint64_t i = 0; i < 3; ++i) archive.Append(Of("one", Timed(i * 100, 6, 1)));
    archive.Append(Of("other", Timed(999, 1, 1)));
    const auto result = archive.host->Compact({0, archive.Segments(), 1, 24 * kHour}, budget);
    if (!result.ok()) {
      CHECK(absl::IsResourceExhausted(result.status()));
      continue;
    }
    CHECK(result->profiles == 19);
    (result->unmerged.empty() ? merged : unmerged) += 1;
    if (result->unmerged.empty()) continue;
    CHECK(result->unmerged[0].needed_bytes > budget);
    // The parts are whole blocks, which a larger budget merges.
    const auto again = archive.host->Compact({0, result->outputs, 2, 24 * kHour},
                                             result->unmerged[0].needed_bytes);
    INFO(again.status());
    REQUIRE(again.ok());
    CHECK(again->unmerged.empty());
    REQUIRE(again->outputs.size() == 1);
    const BlockOptions options = FitToBudget({}, result->unmerged[0].needed_bytes);
    CHECK((archive.Bytes(again->outputs[0]) == Build(archive.inputs, options)));
  }
  CHECK(merged > 0);
  CHECK(unmerged > 0);
}

TEST_CASE("too small a budget is told as such, and never taken for damage") {
  Filled archive;
  for (uint64_t i = 0; i < 3; ++i) {
    std::vector<Input> inputs = Of("one", Timed(i * 100, 6, 1));
    for (Input& input : inputs) input.profile.payload = std::string(3'000, 'a');
    archive.Append(inputs);
  }
  const std::vector<std::string> segments = archive.Segments();
  size_t refused = 0, unmerged = 0, merged = 0;
  for (size_t budget = 16 << 10; merged < 3; budget += budget / 64) {
    INFO(budget << " bytes");
    Filled again;
    for (const std::string& key : segments) {
      REQUIRE(again.host->Append(archive.Bytes(key), again.world.now()).ok());
    }
    const auto result = again.host->Compact({0, again.Segments(), 1, 24 * kHour}, budget);
    if (!result.ok()) {
      CHECK(absl::IsResourceExhausted(result.status()));
      ++refused;
      continue;
    }
    CHECK(result->damaged.empty());
    CHECK(result->profiles == 18);
    (result->unmerged.empty() ? merged : unmerged) += 1;
  }
  CHECK(refused > 0);
  CHECK(unmerged > 0);
}

// Jobs as a host runs them, until there are none but such that change nothing. Returns how many
// those are.
size_t CompactAll(Actor* host, size_t budget) {
  for (;;) {
    const auto jobs = (*host)->PlanCompaction(Take(host), World::Eager());
    REQUIRE(jobs.ok());
    size_t idle = 0;
    for (const CompactionJob& job : *jobs) {
      const auto result = (*host)->Compact(job, budget);
      INFO(result.status());
      REQUIRE(result.ok());
      idle += result->changes_nothing();
    }
    if (idle == jobs->size()) return idle;
  }
}

TEST_CASE("compaction merges with a larger budget what a small one has left") {
  constexpr size_t kSmall = 256 << 10;
  Filled archive;
  for (uint64_t i = 0; i < 7; ++i) {
    std::vector<Input> inputs = Of(i < 6 ? "one" : "other", Generated(i * 100, i < 6 ? 6 : 1));
    for (Input& input : inputs) input.profile.time_nanos = kBegin + int64_t(i) * kSecond;
    archive.Append(inputs);
  }
  archive.world.Advance(3 * kDay);
  CHECK(CompactAll(&archive.host, kSmall) == 1);
  CHECK(Take(&archive.host).summary().segments == 0);
  CHECK(Take(&archive.host).summary().blocks > 5);
  // To try again changes nothing, and is not worth a commit.
  const uint64_t before = NamedKeys(&archive.world.store())->first;
  CHECK(CompactAll(&archive.host, kSmall) == 1);
  CHECK(NamedKeys(&archive.world.store())->first == before);
  // A host that cares for the archive goes on to other work.
  const auto kept = archive.host->Maintain(archive.world.now(), kSmall, {});
  REQUIRE(kept.ok());
  CHECK(kept->did != MaintainResult::Did::kCompacted);
  CHECK(kept->too_large.size() == 1);
  CHECK(CompactAll(&archive.host, kBudget) == 0);
  // The other service has gone up alone.
  CHECK(Take(&archive.host).summary().blocks == 2);
  const std::vector<Input> one(archive.inputs.begin(), archive.inputs.end() - 1);
  std::set<std::string> blocks;
  const auto named = NamedKeys(&archive.world.store());
  for (const std::string& key : named->second) blocks.insert(archive.Bytes(key));
  CHECK(blocks.count(Build(one)) == 1);
}

uint64_t Listed(Actor* host) {
  const auto snapshot = (*host)->TakeSnapshot();
  REQUIRE(snapshot.ok());
  ListQuery query({});
  REQUIRE(snapshot->AddTo(&query).ok());
  const auto listed = std::move(query).Finish();
  REQUIRE(listed.ok());
  return listed->size();
}

TEST_CASE("compaction drops bodies of old profiles, and merges such blocks with no others") {
  Filled archive;
  archive.Append(Of("one", Timed(1, 6, 1)));
  const int64_t day = 24 * kHour;
  const auto first =
      archive.host->Compact({0, archive.Segments(), 1, day, archive.world.now()}, kBudget);
  INFO(first.status());
  REQUIRE(first.ok());
  CHECK(first->dropped_bodies > 0);
  CHECK(Listed(&archive.host) == 6);
  archive.Append(Of("one", Timed(100, 6, 1)));
  std::vector<std::string> inputs = archive.Segments();
  std::erase_if(inputs, [&](const std::string& key) {
    return archive.Bytes(key) != Build(Of("one", Timed(100, 6, 1)));
  });
  inputs.push_back(first->outputs.at(0));
  const auto second = archive.host->Compact({0, inputs, 2, day}, kBudget);
  INFO(second.status());
  REQUIRE(second.ok());
  REQUIRE(second->unmerged.size() == 1);
  CHECK(second->unmerged[0].parts == 2);
  CHECK(Listed(&archive.host) == 12);
}

TEST_CASE("compaction refuses to drop the label that names datasets") {
  Filled archive;
  archive.Append(Timed(1, 2, 1));
  CompactionRules rules;
  rules.drop_labels = {"service_name"};
  const auto result =
      archive.host->Compact({0, archive.Segments(), 1, kHour}, kBudget, {}, {}, rules);
  CHECK(absl::IsInvalidArgument(result.status()));
}

TEST_CASE("a job that needs more than its budget leaves its inputs") {
  World world;
  Actor host = world.Host(1);
  REQUIRE(world.Append(&host, {1, 2, 3}).ok());
  auto jobs = host->PlanCompaction(Take(&host), World::Eager());
  REQUIRE(jobs->size() == 1);
  CHECK(absl::IsResourceExhausted(host->Compact(jobs->front(), 1000).status()));
  world.CheckLaws();
  CHECK(Take(&host).summary().segments == 1);
}

TEST_CASE("a backlog is worked off in jobs of a bounded size") {
  World world;
  Actor host = world.Host(1);
  uint64_t largest = 0;
  for (int i = 0; i < 10; ++i) {
    REQUIRE(world.Append(&host, {2 * i, 2 * i + 1}).ok());
    largest = std::max<uint64_t>(largest, world.Segment({2 * i, 2 * i + 1}).size());
  }
  CompactionPolicy policy = World::Eager();
  policy.job_bytes = 3 * largest;
  const auto jobs = host->PlanCompaction(Take(&host), policy);
  REQUIRE(jobs.ok());
  CHECK(jobs->size() == 4);
  policy.job_bytes = 1;
  CHECK(host->PlanCompaction(Take(&host), policy)->size() == 10);
  for (const CompactionJob& job : *jobs) REQUIRE(host->Compact(job, size_t{64} << 20).ok());
  world.CheckLaws();
  CHECK(Take(&host).summary().segments == 0);
}

// So much is what 20 services send that make 10 profiles a second. Nothing reads the bytes: plans
// are made of names and sizes.
TEST_CASE("segments of an hour, of 40 MiB together, are one job by default") {
  World world;
  Actor host = world.Host(1);
  for (int i = 0; i < 5; ++i) {
    Input input = World::Numbered(i, kBegin);
    input.profile.payload.resize(size_t{8} << 20);
    Random random(i);
    for (char& byte : input.profile.payload) byte = static_cast<char>(random());
    input.profile.payload_format = input.profile.symbols.strings.Add("raw");
    REQUIRE(host->Append(Build({input}), world.now()).ok());
  }
  world.Advance(kHour);
  const auto jobs = host->PlanCompaction(Take(&host), CompactionPolicy());
  REQUIRE(jobs.ok());
  REQUIRE(jobs->size() == 1);
  CHECK(jobs->front().inputs.size() == 5);
}

TEST_CASE("a block that finds no other to share a job with is not written again") {
  World world;
  Actor host = world.Host(1);
  CompactionPolicy policy = World::Eager();
  policy.job_bytes = 1;  // a job for each segment
  for (int i = 0; i < 5; ++i) {
    REQUIRE(world.Append(&host, {i}).ok());
    const auto jobs = host->PlanCompaction(Take(&host), policy);
    REQUIRE(jobs->size() == 1);
    REQUIRE(host->Compact(jobs->front(), size_t{64} << 20).ok());
  }
  const SnapshotSummary before = Take(&host).summary();
  CHECK(before.blocks == 5);
  world.Advance(100 * kHour);
  CHECK(host->PlanCompaction(Take(&host), policy)->empty());
  // What is deleted is still taken out of such blocks, each by itself.
  REQUIRE(world.Delete(&host, 0).ok());
  REQUIRE(world.Delete(&host, 3).ok());
  const auto rewrites = host->PlanCompaction(Take(&host), policy);
  REQUIRE(rewrites->size() == 2);
  for (const CompactionJob& job : *rewrites) CHECK(job.inputs.size() == 1);
  // Together they are merged, and the deletion on the way.
  policy.job_bytes = before.block_bytes;
  const auto jobs = host->PlanCompaction(Take(&host), policy);
  REQUIRE(jobs->size() == 1);
  CHECK(jobs->front().inputs.size() == 5);
  REQUIRE(host->Compact(jobs->front(), size_t{64} << 20).ok());
  CHECK(Take(&host).summary().blocks == 1);
  world.CheckLaws();
}

}  // namespace
}  // namespace dolerite::testing
