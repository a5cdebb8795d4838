// One state of an archive: which blocks are live, what has been consumed, deleted and cut.
#ifndef DOLERITE_ARCHIVE_MANIFEST_H_
#define DOLERITE_ARCHIVE_MANIFEST_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "archive/keys.h"
#include "block/merge_rules.h"
#include "dolerite/block_reader.h"
#include "dolerite/selection.h"

namespace dolerite {

struct DatasetEntry {
  std::string name;
  uint64_t profiles = 0;
  int64_t min_time_nanos = 0, max_time_nanos = 0;  // both inclusive
  bool sums_alone = false;                         // a job has dropped the bodies of its profiles

  friend bool operator==(const DatasetEntry&, const DatasetEntry&) = default;
};

// A block that compaction has made.
struct BlockEntry {
  BlockName name;
  Id128 content{};  // the block's own id
  uint64_t bytes = 0;
  uint32_t level = 0;    // how many times its profiles have been compacted
  uint64_t cleaned = 0;  // what tombstones up to this number select is not in it
  MergeDropped dropped;  // by rules, out of it and of what it was made of
  std::vector<DatasetEntry> datasets;

  // Takes what a block says of itself: its id, size and datasets.
  void Describe(const BlockSummary& block);

  int64_t min_time_nanos() const;
  int64_t max_time_nanos() const;
  friend bool operator==(const BlockEntry&, const BlockEntry&) = default;
};

// Names that are no longer live, with the number of the manifest that says so first. They are
// forgotten only when the object is gone and no committer can still hold an older manifest.
struct ConsumedSegment {
  SegmentName name;
  uint64_t manifest = 0;
  friend bool operator==(const ConsumedSegment&, const ConsumedSegment&) = default;
};
struct DroppedBlock {
  BlockName name;
  uint64_t manifest = 0;
  bool paged = false;  // a page still has it, so that its name must be remembered
  friend bool operator==(const DroppedBlock&, const DroppedBlock&) = default;
};

// Profiles that were deleted: those that the labels, ids and end time select.
struct Tombstone {
  uint64_t number = 0;    // counted from 1 over the archive's life
  uint64_t manifest = 0;  // that has it first
  int64_t committed_nanos = 0;
  Id128 commit{};  // of the manifest that has it first: by this a committer knows its own
  std::vector<LabelMatcher> matchers;
  std::vector<ProfileId> profile_ids;
  int64_t start_nanos = 0, end_nanos = 0;  // times with start <= time < end

  Selection selection() const;
};

// Profiles before a time are not seen.
struct Cut {
  std::string dataset;
  bool all_datasets = false;  // then `dataset` is empty
  int64_t before_nanos = 0;

  // A manifest has one cut for each place, sorted by place: the cut of all datasets comes first.
  std::pair<bool, std::string_view> place() const { return {!all_datasets, dataset}; }
  friend bool operator==(const Cut&, const Cut&) = default;
};

// A part of the list of blocks that has an object of its own, and what is known of it without a
// read. Pages that were made together have names of one job. All of a block is in pages of one job.
struct PageEntry {
  BlockName name;
  Id128 hash{};                                    // of the object's bytes
  uint64_t bytes = 0;                              // of the object
  uint64_t entries = 0;                            // datasets of blocks
  std::string first, last;                         // datasets
  int64_t min_time_nanos = 0, max_time_nanos = 0;  // both inclusive
  uint32_t min_level = 0;                          // of its blocks
  uint64_t min_cleaned = 0;                        // the same

  friend bool operator==(const PageEntry&, const PageEntry&) = default;
};
// Whether a cut may take something of a page's blocks.
bool MayTake(const Cut& cut, const PageEntry& page);

struct DroppedPage {
  BlockName name;
  uint64_t manifest = 0;
  friend bool operator==(const DroppedPage&, const DroppedPage&) = default;
};

// A live segment or block that compaction could not read, and leaves alone from then on.
struct QuarantinedInput {
  std::string key;
  std::string reason;     // at most kMostReason bytes, for people
  uint64_t manifest = 0;  // that has it first

  friend bool operator==(const QuarantinedInput&, const QuarantinedInput&) = default;
};
inline constexpr size_t kMostReason = 400;

struct Manifest {
  Id128 archive{};
  uint64_t number = 0;
  Id128 commit{};  // random, of one attempt to commit
  int64_t time_nanos = 0;
  uint64_t floor = 0;  // nobody works on an older manifest any more
  uint64_t last_tombstone = 0;
  std::vector<BlockEntry> blocks;              // by name; the others are in pages
  std::vector<PageEntry> pages;                // by name
  uint64_t paged_blocks = 0, paged_bytes = 0;  // live blocks in pages, and their bytes
  std::vector<ConsumedSegment> consumed;       // by name
  std::vector<DroppedBlock> dropped;           // by name
  std::vector<DroppedPage> dropped_pages;      // by name
  std::vector<Tombstone> tombstones;           // by number
  std::vector<Cut> cuts;                       // by dataset, the one of all first
  std::vector<QuarantinedInput> quarantined;   // by key
  // Sample types and labels that jobs have taken out of profiles, or are about to; both ascend.
  // Profiles are compared without them.
  MergeRules rules;

  // Null unless it is a live block outside of pages, or has been given up.
  const BlockEntry* FindBlock(const BlockName& name) const;
  const DroppedBlock* FindDropped(const BlockName& name) const;
  const DroppedPage* FindDroppedPage(const BlockName& name) const;
  const ConsumedSegment* FindConsumed(const SegmentName& name) const;
  const QuarantinedInput* FindQuarantined(std::string_view key) const;
  // Profiles of this dataset before this time are cut; INT64_MIN: none.
  int64_t CutOf(std::string_view dataset) const;
  // Whether all profiles of a dataset of a block are.
  bool IsCut(const DatasetEntry& dataset) const {
    return dataset.max_time_nanos < CutOf(dataset.name);
  }
};

// The object's bytes.
std::string EncodeManifest(const Manifest& manifest);
// DataLoss for bytes that are damaged, or that no EncodeManifest writes; Unimplemented for a newer
// version. What it takes in memory is bounded by the bytes.
absl::StatusOr<Manifest> DecodeManifest(std::string_view bytes);

// The object `archive`, which Create writes once.
struct ArchiveHeader {
  Id128 id{};
  std::string dataset_label;
};
std::string EncodeArchiveHeader(const ArchiveHeader& header);
absl::StatusOr<ArchiveHeader> DecodeArchiveHeader(std::string_view bytes);

}  // namespace dolerite

#endif  // DOLERITE_ARCHIVE_MANIFEST_H_
