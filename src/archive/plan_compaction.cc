// Planning: what waits in a snapshot becomes jobs that any host may run. Nothing is read for it but
// pages of the list of blocks; blocks of pages that can't be read are left alone.
#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <utility>

#include "archive/archive_state.h"
#include "archive/block_list.h"
#include "archive/pending.h"
#include "archive/snapshot_state.h"
#include "archive/windows.h"
#include "base/out_of_memory.h"
#include "base/status.h"

namespace dolerite {
namespace {

// Each window above those of the policy is so many times as long as the one before. In a window
// that lies in the future so many blocks are enough for a job.
constexpr int64_t kLonger = 32;
constexpr size_t kEnough = 32;

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

// The time of an age; the beginning of time for none.
int64_t Before(int64_t now_nanos, const std::optional<int64_t>& age_nanos) {
  if (!age_nanos || now_nanos < INT64_MIN + *age_nanos) return INT64_MIN;
  return now_nanos - *age_nanos;
}

using Windows = std::map<int64_t, std::vector<const BlockEntry*>>;

// Three kinds of work, by urgency: segments that wait, blocks of one window, blocks that are
// written anew for what was deleted or cut. What a merge takes is cleaned on the way.
class Planner {
 public:
  Planner(const Snapshot::State& state, const CompactionPolicy& policy, const CallContext& call)
      : state_(state),
        manifest_(*state.manifest),
        policy_(policy),
        call_(call),
        now_(state.summary.taken_nanos),  // so that the same snapshot gives the same plan
        bodies_before_(Before(now_, policy.drop_bodies_nanos)),
        windows_(policy.window_nanos) {
    while (policy.small_bytes > 0 && windows_.back() <= INT64_MAX / kLonger) {
      windows_.push_back(windows_.back() * kLonger);
    }
    for (const QuarantinedInput& input : manifest_.quarantined) quarantined_.insert(input.key);
  }

  absl::StatusOr<std::vector<CompactionJob>> Run() {
    DOLERITE_ASSIGN_OR_RETURN(
        pending_, PendingDeletions::Make(manifest_, state_.archive->header.dataset_label));
    PlanSegments();
    const auto wanted = [this](const PageEntry& page) { return MayHaveWork(page); };
    DOLERITE_ASSIGN_OR_RETURN(
        blocks_, ReadBlocks(*state_.archive, manifest_, wanted, PassOverDamage, call_));
    std::erase_if(blocks_, [this](const BlockEntry& block) {
      return !quarantined_.empty() && quarantined_.count(block.name.key()) > 0;
    });
    PlanWindows();
    PlanRewrites();
    return std::move(jobs_);
  }

 private:
  void PlanSegments() {
    // All but those that could not be read before.
    std::vector<const LiveSegment*> waiting;
    for (const LiveSegment& segment : state_.segments) {
      const bool left = !quarantined_.empty() && quarantined_.count(segment.name.key()) > 0;
      if (!left) waiting.push_back(&segment);
    }
    const bool old =
        !waiting.empty() && waiting.front()->name.created_nanos <= now_ - policy_.segment_age_nanos;
    if (waiting.empty() || (!old && waiting.size() < policy_.segments)) return;
    JobMaker maker = Jobs(1, windows_.front());
    for (const LiveSegment* segment : waiting) maker.Add(segment->name.key(), segment->bytes);
  }

  JobMaker Jobs(uint32_t level, int64_t window) {
    return JobMaker({manifest_.number, {}, level, window}, policy_.job_bytes, &jobs_);
  }

  // Pages of blocks that were merged, and of which no two fit into a job, are not read unless they
  // lack a deletion or cut.
  bool MayHaveWork(const PageEntry& page) const {
    const uint64_t paged = std::max<uint64_t>(manifest_.paged_blocks, 1);
    const bool large = manifest_.paged_bytes / paged > policy_.job_bytes / 2;
    const size_t levels = large ? 2 : windows_.size();
    return page.min_level < levels || !manifest_.cuts.empty() ||
           page.min_time_nanos < bodies_before_ || pending_.HasSome(page);
  }

  // The longest windows that blocks fit into come first, so that few profiles that lie far apart,
  // or a day that is over, are not written again and again.
  void PlanWindows() {
    for (size_t level = windows_.size(); level-- > 1;) {
      MergeIn(level, 1, static_cast<uint32_t>(level));
    }
    // What came late has made many blocks of a window that had been merged before.
    for (uint32_t level = 1; level < windows_.size(); ++level) MergeLate(level);
  }

  // Blocks of these levels in one window, which `place` numbers.
  Windows GroupBy(size_t place, uint32_t from_level, uint32_t to_level) const {
    Windows groups;
    for (const BlockEntry& block : blocks_) {
      if (block.level < from_level || block.level > to_level) continue;
      if (taken_.count(block.name) > 0 || HasSumsAlone(block)) continue;
      groups[WindowOf(block.min_time_nanos(), windows_[place])].push_back(&block);
    }
    return groups;
  }

