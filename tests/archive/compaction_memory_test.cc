// What compaction holds, counted by operator new: never more than its budget, however many inputs
// there are. The four sets of inputs are those of bench/compact_bench.cc, and so are the budgets,
// scaled down: small enough that they bind.
#include "archive/world.h"
#include "store/store_support.h"
#include "support/allocation_hooks.h"

namespace dolerite::testing {
namespace {

constexpr size_t kMiB = size_t{1} << 20;

// Blocks of profiles, which are dealt out to services. The profiles of a process come again and
// again, so the tables of all inputs are nearly the same.
std::vector<std::string> Blocks(int blocks, int profiles, int services, size_t samples) {
  constexpr int kDifferent = 7;
  std::vector<Profile> kept;
  for (uint64_t seed = 0; seed < kDifferent; ++seed) {
    kept.push_back(
        GenerateProfile(seed, {.samples = samples, .names = 2'000, .everything = false}));
  }
  std::vector<std::string> out;
  for (int b = 0; b < blocks; ++b) {
    std::vector<Input> inputs;
    for (int p = 0; p < profiles; ++p) {
      const int number = b * profiles + p;
      inputs.push_back(
          {{{"service_name", "s" + std::to_string(p % services)}}, kept[number % kDifferent]});
      inputs.back().profile.time_nanos = kBegin + number * kSecond;
    }
    out.push_back(Build(inputs));
  }
  return out;
}

// Profiles with a payload of 1 MiB each, which does not compress.
std::vector<std::string> WithPayloads(int profiles) {
  std::vector<std::string> out;
  Random random(1);
  for (int number = 0; number < profiles; ++number) {
    Input input{{{"service_name", "s"}}, GenerateProfile(1, {.everything = false})};
    input.profile.time_nanos = kBegin + number * kSecond;
    input.profile.payload.resize(kMiB);
    for (char& byte : input.profile.payload) byte = static_cast<char>(random());
    input.profile.payload_format = input.profile.symbols.strings.Add("raw");
    out.push_back(Build({input}));
  }
  return out;
}

// The most that a job over these blocks held at once.
size_t PeakOf(const std::vector<std::string>& blocks, size_t budget) {
  ScratchDirectory scratch;
  const auto store = OpenLocalStore(scratch.path(), {.sync = false});
  REQUIRE(store.ok());
  const ArchiveHost host = World::HostOf(1, std::make_shared<int64_t>(kBegin));
  REQUIRE(Archive::Create(store->get(), host).ok());
  auto archive = Archive::Open(store->get(), host);
  REQUIRE(archive.ok());
  CompactionJob job{0, {}, 1, 24 * kHour};
  for (const std::string& block : blocks) job.inputs.push_back(*archive->Append(block, kBegin));
  const size_t before = AllocatedBytes();
  ResetPeak();
  const auto result = archive->Compact(job, budget);
  const size_t peak = PeakBytes() - before;
  INFO(result.status());
  REQUIRE(result.ok());
  CHECK(result->unmerged.empty());
  return peak;
}

// Half as many inputs, and all of them.
template <class MakeBlocks>
void CheckMemory(size_t budget, const MakeBlocks& make) {
  if (!OwnsAllocations()) {
    WARN("SKIPPED: sanitizers bring their own operator new");
    return;
  }
  std::vector<std::string> blocks = make();
  const size_t all = PeakOf(blocks, budget);
  blocks.resize(blocks.size() / 2);
  const size_t half = PeakOf(blocks, budget);
  INFO(half << " bytes for half of the inputs, " << all << " for all, of a budget of " << budget);
  CHECK(half <= budget);
  CHECK(all <= budget);
  // Whoever holds all inputs, or all of their tables, takes twice as much.
  CHECK(all <= half + half / 2);
}

TEST_CASE("memory of compaction: many small segments of one service") {
  CheckMemory(8 * kMiB, [] { return Blocks(28, 1, 1, 1'000); });
}

TEST_CASE("memory of compaction: small segments of many services") {
  CheckMemory(kMiB, [] { return Blocks(24, 20, 20, 20); });
}

TEST_CASE("memory of compaction: blocks of many profiles of few services") {
  CheckMemory(kMiB, [] { return Blocks(8, 90, 3, 60); });
}

TEST_CASE("memory of compaction: payloads that do not fit together") {
  CheckMemory(16 * kMiB, [] { return WithPayloads(32); });
}

TEST_CASE("compaction takes as many inputs as its budget has room for, and the rest later") {
  World world;
  Actor host = world.Host(1);
  constexpr int kSegments = 200;
  constexpr size_t kBudget = kMiB / 2;
  for (int i = 0; i < kSegments; ++i) REQUIRE(world.Append(&host, {i}).ok());
  CompactionPolicy policy = World::Eager();
  uint64_t left = kSegments;
  for (int job = 0; left > 0; ++job) {
    REQUIRE(job < kSegments / 2);
    const auto snapshot = host->TakeSnapshot();
    REQUIRE(snapshot.ok());
    CHECK(snapshot->summary().segments == left);
    const auto jobs = host->PlanCompaction(*snapshot, policy);
    REQUIRE(jobs.ok());
    REQUIRE(jobs->front().inputs.size() == left);
    const size_t before = AllocatedBytes();
    ResetPeak();
    const auto result = host->Compact(jobs->front(), kBudget);
    // The store is in memory, too.
    if (OwnsAllocations()) CHECK(PeakBytes() - before <= kBudget + kMiB / 4);
    INFO(result.status());
    REQUIRE(result.ok());
    CHECK(result->inputs_left < left);
    CHECK(result->profiles == left - result->inputs_left);
    left = result->inputs_left;
  }
  world.CheckLaws();
}

}  // namespace
}  // namespace dolerite::testing
