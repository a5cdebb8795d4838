// The collector, the only one that deletes objects. What it may delete is decided by a manifest
// that it has read before; what it may forget, by a listing that came after the deletions
// (ARCHIVE.md, "Collect").
#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "archive/archive_state.h"
#include "archive/block_list.h"
#include "archive/pending.h"
#include "base/out_of_memory.h"
#include "base/status.h"

namespace dolerite {
namespace {

// A commit that raises the floor must free at least this many manifests. Fewer ones stay, so that
// an idle archive is not written to for ever.
constexpr size_t kManifestsWorthACommit = 16;
// Of an archive to which nothing was committed. Its time says nothing.
constexpr uint64_t kFirstManifest = 1;

class Collector {
 public:
  Collector(const ArchiveAccess& archive, const CollectOptions& options, const CallContext& call)
      : archive_(archive), options_(options), call_(call) {}

  // The order is that of ARCHIVE.md, and it is what makes collecting safe: the manifest is read
  // before anything is listed, names are forgotten after a second listing.
  absl::StatusOr<CollectResult> Run() {
    DOLERITE_ASSIGN_OR_RETURN(known_, ReadNewestManifest(archive_, call_));
    const int64_t now = archive_.host.now_nanos();
    // A grace longer than all of time means that nothing has passed it.
    grace_begin_ = now < INT64_MIN + options_.grace_nanos ? INT64_MIN : now - options_.grace_nanos;
    tombstones_begin_ =
        now < INT64_MIN + options_.tombstone_nanos ? INT64_MIN : now - options_.tombstone_nanos;
    DOLERITE_ASSIGN_OR_RETURN(Sizes manifests, List(kManifests));
    DOLERITE_ASSIGN_OR_RETURN(floor_, FindFloor(manifests));
    DOLERITE_RETURN_IF_ERROR(DeleteSegments());
    DOLERITE_RETURN_IF_ERROR(DeleteBlocks());
    DOLERITE_RETURN_IF_ERROR(DeletePages());
    DOLERITE_RETURN_IF_ERROR(DeleteManifests(manifests));
    DOLERITE_RETURN_IF_ERROR(DeleteProbes());
    if (!options_.rehearse) DOLERITE_RETURN_IF_ERROR(Forget());
    return result_;
  }

 private:
  absl::StatusOr<Sizes> List(std::string_view prefix) const {
    return ListSizes(archive_, prefix, call_);
  }

