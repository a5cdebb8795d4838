// What an archive holds at one moment.
#ifndef DOLERITE_SNAPSHOT_H_
#define DOLERITE_SNAPSHOT_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "dolerite/block_view.h"
#include "dolerite/call_context.h"
#include "dolerite/export.h"
#include "dolerite/plan.h"
#include "dolerite/query.h"

namespace dolerite {

struct SnapshotSummary {
  SnapshotId id{};
  uint64_t manifest = 0;    // number of the manifest
  int64_t taken_nanos = 0;  // by the host's clock
  uint64_t segments = 0;    // that wait for compaction
  uint64_t segment_bytes = 0;
  int64_t oldest_segment_nanos = 0;  // when it was made, as its writer said; 0 if none waits
  uint64_t blocks = 0, block_bytes = 0;
  uint64_t pages = 0, page_bytes = 0;     // of the list of blocks
  uint64_t tombstones = 0;                // deletions that some block does not have yet
  uint64_t quarantined = 0;               // segments and blocks that compaction could not read
  uint64_t requests = 0, bytes_read = 0;  // that taking it took: lists, and a read of the manifest
};

// A block or segment of a snapshot.
struct SnapshotObject {
  std::string key;  // in the archive's store
  uint64_t bytes = 0;
  uint32_t level = 0;  // 0: a segment
};

// Blocks of a snapshot that were opened for some questions, and what their profiles leave out.
// Views point to the readers.
struct SnapshotBlocks {
  std::vector<std::shared_ptr<const BlockReader>> readers;
  std::vector<SnapshotObject> objects;  // of the readers
  BlockViews views;                     // of the readers
  QueryCost cost;       // of opening them, and of finding profiles that are there twice
  uint64_t pruned = 0;  // blocks and segments that were not opened
};

// A value: copies share what they hold, and are safe from many threads. Do not keep it for longer
// than CollectOptions::grace_nanos: collectors may then remove its objects, and calls are Aborted,
// never a part of the answer. Take a new snapshot in that case. DataLoss: the store has lost an
// object that no collector has removed.
class DOLERITE_EXPORT Snapshot {
 public:
  const SnapshotSummary& summary() const;

  // What the archive holds now: as Archive::TakeSnapshot. Neither reads again what the open archive
  // has in memory.
  absl::StatusOr<Snapshot> Refresh(const CallContext& call = {}) const;

  // Opens all blocks and segments that may hold what one of the selections selects: side by side
  // where the host has an executor. Profiles that several of them hold are left out of all but the
  // most compacted one, where they may be selected: ask the blocks about nothing else. With
  // `skip_damaged` those that can't be opened, or that the store has lost, are in views.left_out;
  // without, the first of them ends the call.
  absl::StatusOr<SnapshotBlocks> Open(const std::vector<const Selection*>& selections,
                                      const CallContext& call = {},
                                      bool skip_damaged = false) const;

  // Adds what the snapshot holds to a query. QueryOptions::skip_damaged holds for whole blocks too.
  template <class Question>
  absl::Status AddTo(Query<Question>* query, const CallContext& call = {}) const;

  // Splits of a question. They name blocks by keys of the archive's store.
  template <class Question>
  absl::StatusOr<QueryPlan> Plan(const Question& question, const PlanOptions& options = {},
                                 const CallContext& call = {}) const;

  struct State;  // what the library itself keeps of a snapshot

 private:
  friend struct SnapshotAccess;
  explicit Snapshot(std::shared_ptr<const State> state) : state_(std::move(state)) {}
  absl::Status Explain(const absl::Status& status, const CallContext& call) const;
  std::shared_ptr<const State> state_;
};

}  // namespace dolerite

#endif  // DOLERITE_SNAPSHOT_H_
