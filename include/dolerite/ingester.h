// Batches profiles of many services into segments of an archive.
#ifndef DOLERITE_INGESTER_H_
#define DOLERITE_INGESTER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "dolerite/archive.h"
#include "dolerite/block_builder.h"
#include "dolerite/call_context.h"
#include "dolerite/damage.h"
#include "dolerite/executor.h"
#include "dolerite/export.h"
#include "dolerite/labels.h"
#include "dolerite/profile.h"

namespace dolerite {

// A segment is closed at the first of these. Larger segments make an archive cheaper to keep and to
// ask; smaller ones make profiles durable sooner.
struct IngesterOptions {
  int64_t segment_age_nanos = int64_t{10} * 1'000'000'000;  // since its first profile
  size_t segment_bytes = size_t{4} << 20;                   // encoded, by estimate
  size_t segment_datasets = 256;
  // What may be held: the segment in the making, and those that are not stored yet.
  size_t memory_bytes = size_t{256} << 20;
  // Leaves out profiles that the archive has already, or that were deleted from it, as
  // Archive::AppendMissing does: for imports that may run twice. Segments are encoded side by side
  // but stored one after the other, so that each knows those before it.
  bool skip_known = false;
  BlockOptions blocks;  // dataset_label is the archive's
  // Encodes the sections of a segment side by side; null: on the thread that stores it.
  Executor* executor = nullptr;
};

// Names one profile that was added. Tickets count from 1.
using IngestTicket = uint64_t;

struct IngestResult {
  IngestTicket first = 0, last = 0;  // of one segment, both inclusive
  uint64_t known = 0;                // of these, left out by skip_known
  std::vector<Damage> damaged;       // with skip_known, as AppendResult::damaged
  absl::Status status;               // OK: all are durable. Else they are not stored, and forgotten
};

struct IngesterSummary {
  size_t memory_bytes = 0;
  uint64_t waiting_profiles = 0;  // in the segment in the making
  uint64_t unstored_segments = 0;
  uint64_t stored_segments = 0, stored_bytes = 0;
};

// Safe from many threads. Has no threads and no clock of its own: a host calls Tick about every
// second, and whenever Add is refused.
class DOLERITE_EXPORT Ingester {
 public:
  // InvalidArgument, naming the field, for an option that makes no sense. `archive` must outlive
  // it.
  static absl::StatusOr<std::unique_ptr<Ingester>> Make(Archive* archive,
                                                        const IngesterOptions& options = {});
  virtual ~Ingester();

  // Takes a profile, which is not durable yet. ResourceExhausted if memory_bytes is reached: Tick,
  // and add it again. InvalidArgument as of BlockBuilder::Add. Refused profiles have no ticket.
  virtual absl::StatusOr<IngestTicket> Add(const LabelSet& series, const Profile& profile,
                                           int64_t now_nanos) = 0;

  // Closes the segment in the making if it is due, and stores closed segments, those that failed
  // before first. A segment that can't be stored is kept and tried again by the next call, with the
  // same bytes and the same name; the first such error is returned. Several threads may store at
  // once.
  virtual absl::Status Tick(int64_t now_nanos, const CallContext& call = {}) = 0;
  // The same, but closes the segment in the making in any case: at the end of a host.
  virtual absl::Status Flush(int64_t now_nanos, const CallContext& call = {}) = 0;

  // What has become certain since the last call, in order of the segments' ends. Each ticket comes
  // once: as durable, or as failed for good (the store refused the segment in a way that does not
  // pass).
  virtual std::vector<IngestResult> TakeResults() = 0;

  virtual IngesterSummary summary() const = 0;

 protected:
  Ingester() = default;
};

}  // namespace dolerite

#endif  // DOLERITE_INGESTER_H_