  void MergeIn(size_t place, uint32_t from_level, uint32_t to_level) {
    const bool longer = place >= policy_.window_nanos.size();
    for (const auto& [window, blocks] : GroupBy(place, from_level, to_level)) {
      // A window that may still get blocks is left alone: the last profiles of it wait as segments
      // until these are old enough.
      const __int128 end = (static_cast<__int128>(window) + 1) * windows_[place];
      const bool over = end + 2 * static_cast<__int128>(policy_.segment_age_nanos) <= now_;
      const bool future = static_cast<__int128>(window) * windows_[place] > now_;
      const size_t enough = over ? 2 : future ? kEnough : SIZE_MAX;
      if (blocks.size() < enough || (longer && !AreSmall(blocks))) continue;
      AddMerge(static_cast<uint32_t>(place + 1), windows_[place], blocks);
    }
  }

  // Their level rises all the same: datasets that can't be merged are copied, and must not be
  // copied for ever.
  void MergeLate(uint32_t level) {
    for (const auto& [window, blocks] : GroupBy(level - 1, level, level)) {
      if (blocks.size() < kEnough || !AreSmall(blocks)) continue;
      AddMerge(level + 1, windows_[level - 1], blocks);
    }
  }

  bool AreSmall(const std::vector<const BlockEntry*>& blocks) const {
    uint64_t bytes = 0;
    for (const BlockEntry* block : blocks) bytes += block->bytes;
    return bytes <= std::min(policy_.small_bytes, policy_.job_bytes);  // in one job
  }

  // A block that would be alone in its job stays as it is: writing it again would gain nothing.
  void AddMerge(uint32_t level, int64_t window, const std::vector<const BlockEntry*>& blocks) {
    std::vector<CompactionJob> merges;
    JobMaker maker({manifest_.number, {}, level, window}, policy_.job_bytes, &merges);
    std::vector<size_t> job_of_block;
    for (const BlockEntry* block : blocks) {
      maker.Add(block->name.key(), block->bytes);
      job_of_block.push_back(merges.size() - 1);
    }
    for (size_t i = 0; i < blocks.size(); ++i) {
      if (merges[job_of_block[i]].inputs.size() > 1) taken_.insert(blocks[i]->name);
    }
    for (CompactionJob& job : merges) {
      if (job.inputs.size() > 1) jobs_.push_back(std::move(job));
    }
  }

  void PlanRewrites() {
    for (const BlockEntry& block : blocks_) {
      if (taken_.count(block.name) > 0) continue;
      const size_t level = std::clamp<size_t>(block.level, 1, windows_.size());
      const int64_t window = windows_[level - 1];
      const bool pending = pending_.HasSome(block);
      const bool cut = HoldsCut(block, std::min(window, policy_.window_nanos.back()));
      const int64_t bodies_before = LosesBodies(block) ? bodies_before_ : INT64_MIN;
      if (!pending && !cut && bodies_before == INT64_MIN) continue;
      jobs_.push_back({manifest_.number, {block.name.key()}, block.level, window, bodies_before});
    }
  }

  // Sums of row groups can't be merged.
  static bool HasSumsAlone(const BlockEntry& block) {
    return std::any_of(block.datasets.begin(), block.datasets.end(),
                       [](const DatasetEntry& d) { return d.sums_alone; });
  }

  // Once for each block, when the last of its datasets is old enough.
  bool LosesBodies(const BlockEntry& block) const {
    return block.max_time_nanos() < bodies_before_ &&
           std::any_of(block.datasets.begin(), block.datasets.end(),
                       [](const DatasetEntry& d) { return !d.sums_alone; });
  }

  // Whether profiles that are cut lie more than a window of the policy before the cut. A block of
  // one such window is soon dropped as a whole; one of several, or with a profile of the future,
  // would keep them.
  bool HoldsCut(const BlockEntry& block, int64_t window) const {
    return std::any_of(block.datasets.begin(), block.datasets.end(), [&](const DatasetEntry& d) {
      const int64_t cut = manifest_.CutOf(d.name);
      return cut >= INT64_MIN + window && d.min_time_nanos < cut - window;
    });
  }

  const Snapshot::State& state_;
  const Manifest& manifest_;
  const CompactionPolicy& policy_;
  const CallContext& call_;
  const int64_t now_;
  const int64_t bodies_before_;   // of older profiles
  std::vector<int64_t> windows_;  // of levels 1, 2 ..
  std::set<std::string_view> quarantined_;
  PendingDeletions pending_;
  std::vector<BlockEntry> blocks_;
  std::set<BlockName> taken_;  // by a merge
  std::vector<CompactionJob> jobs_;
};

}  // namespace

absl::StatusOr<std::vector<CompactionJob>> Archive::PlanCompaction(const Snapshot& snapshot,
                                                                   const CompactionPolicy& policy,
                                                                   const CallContext& call) const {
  const std::vector<int64_t>& windows = policy.window_nanos;
  if (windows.empty() || !std::is_sorted(windows.begin(), windows.end()) || windows.front() <= 0) {
    return InvalidArgument("CompactionPolicy::window_nanos must be positive and ascend");
  }
  if (policy.drop_bodies_nanos.value_or(0) < 0) {
    return InvalidArgument("CompactionPolicy::drop_bodies_nanos is negative");
  }
  return WithinMemory([&]() -> absl::StatusOr<std::vector<CompactionJob>> {
    return Planner(SnapshotAccess::Of(snapshot), policy, call).Run();
  });
}

}  // namespace dolerite
