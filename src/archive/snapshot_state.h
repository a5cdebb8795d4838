// What a snapshot holds.
#ifndef DOLERITE_ARCHIVE_SNAPSHOT_STATE_H_
#define DOLERITE_ARCHIVE_SNAPSHOT_STATE_H_

#include <atomic>
#include <memory>
#include <vector>

#include "archive/commits.h"
#include "archive/manifest.h"
#include "archive/source_filter.h"
#include "archive/sources.h"
#include "dolerite/snapshot.h"

namespace dolerite {

struct Snapshot::State {
  std::shared_ptr<const ArchiveAccess> archive;
  std::shared_ptr<const Manifest> manifest;
  std::vector<LiveSegment> segments;  // by name
  SnapshotSummary summary;
  // Whether a question has counted what it took to take the snapshot.
  mutable std::atomic<bool> counted{false};
};

// The library's way into a snapshot.
struct SnapshotAccess {
  static const Snapshot::State& Of(const Snapshot& snapshot) { return *snapshot.state_; }
  static Snapshot Make(std::shared_ptr<const Snapshot::State> state) {
    return Snapshot(std::move(state));
  }
};

// Blocks and segments that may hold what one of some selections selects.
struct ChosenSources {
  std::vector<Source> sources;
  uint64_t pruned = 0;  // how many others there are
  QueryCost cost;       // of pages that were read
};
absl::StatusOr<ChosenSources> ChooseSources(const Snapshot::State& state,
                                            const SourceFilter& filter, const CallContext& call);

// The status of a call that reads what a snapshot names. Of an object that is gone: DataLoss if a
// new snapshot would name it still, for then nobody has collected it. Else Aborted: this snapshot
// can't be had any more, but a new one can.
absl::Status ExplainGone(const Snapshot::State& state, const absl::Status& status,
                         const CallContext& call);

absl::StatusOr<Snapshot> TakeSnapshotOf(std::shared_ptr<const ArchiveAccess> archive,
                                        const CallContext& call);

}  // namespace dolerite

#endif  // DOLERITE_ARCHIVE_SNAPSHOT_STATE_H_
