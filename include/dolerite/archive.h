// A store of profiles for years, whose only state is an object store. src/archive/ARCHIVE.md says
// what lies there, and why any number of hosts may write, compact, delete and collect at once.
#ifndef DOLERITE_ARCHIVE_H_
#define DOLERITE_ARCHIVE_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "dolerite/archive_verify.h"
#include "dolerite/block_builder.h"
#include "dolerite/block_reader.h"
#include "dolerite/call_context.h"
#include "dolerite/damage.h"
#include "dolerite/executor.h"
#include "dolerite/export.h"
#include "dolerite/object_store.h"
#include "dolerite/selection.h"
#include "dolerite/snapshot.h"

namespace dolerite {

struct ArchiveOptions {
  // Profiles of one value of this label make one dataset. Of all blocks of an archive.
  std::string dataset_label = "service_name";
  // Of Create alone: whether the store is put to the test first (ProbeStore), with about 250 small
  // requests. Nothing of it stays. Leave it out for a store that was tested before.
  bool probe = true;
};

// What open archives keep of what they have read, so that one bound holds for all of them: pages of
// their lists of blocks, as many bytes again of profiles that AppendMissing knows, and blocks that
// snapshots opened. The least recently used goes first; what an archive has here goes with it. Safe
// from many threads.
class ArchiveCache;
DOLERITE_EXPORT std::shared_ptr<ArchiveCache> MakeArchiveCache(uint64_t metadata_bytes,
                                                               uint64_t reader_bytes);

// What a host brings. All are called from whatever thread calls the archive.
struct ArchiveHost {
  // 64 random bits, which no other host and no other run of this one gets: names are made of them.
  std::function<uint64_t()> random;
  // The time. It may be wrong: then objects are collected late, and readers take new snapshots more
  // often, but no answer is wrong.
  std::function<int64_t()> now_nanos;
  Executor* executor = nullptr;  // reads blocks side by side; null: one after the other
  BlockReader::Options reading;
  // For the list of blocks, once it was read; as much again for profiles that AppendMissing knows.
  uint64_t metadata_bytes = uint64_t{64} << 20;
  // For blocks that snapshots opened: later questions open them no more. Each counts with its first
  // read and reading.table_bytes. 0: none is kept.
  uint64_t reader_bytes = 0;
  // Given: in place of the two bounds above, and shared with the other archives that have it.
  std::shared_ptr<ArchiveCache> cache = nullptr;
  // How many datasets of blocks a manifest, or one page of the list, holds. At most 4,096; a
  // smaller number makes more and smaller objects.
  size_t page_entries = 4096;
};

struct AppendResult {
  std::string key;  // of the segment; "" if all profiles were there already
  uint64_t bytes = 0;
  uint64_t added = 0, known = 0;  // profiles
  // Sources that are damaged, so that what they have is not known: it may have been added again.
  std::vector<Damage> damaged;
};

// What to delete. At least one condition, so that nothing is deleted by an empty form.
struct DeleteRequest {
  std::vector<LabelMatcher> matchers;  // all must hold
  std::vector<ProfileId> profile_ids;  // any of these
  int64_t start_nanos = INT64_MIN;     // profiles with start <= time < end
  std::optional<int64_t> end_nanos;    // now, if not given
};

struct DeleteResult {
  uint64_t tombstone = 0;             // its number; 0 if the call was a rehearsal
  uint64_t profiles = 0, blocks = 0;  // that it concerned when it was committed
};

struct CollectOptions {
  // How long objects stay in the store after they were given up, as readers may still use them. A
  // commit may take as long.
  int64_t grace_nanos = int64_t{15 * 60} * 1'000'000'000;
  // How long deletions are remembered. Must be longer than any request can be late.
  int64_t tombstone_nanos = int64_t{7 * 24 * 3600} * 1'000'000'000;
  bool rehearse = false;  // says what would be deleted and deletes nothing
};

struct CollectResult {
  uint64_t segments = 0, blocks = 0, pages = 0, manifests = 0;  // deleted
  uint64_t probes = 0;  // deleted objects of a Create that died
  uint64_t bytes = 0;
  uint64_t failed = 0;   // deletions that the store refused; the next run tries them again
  absl::Status failure;  // of the first of them, with its key
};

struct CompactionPolicy {
  // Segments are compacted when `segments` of them wait, or when the oldest has this age.
  uint64_t segments = 64;
  int64_t segment_age_nanos = int64_t{10 * 60} * 1'000'000'000;
  // By level. Blocks made of segments are cut at windows of the first length. The blocks of a
  // window of a later level become one block once the window and twice segment_age_nanos are over.
  // A window in the future (profiles with a wrong time) is not waited for: 32 blocks of it become
  // one. A length must not be shorter than the one before it.
  std::vector<int64_t> window_nanos = {int64_t{3'600} * 1'000'000'000,
                                       int64_t{3'600} * 1'000'000'000,
                                       int64_t{24 * 3'600} * 1'000'000'000};
  // After the last length follow windows that are 32 times longer each. Blocks of such a window
  // become one block if together they store no more than this: so few profiles, however far apart,
  // are in few blocks. 0: never.
  uint64_t small_bytes = uint64_t{32} << 20;
  // Stored bytes of a job's inputs: what is lost when a job fails. Its memory does not depend on
  // them, as inputs are streamed. About as much as a compacted block may have, so that the blocks
  // of a window become few. One input alone may be larger. A block that finds no other to share a
  // job with is not written again.
  uint64_t job_bytes = uint64_t{128} << 20;
  // A block that is merged no further is written anew, with the sums of its row groups alone, once
  // every profile in it is older than this: totals, series and heatmaps stay exact, flame graphs
  // of whole groups too. Questions that need more are FailedPrecondition. Such a block is never
  // merged with others again. Not given: bodies are kept as long as their profiles.
  std::optional<int64_t> drop_bodies_nanos;
};

// Some inputs that become blocks of one window. Made by PlanCompaction, run by Compact, anywhere.
struct CompactionJob {
  uint64_t base = 0;                // number of the manifest that it was planned on
  std::vector<std::string> inputs;  // keys of segments and blocks
  uint32_t level = 0;               // of what is made
  int64_t window_nanos = 0;         // outputs are cut at multiples of it
  // A dataset keeps sums alone if every profile in it is older than this.
  int64_t drop_bodies_before_nanos = INT64_MIN;
};

// What a job takes out of profiles, beside what was deleted. Profiles keep their ids, and from then
// on the archive tells equal profiles by ids, times and what is left: one that is sent again is
// known. So ids that profiles bring along must be their own. Datasets that do not fit into the
// budget stay or are copied as they are, and keep everything.
struct CompactionRules {
  std::vector<std::string> drop_sample_types;  // such as "alloc_space", of all profile types
  std::vector<std::string> drop_labels;        // of series and of samples
};

// A dataset that could not be merged: its merged tables do not fit into the job's budget, or an
// earlier job has dropped some of its bodies. Each part was copied into a block of its own; inputs
// that hold nothing but what does not fit stay as they are, and are planned again.
struct UnmergedDataset {
  std::string dataset;
  uint64_t parts = 0;         // blocks
  uint64_t needed_bytes = 0;  // a budget that suffices to merge them
};

struct CompactionResult {
  std::vector<std::string> outputs;  // keys of blocks
  uint64_t profiles = 0;             // in them
  uint64_t left_out = 0;             // deleted, cut, or there twice
  // Keys of inputs that could not be read. They stay as they are; the manifest names them.
  std::vector<std::string> damaged;
  std::vector<UnmergedDataset> unmerged;
  // Inputs that did not fit into the budget. They stay as they are, and are planned again.
  uint64_t inputs_left = 0;
  uint64_t copied = 0;  // datasets that needed no decoding; `unmerged` ones do not count
  // Taken out by rules: profiles that were left without a sample type, sample types of other
  // profiles, labels of series and of samples' label sets, bodies of profiles.
  uint64_t dropped_profiles = 0, dropped_sample_types = 0, dropped_labels = 0, dropped_bodies = 0;

  // Whether all inputs stay: `unmerged` says what budget they need. To run the job again with the
  // same one is no use.
  bool changes_nothing() const { return outputs.empty() && !unmerged.empty() && damaged.empty(); }
};

// The options that Compact makes blocks with: `options`, but with chunks and stripes that are small
// enough for the budget. From 64 MiB on the defaults stay as they are.
DOLERITE_EXPORT BlockOptions FitToBudget(BlockOptions options, size_t budget_bytes);

// How Archive::Maintain keeps an archive.
struct MaintainOptions {
  CompactionPolicy policy;
  CompactionRules rules;  // of each job; blocks that were compacted before are not written for them
  BlockOptions blocks;    // of compacted blocks
  CollectOptions collect;
  // How long profiles are retained, counted from their time; not given: for ever.
  std::optional<int64_t> retain_nanos;
  // The same for single datasets, by name. The shorter of the two counts.
  std::map<std::string, int64_t> retain_dataset_nanos;
  // How long to wait for the next look when there is nothing to do, or after a failure. A look
  // costs about as much as a snapshot.
  int64_t look_nanos = int64_t{60} * 1'000'000'000;
  // The collector lists all objects, so it runs less often.
  int64_t collect_nanos = int64_t{10 * 60} * 1'000'000'000;
};

struct MaintainResult {
  enum class Did {
    kNothing,    // there is nothing to do now
    kRetained,   // cut what retention has passed
    kCompacted,  // ran one job
    kCollected,
  };
  Did did = Did::kNothing;
  CompactionResult compaction;  // of kCompacted
  CollectResult collected;      // of kCollected
  // Jobs that did not fit into the budget, by the key of their first input: they are tried again
  // with a larger one, or after an hour.
  std::vector<std::string> too_large;
  // When the next call is worth it, on the clock of `now_nanos`: at once if there may be more.
  int64_t call_again_nanos = 0;
};

// An open archive. Safe from many threads. The store must outlive it and its snapshots.
//
// Errors are those of the store, and: DataLoss for an object that is not what its name says,
// FailedPrecondition if the archive is of another id or was opened for reading. Nothing that an
// archive has acknowledged is lost by an error.
class DOLERITE_EXPORT Archive {
 public:
  // Makes an archive; AlreadyExists if there is one in the store, DataLoss if there is one that has
  // lost its header. Unimplemented if the store can't create exclusively; FailedPrecondition, with
  // the clause that failed, if it ignores conditions or lets several racing creators win. The
  // latter is seen only where the host has an executor.
  static absl::Status Create(ObjectStore* store, const ArchiveHost& host,
                             const ArchiveOptions& options = {}, const CallContext& call = {});

  // Makes the header of an archive anew that is lost or damaged, and returns whether it was: with
  // the id of the manifests, and the label that names the datasets of some blocks. If several
  // labels may be that one, the usual one is taken or, if it is not among them, `dataset_label`
  // must be given (FailedPrecondition); InvalidArgument if the given one does not fit the blocks.
  // NotFound if the store has nothing of an archive. Other hosts should not work meanwhile.
  static absl::StatusOr<bool> RepairHeader(ObjectStore* store, const ArchiveHost& host,
                                           const std::optional<std::string>& dataset_label = {},
                                           const CallContext& call = {});

  // NotFound if there is none, DataLoss if its header is lost. InvalidArgument if the host lacks
  // `random` or `now_nanos`.
  static absl::StatusOr<Archive> Open(ObjectStore* store, ArchiveHost host,
                                      const CallContext& call = {});
  static absl::StatusOr<Archive> OpenForReading(ObjectStore* store, ArchiveHost host,
                                                const CallContext& call = {});

  ~Archive();
  Archive(Archive&&) noexcept;
  Archive& operator=(Archive&&) noexcept;

  const ArchiveOptions& options() const;

  // Stores a block as a segment, with one request, and returns its key. OK: every snapshot that is
  // taken from now on sees its profiles, once each. InvalidArgument for a block that was made for
  // another dataset label. After another status than that and DataLoss (the bytes are not a block)
  // it is unknown: append the same bytes with the same time again, which never adds them twice.
  absl::StatusOr<std::string> Append(std::string_view block, int64_t created_nanos,
                                     const CallContext& call = {});

  // The same without profiles that the archive has already, or that were deleted from it: for
  // imports that may run twice. Reads what the archive holds of the time of the block's profiles;
  // the result lists sources that are damaged.
  // `options` are those that the block was made with.
  absl::StatusOr<AppendResult> AppendMissing(std::string_view block, int64_t created_nanos,
                                             const BlockOptions& options = {},
                                             const CallContext& call = {});

  // What the archive holds now: two lists and one read, while there are few segments.
  absl::StatusOr<Snapshot> TakeSnapshot(const CallContext& call = {}) const;

  // Runs `work` on a snapshot taken now. If that is Aborted because an object of the snapshot is
  // gone, once more on a new one: `work` must begin anew each time.
  absl::Status WithSnapshot(const std::function<absl::Status(const Snapshot& snapshot)>& work,
                            const CallContext& call = {}) const;

  // What may be compacted now, most urgent first; empty if nothing.
  absl::StatusOr<std::vector<CompactionJob>> PlanCompaction(const Snapshot& snapshot,
                                                            const CompactionPolicy& policy,
                                                            const CallContext& call = {}) const;
  // Makes the blocks of a job and commits them in place of its inputs. FailedPrecondition if an
  // input is no longer live: someone else has compacted it. ResourceExhausted if the job needs more
  // memory than `budget_bytes`; its inputs stay as they are then. Unavailable if the store is full.
  absl::StatusOr<CompactionResult> Compact(const CompactionJob& job, size_t budget_bytes,
                                           const BlockOptions& blocks = {},
                                           const CallContext& call = {},
                                           const CompactionRules& rules = {});

  // Snapshots taken from now on do not have the deleted profiles. Blocks lose them when they are
  // compacted, and the store when the collector removes the objects that held them.
  absl::StatusOr<DeleteResult> Delete(const DeleteRequest& request, const CallContext& call = {});
  // How many profiles and blocks Delete would concern.
  absl::StatusOr<DeleteResult> RehearseDelete(const DeleteRequest& request,
                                              const CallContext& call = {}) const;

  // Hides profiles before a time, those that are added later too: of one dataset, or of all if no
  // dataset is named. A cut never moves back.
  absl::Status Retain(const std::optional<std::string>& dataset, int64_t before_nanos,
                      const CallContext& call = {});

  // Deletes objects that no manifest names and that nobody can still use. May be stopped anywhere.
  absl::StatusOr<CollectResult> Collect(const CollectOptions& options = {},
                                        const CallContext& call = {});

  // Does the next useful piece of all that keeps an archive: cuts what retention has passed, runs
  // one job of compaction, collects; and says when to call again. A host with one idle thread needs
  // nothing else. `now_nanos` is the time. After an error nothing is lost: call again after
  // MaintainOptions::look_nanos.
  absl::StatusOr<MaintainResult> Maintain(int64_t now_nanos, size_t budget_bytes,
                                          const MaintainOptions& options = {},
                                          const CallContext& call = {});

  // Reads what the archive holds and visits what is not as it should be; goes on after damage. Not
  // OK only if the store can't be listed, or `call` stops it.
  absl::StatusOr<VerifyResult> Verify(const VerifyOptions& options = {},
                                      const FindingVisitor& visit = nullptr,
                                      const CallContext& call = {}) const;

  // Makes an archive usable again whose manifests or pages are lost or damaged: commits a new
  // manifest, made of the newest sound one and of blocks that no readable manifest names. It
  // deletes nothing, and says what is lost. Does nothing if nothing is wrong. Other hosts should
  // not compact, delete or collect meanwhile; their jobs are refused afterwards. Quarantined inputs
  // that can be read again are compacted from now on.
  absl::StatusOr<RepairResult> Repair(const CallContext& call = {});

 private:
  struct State;
  explicit Archive(std::shared_ptr<const State> state);
  static absl::StatusOr<Archive> OpenAs(ObjectStore* store, ArchiveHost host, bool read_only,
                                        const CallContext& call);
  std::shared_ptr<const State> state_;
};

}  // namespace dolerite

#endif  // DOLERITE_ARCHIVE_H_
