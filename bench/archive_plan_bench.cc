// What does an archive's own bookkeeping cost when it is large: taking a snapshot of 10,000
// segments and 10,000 blocks, planning its compaction, choosing the blocks of one service, and
// finding profiles that are there twice among 100,000?
#include <algorithm>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "archive/commits.h"
#include "archive/snapshot_state.h"
#include "archive/source_filter.h"
#include "dolerite/archive.h"
#include "dolerite/block_builder.h"
#include "dolerite/stores.h"
#include "support/table.h"
#include "support/timing.h"

namespace {

using namespace dolerite;
using namespace dolerite::bench;

constexpr int64_t kSecond = 1'000'000'000;
constexpr int64_t kHour = 3600 * kSecond;
constexpr int64_t kBegin = 1'700'000'000 * kSecond;

ArchiveHost Host() {
  ArchiveHost host;
  host.random = [state = uint64_t{1}]() mutable { return state = state * 6364136223846793005 + 1; };
  host.now_nanos = [] { return kBegin + 100 * 24 * kHour; };
  return host;
}

BlockEntry Block(uint64_t base, int service, int hour) {
  BlockEntry block;
  block.name.base = base;
  std::memcpy(block.name.job.data(), &service, sizeof(service));
  std::memcpy(block.name.job.data() + 4, &hour, sizeof(hour));
  block.level = 1, block.bytes = 1 << 20;
  const int64_t time = kBegin + hour * kHour;
  block.datasets = {{"service-" + std::to_string(service), 1000, time, time + kHour - 1}};
  return block;
}

// Segments that wait, and hours of 200 services: names and the list of blocks, without contents.
std::unique_ptr<ObjectStore> MakeLarge() {
  auto store = MakeMemoryStore();
  Must(Archive::Create(store.get(), Host()));
  ArchiveAccess access;
  access.store = store.get();
  access.host = Host();
  const auto header = Must(store->Read(kArchiveKey, ByteRange::All()));
  access.header = Must(DecodeArchiveHeader(header.slice.bytes));
  for (int hour = 0; hour < 50; ++hour) {
    const auto add = [&](Manifest* next) {
      std::vector<BlockEntry> blocks;
      for (int service = 0; service < 200; ++service) {
        blocks.push_back(Block(next->number - 1, service, hour));
      }
      std::sort(blocks.begin(), blocks.end(),
                [](const BlockEntry& a, const BlockEntry& b) { return a.name < b.name; });
      next->blocks.insert(next->blocks.end(), blocks.begin(), blocks.end());
      return absl::OkStatus();
    };
    Must(CommitChange(access, add, {}).status());
  }
  for (uint32_t i = 0; i < 10'000; ++i) {
    SegmentName name{kBegin + i * kSecond, MinuteOf(kBegin), MinuteOf(kBegin), {}};
    std::memcpy(name.hash.data(), &i, sizeof(i));
    Must(store->Put(name.key(), "x").status());
  }
  return store;
}

void Bookkeeping() {
  const auto store = MakeLarge();
  const Archive archive = Must(Archive::Open(store.get(), Host()));
  const Snapshot snapshot = Must(archive.TakeSnapshot());
  Require(snapshot.summary().blocks == 10'000 && snapshot.summary().segments == 10'000,
          "the archive is not as large as it should be");
  const CompactionPolicy policy;
  Require(!Must(archive.PlanCompaction(snapshot, policy)).empty(), "there is no job");
  const double planned = MedianSeconds([&] {
    const auto jobs = Must(archive.PlanCompaction(snapshot, policy));
    Require(!jobs.empty(), "there is no job");
  });
  Print({"plan compaction", Time(planned), "100 ms", Times(0.1 / planned), "1.0x"});
  Selection selection;
  selection.matchers = {{"service_name", LabelMatcher::Op::kEqual, "service-17"}};
  const double chosen = MedianSeconds([&] {
    SourceFilter filter("service_name");
    Must(filter.Add(selection));
    const auto sources = Must(ChooseSources(SnapshotAccess::Of(snapshot), filter, {}));
    Require(sources.sources.size() == 50 + 10'000, "other blocks");
  });
  Print({"choose the blocks of a service", Time(chosen)});
  const double taken = MedianSeconds([&] { Must(archive.TakeSnapshot().status()); });
  Print({"take a snapshot again", Time(taken)});
}

// A block of profiles of one series, one a second.
std::string Profiles(int first, int count) {
  BlockBuilder builder = Must(BlockBuilder::Make({}));
  const LabelSet series = Must(LabelSet::Make({{"service_name", "shop"}}));
  for (int i = first; i < first + count; ++i) {
    Profile p;
    p.sample_types.push_back({p.symbols.strings.Add("cpu"), p.symbols.strings.Add("count")});
    p.stacks.items.push_back(p.symbols.AddLocation({}, 4096));
    p.stacks.Close();
    p.samples.stack.push_back({1});
    p.samples.attributes.push_back({});
    p.samples.values.push_back(i + 1);
    p.time_nanos = kBegin + i * kSecond;
    Must(builder.Add(series, p));
  }
  return Must(std::move(builder).Finish());
}

void FindDuplicates() {
  const auto store = MakeMemoryStore();
  Must(Archive::Create(store.get(), Host()));
  Archive archive = Must(Archive::Open(store.get(), Host()));
  Must(archive.Append(Profiles(0, 50'000), 1).status());
  const Snapshot one = Must(archive.TakeSnapshot());
  Must(archive.Append(Profiles(25'000, 50'000), 2).status());
  const Snapshot two = Must(archive.TakeSnapshot());
  const Selection all;
  uint64_t omitted = 0;
  const auto open = [&](const Snapshot& snapshot) {
    const SnapshotBlocks blocks = Must(snapshot.Open({&all}));
    omitted = 0;
    for (const BlockView& view : blocks.views.blocks) {
      for (const Omission& omission : view.omissions) omitted += omission.profiles.size();
    }
  };
  const double alone = MedianSeconds([&] { open(one); });
  Require(omitted == 0, "one block has no duplicates");
  const double both = MedianSeconds([&] { open(two); });
  Require(omitted == 25'000, "the blocks share 25,000 profiles");
  Print({"open 2 blocks, 100,000 profiles, 25,000 twice", Time(both), "100 ms", Times(0.1 / both),
         "1.0x"});
  Print({"open one of them", Time(alone)});
}

}  // namespace

int main() {
  Title("Bookkeeping of an archive of 10,000 blocks and 10,000 segments, in memory");
  Bookkeeping();
  FindDuplicates();
}