  // The newest manifest that is older than the grace. Times never fall along the chain.
  // By halving, since each step reads a manifest.
  absl::StatusOr<uint64_t> FindFloor(const Sizes& manifests) const {
    std::vector<uint64_t> numbers;  // ascending, of the chain
    for (const auto& [key, size] : manifests) {
      const auto number = ParseManifestKey(key);
      // Other objects under the prefix, and manifests that were committed after `known_`, say
      // nothing here.
      if (number && *number >= known_.floor && *number <= known_.number) numbers.push_back(*number);
    }
    std::sort(numbers.begin(), numbers.end());
    uint64_t floor = known_.floor;
    size_t low = 0, high = numbers.size();
    while (low < high) {
      const size_t middle = low + (high - low) / 2;
      DOLERITE_ASSIGN_OR_RETURN(const int64_t time, TimeOf(numbers[middle]));
      if (time <= grace_begin_) {
        floor = numbers[middle];
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    // Below a floor that is committed nobody may go back.
    return std::max(floor, known_.floor);
  }

  // One that was collected meanwhile is older than any grace.
  absl::StatusOr<int64_t> TimeOf(uint64_t number) const {
    if (number == known_.number) return known_.time_nanos;
    const auto manifest = ReadManifest(archive_, number, "", call_);
    if (absl::IsNotFound(manifest.status())) return INT64_MIN;
    if (!manifest.ok()) return manifest.status();
    return manifest->time_nanos;
  }

  // True if the object is gone now, or would be.
  // A deletion that fails is counted and left for the next run, unless the host wants to stop.
  absl::StatusOr<bool> Delete(const std::string& key, uint64_t bytes) {
    DOLERITE_RETURN_IF_ERROR(call_.Check());
    if (!options_.rehearse) {
      const absl::Status deleted = archive_.store->Delete(key, {.context = call_});
      if (!deleted.ok()) {
        DOLERITE_RETURN_IF_ERROR(call_.Check());
        if (++result_.failed == 1) result_.failure = Annotate(deleted, key);
        return false;
      }
    }
    result_.bytes += bytes;
    return true;
  }

  // Consumed ones that the grace has passed. Their names stay in the manifest until a later listing
  // shows that they are gone.
  absl::Status DeleteSegments() {
    // Only names that the manifest knows as consumed; any other segment may be a new one.
    DOLERITE_ASSIGN_OR_RETURN(const auto segments, List(kSegments));
    for (const ConsumedSegment& consumed : known_.consumed) {
      const auto there = segments.find(consumed.name.key());
      if (consumed.manifest > floor_ || there == segments.end()) continue;
      DOLERITE_ASSIGN_OR_RETURN(const bool gone, Delete(there->first, there->second));
      result_.segments += gone;
    }
    return absl::OkStatus();
  }

  absl::Status DeleteBlocks() {
    bool whole = true;
    const auto unread = [&](const PageEntry& page, const absl::Status& status) {
      whole = false;
      return PassOverDamage(page, status);
    };
    DOLERITE_ASSIGN_OR_RETURN(const auto blocks,
                              ReadBlocks(archive_, known_, AllPages, unread, call_));
    std::set<BlockName> live;
    for (const BlockEntry& block : blocks) live.insert(block.name);
    DOLERITE_ASSIGN_OR_RETURN(const auto listed, List(kBlocks));
    for (const auto& [key, bytes] : listed) {
      // With a page that can't be read nobody knows which blocks are orphans.
      const auto name = whole ? std::nullopt : BlockName::Parse(key);
      if (name && known_.FindDropped(*name) == nullptr) live.insert(*name);
    }
    return DeleteMade(listed, BlockName::Parse, live, known_.dropped, &result_.blocks);
  }

  absl::Status DeletePages() {
    std::set<BlockName> live;
    for (const PageEntry& page : known_.pages) live.insert(page.name);
    DOLERITE_ASSIGN_OR_RETURN(const auto listed, List(kPages));
    return DeleteMade(listed, ParsePageKey, live, known_.dropped_pages, &result_.pages);
  }

  // Dropped ones that the grace has passed, and orphans: blocks or pages that no manifest names and
  // whose base is below the committed floor, so that nobody can commit them any more.
  template <class Dropped>
  absl::Status DeleteMade(const Sizes& listed, std::optional<BlockName> (*parse)(std::string_view),
                          const std::set<BlockName>& live, const std::vector<Dropped>& given_up,
                          uint64_t* deleted) {
    std::map<BlockName, uint64_t> dropped;
    for (const Dropped& entry : given_up) dropped[entry.name] = entry.manifest;
    for (const auto& [key, bytes] : listed) {
      // Live, or not named like one of ours: left alone.
      const std::optional<BlockName> name = parse(key);
      if (!name || live.count(*name) > 0) continue;
      const auto at = dropped.find(*name);
      const bool orphan = at == dropped.end() && name->base < known_.floor;
      const bool passed = at != dropped.end() && at->second <= floor_;
      // It will be an orphan once the floor has risen.
      worth_a_commit_ |= at == dropped.end() && name->base >= known_.floor && name->base < floor_;
      if (!orphan && !passed) continue;
      DOLERITE_ASSIGN_OR_RETURN(const bool gone, Delete(key, bytes));
      *deleted += gone;
    }
    return absl::OkStatus();
  }

  // Only below the committed floor, and not below the one that was just found: a committer may hold
  // one of those.
  absl::Status DeleteManifests(const Sizes& manifests) {
    size_t below = 0;
    for (const auto& [key, bytes] : manifests) {
      const std::optional<uint64_t> number = ParseManifestKey(key);
      if (!number) continue;
      // How many the next run could delete, if this one raises the floor.
      below += *number >= known_.floor && *number < floor_;
      if (*number >= known_.floor) continue;
      DOLERITE_ASSIGN_OR_RETURN(const bool gone, Delete(key, bytes));
      result_.manifests += gone;
    }
    worth_a_commit_ |= below >= kManifestsWorthACommit;
    return absl::OkStatus();
  }

  // Who tests a store has seen no header, so that a test is older than all commits. Once the floor
  // has risen nothing is left of one.
  absl::Status DeleteProbes() {
    if (floor_ <= kFirstManifest || known_.floor > kFirstManifest) return absl::OkStatus();
    DOLERITE_ASSIGN_OR_RETURN(const auto listed, List(kProbes));
    for (const auto& [key, bytes] : listed) {
      DOLERITE_ASSIGN_OR_RETURN(const bool gone, Delete(key, bytes));
      result_.probes += gone;
    }
    return absl::OkStatus();
  }

  // What the second listing shows.
  struct Listed {
    Sizes segments, blocks, pages;
    std::vector<SegmentName> waiting;
  };

  // Commits a manifest that raises the floor and forgets the names of what is gone.
  absl::Status Forget() {
    Listed listed;
    DOLERITE_ASSIGN_OR_RETURN(listed.segments, List(kSegments));
    DOLERITE_ASSIGN_OR_RETURN(listed.blocks, List(kBlocks));
    DOLERITE_ASSIGN_OR_RETURN(listed.pages, List(kPages));
    // Segments have no tombstone applied: while one waits, those that may take of it stay.
    for (const auto& [key, size] : listed.segments) {
      if (const auto name = SegmentName::Parse(key)) listed.waiting.push_back(*name);
    }
    // Runs again on each newest manifest, so it works on `next` alone.
    const auto change = [&](Manifest* next) { return Change(listed, next); };
    // Tried on what is known first: an archive at rest gets no commits.
    Manifest after = known_;
    DOLERITE_RETURN_IF_ERROR(change(&after));
    const bool forgotten = after.consumed.size() < known_.consumed.size() ||
                           after.dropped.size() < known_.dropped.size() ||
                           after.dropped_pages.size() < known_.dropped_pages.size() ||
                           after.tombstones.size() < known_.tombstones.size();
    // A higher floor alone is worth a commit only if something waits for it.
    if (!forgotten && !(worth_a_commit_ && floor_ > known_.floor)) return absl::OkStatus();
    return CommitChange(archive_, change, call_).status();
  }

  absl::Status Change(const Listed& listed, Manifest* next) const {
    // A floor never falls, and never passes its own manifest.
    next->floor = std::max(next->floor, std::min(floor_, next->number));
    const auto forgets = [&](const auto& entry, const Sizes& there, const std::string& key) {
      // The listing says nothing of what was given up after `known_`.
      return entry.manifest <= known_.number && entry.manifest < next->floor &&
             there.count(key) == 0;
    };
    std::erase_if(next->consumed, [&](const ConsumedSegment& c) {
      return forgets(c, listed.segments, c.name.key());
    });
    // While a page has a block still, its name keeps it from being seen.
    std::erase_if(next->dropped, [&](const DroppedBlock& d) {
      return !d.paged && forgets(d, listed.blocks, d.name.key());
    });
    std::erase_if(next->dropped_pages,
                  [&](const DroppedPage& d) { return forgets(d, listed.pages, PageKey(d.name)); });
    DOLERITE_ASSIGN_OR_RETURN(const auto pending,
                              PendingDeletions::Make(*next, archive_.header.dataset_label));
    std::vector<Tombstone> kept;
    for (size_t i = 0; i < next->tombstones.size(); ++i) {
      DOLERITE_ASSIGN_OR_RETURN(const bool done, IsDone(i, pending, *next, listed.waiting));
      if (!done) kept.push_back(std::move(next->tombstones[i]));
    }
    next->tombstones = std::move(kept);
    return absl::OkStatus();
  }

  // It is pending for no live block, no listed segment of its times waits, nobody works with an
  // older manifest, and no request is so late that it could bring a profile back. The listing says
  // nothing of segments that came before a tombstone which is newer than `known_`.
  absl::StatusOr<bool> IsDone(size_t deletion, const PendingDeletions& pending,
                              const Manifest& manifest,
                              const std::vector<SegmentName>& listed) const {
    const Tombstone& tombstone = manifest.tombstones[deletion];
    const auto holds_back = [&](const SegmentName& segment) {
      return segment.max_time_nanos() >= tombstone.start_nanos &&
             segment.min_time_nanos() < tombstone.end_nanos &&
             manifest.FindConsumed(segment) == nullptr;
    };
    if (tombstone.manifest >= manifest.floor || tombstone.manifest > known_.number ||
        tombstone.committed_nanos > tombstones_begin_ ||
        std::any_of(listed.begin(), listed.end(), holds_back)) {
      return false;
    }
    // A page without such a block need not be read; one with it may have been written before the
    // block was dropped. Nobody knows what a damaged one lacks.
    bool done = true;
    const auto lacks = [&](const auto& entry) { return pending.IsPending(deletion, entry); };
    const auto unread = [&](const PageEntry& page, const absl::Status& status) {
      done = false;
      return PassOverDamage(page, status);
    };
    DOLERITE_ASSIGN_OR_RETURN(const auto blocks,
                              ReadBlocks(archive_, manifest, lacks, unread, call_));
    return done && std::none_of(blocks.begin(), blocks.end(), lacks);
  }

  const ArchiveAccess& archive_;
  const CollectOptions& options_;
  const CallContext& call_;
  Manifest known_;  // read before anything is listed or deleted
  uint64_t floor_ = 0;
  int64_t grace_begin_ = 0, tombstones_begin_ = 0;
  bool worth_a_commit_ = false;  // something waits for a higher floor
  CollectResult result_;
};

}  // namespace

absl::StatusOr<CollectResult> Archive::Collect(const CollectOptions& options,
                                               const CallContext& call) {
  if (options.grace_nanos < 0 || options.tombstone_nanos < 0) {
    return InvalidArgument("CollectOptions: grace_nanos or tombstone_nanos is negative");
  }
  return WithinMemory([&]() -> absl::StatusOr<CollectResult> {
    if (!options.rehearse) DOLERITE_RETURN_IF_ERROR(state_->access->CheckWritable());
    return Collector(*state_->access, options, call).Run();
  });
}

}  // namespace dolerite
