// Planning: what waits in a snapshot becomes jobs that any host may run. Nothing is read for it.
#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "archive/archive_state.h"
#include "archive/block_list.h"
#include "archive/snapshot_state.h"
#include "archive/windows.h"
#include "base/out_of_memory.h"
#include "base/status.h"

namespace dolerite {
namespace {

// Segments that compaction takes: all but those that it could not read before.
std::vector<const LiveSegment*> Waiting(const Snapshot::State& state) {
  std::vector<const LiveSegment*> waiting;
  for (const LiveSegment& segment : state.segments) {
    if (state.manifest->FindQuarantined(segment.name.key()) == nullptr) waiting.push_back(&segment);
  }
  return waiting;
}

// Blocks of one level in one window of the next.
std::map<std::pair<uint32_t, int64_t>, std::vector<const BlockEntry*>> ByWindow(
    const Manifest& manifest, const std::vector<BlockEntry>& blocks,
    const std::vector<int64_t>& windows) {
  std::map<std::pair<uint32_t, int64_t>, std::vector<const BlockEntry*>> found;
  for (const BlockEntry& block : blocks) {
    // Level 0 is not a block's, and the last level is never merged further.
    if (block.level == 0 || block.level >= windows.size()) continue;
    if (manifest.FindQuarantined(block.name.key()) != nullptr) continue;
    found[{block.level, WindowOf(block.min_time_nanos(), windows[block.level])}].push_back(&block);
  }
  return found;
}

// Puts inputs into jobs of a bounded size, in their order.
class JobMaker {
 public:
  JobMaker(CompactionJob empty, uint64_t job_bytes, std::vector<CompactionJob>* jobs)
      : empty_(std::move(empty)), job_bytes_(job_bytes), jobs_(jobs) {}

  void Add(std::string key, uint64_t bytes) {
    if (!begun_ || bytes > job_bytes_ - std::min(job_bytes_, bytes_)) {
      jobs_->push_back(empty_);
      begun_ = true, bytes_ = 0;
    }
    jobs_->back().inputs.push_back(std::move(key));
    bytes_ += bytes;
  }

 private:
  const CompactionJob empty_;
  const uint64_t job_bytes_;
  std::vector<CompactionJob>* const jobs_;
  bool begun_ = false;
  uint64_t bytes_ = 0;  // of the last job
};

// Whether a tombstone above `cleaned` may take something of these times.
bool HasPending(const Manifest& manifest, uint64_t cleaned, int64_t min_time_nanos,
                int64_t max_time_nanos) {
  return std::any_of(
      manifest.tombstones.begin(), manifest.tombstones.end(), [&](const Tombstone& tombstone) {
        return tombstone.number > cleaned && tombstone.start_nanos <= max_time_nanos &&
               tombstone.end_nanos > min_time_nanos;
      });
}
bool HasPending(const Manifest& manifest, const BlockEntry& block) {
  return HasPending(manifest, block.cleaned, block.min_time_nanos(), block.max_time_nanos());
}
bool HasPending(const Manifest& manifest, const PageEntry& page) {
  return HasPending(manifest, page.min_cleaned, page.min_time_nanos, page.max_time_nanos);
}

}  // namespace

absl::StatusOr<std::vector<CompactionJob>> Archive::PlanCompaction(const Snapshot& snapshot,
                                                                   const CompactionPolicy& policy,
                                                                   const CallContext& call) const {
  const std::vector<int64_t>& windows = policy.window_nanos;
  if (windows.empty() || !std::is_sorted(windows.begin(), windows.end()) || windows.front() <= 0) {
    return InvalidArgument("CompactionPolicy::window_nanos must be positive and ascend");
  }
  return WithinMemory([&]() -> absl::StatusOr<std::vector<CompactionJob>> {
    const Snapshot::State& state = SnapshotAccess::Of(snapshot);
    // The time of the snapshot, so that the same snapshot gives the same plan.
    const int64_t now = state.summary.taken_nanos;
    std::vector<CompactionJob> jobs;
    const std::vector<const LiveSegment*> waiting = Waiting(state);
    const bool old =
        !waiting.empty() && waiting.front()->name.created_nanos <= now - policy.segment_age_nanos;
    if (old || waiting.size() >= policy.segments) {
      JobMaker maker({state.manifest->number, {}, 1, windows.front()}, policy.job_bytes, &jobs);
      for (const LiveSegment* segment : waiting) maker.Add(segment->name.key(), segment->bytes);
    }
    // Pages of blocks that are merged no further, and that lack no deletion, are not read.
    const auto may_have_work = [&](const PageEntry& page) {
      return page.min_level < windows.size() || HasPending(*state.manifest, page);
    };
    DOLERITE_ASSIGN_OR_RETURN(const std::vector<BlockEntry> all,
                              ReadBlocks(*state.archive, *state.manifest, may_have_work, call));
    // Windows that are merged apply tombstones on the way.
    std::set<BlockName> taken;
    for (const auto& [place, blocks] : ByWindow(*state.manifest, all, windows)) {
      const auto& [level, window] = place;
      // A window that may still get blocks is left alone.
      const bool over = (static_cast<__int128>(window) + 1) * windows[level] <= now;
      if (blocks.size() < 2 || !over) continue;
      JobMaker maker({state.manifest->number, {}, level + 1, windows[level]}, policy.job_bytes,
                     &jobs);
      for (const BlockEntry* block : blocks) {
        maker.Add(block->name.key(), block->bytes);
        taken.insert(block->name);
      }
    }
    for (const BlockEntry& block : all) {
      if (taken.count(block.name) > 0 || !HasPending(*state.manifest, block)) continue;
      if (state.manifest->FindQuarantined(block.name.key()) != nullptr) continue;
      const size_t level = std::clamp<size_t>(block.level, 1, windows.size());
      jobs.push_back({state.manifest->number, {block.name.key()}, block.level, windows[level - 1]});
    }
    return jobs;
  });
}

}  // namespace dolerite
