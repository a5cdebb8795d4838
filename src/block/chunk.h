// A chunk: the samples of many row groups of one profile type, as columns.
//
// A row group holds n >= 1 profiles of one series. Its samples are sorted by stack, then
// by profile; equal keys (stack, or stack and labels) make a run.
//
//   heads   for each run: key, length k, first value v1, residual = sum - k * v1
//   bodies  for each run: the ordinals of its profiles in the group (left out when
//           each profile has it once), the values between the first and the last (the
//           last one follows from the residual), labels where not in the key
//
// That is as many numbers as a list of samples has, but a merge over whole groups
// reads heads alone. With n = 1 it is the plain profile-by-profile layout.
//
//   kCounts of heads: flags, runs, samples, value columns w, then for each column
//     source (0: its own, j + 1: column j times factor), factor, head mode, body mode
//   run stacks ascend in a group and are stored as the difference to the run before; run
//     labels as the difference to the run before if it has the same stack
//   run lengths: 0 if each profile of the group has the key once, else k
//   value modes: 0 plain, 1 zigzag, 2 zigzag of the difference: of first values to the
//     same key's in the series' group before (in this chunk), of others to the run's
//     value before
//
// Go heap (flag): the four values are floor(n * s) and floor(n * size * s) of counts n
// that were sampled, allocated and in use; each `bytes` label has its own s. The value
// columns are then the two counts, and s is stored with its label set. kScaledExcess says
// for each value what a run's sum has beyond k * f(v1) + sign(residual) * f(|residual|).
#ifndef DOLERITE_BLOCK_CHUNK_H_
#define DOLERITE_BLOCK_CHUNK_H_

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "block/profile_table.h"
#include "block/sample_rows.h"
#include "block/sections.h"

namespace dolerite {

enum ChunkFlags : uint64_t {  // frozen: stored
  kLabelsInKey = 1,
  kGoHeap = 2,
  // The sum of every run fits 64 bits, so heads may answer.
  kExactSums = 4,
  // There are heads alone, and they have exact sums: bodies, links, timestamps and payloads of the
  // chunk were dropped to save space.
  kBodiesDropped = 8,
};
enum class ValueMode : uint8_t { kPlain = 0, kZigZag = 1, kDelta = 2 };  // frozen: stored

inline constexpr double kMaxHeapScale = 1e15;
inline constexpr double kScaledLimit = 9.2e18;  // just below 2^63

// f of the comment above, for encoder and reader. A product from the limit on gives 0, because its
// conversion could be undefined.
inline int64_t ScaleHeap(uint64_t count, double scale) {
  const double scaled = static_cast<double>(count) * scale;
  return scaled < kScaledLimit ? static_cast<int64_t>(scaled) : 0;
}

struct HeapScale {
  uint64_t size = 0;  // of one object, from the label `bytes`
  double scale = 1;   // at least 1

  friend bool operator==(const HeapScale&, const HeapScale&) = default;
};

struct ChunkPool;

struct EncodedChunk {
  std::vector<EncodedSection> sections;  // heads always, others where there is something
  std::string link_filter;               // of the ids of links, if any
  bool bodies_dropped = false;           // heads are the only section
};

struct ChunkWriteOptions {
  ColumnOptions columns;
  bool unscale_go_heap = true;
  uint32_t link_filter_bits = 8;  // for each id; 0: no filter
  bool drop_bodies = false;       // of chunks whose heads have exact sums
};

// Writes chunk `part`. `rows` are those of its profiles, in the order of its groups, each in
// canonical order. Fills groups[].runs.
EncodedChunk EncodeChunk(uint32_t part, std::span<const SampleRows> rows, const Symbols& symbols,
                         const ChunkWriteOptions& options, ProfileTable* table);
// The same for samples that came from other chunks: no payloads, no timestamps.
EncodedChunk EncodeChunk(uint32_t part, ChunkPool pool, const Symbols& symbols,
                         const ChunkWriteOptions& options, ProfileTable* table);

// Samples of a chunk's groups in stored order, decoded from heads and bodies.
struct ChunkRuns {
  std::vector<uint32_t> group_begin;  // runs; one more than groups
  std::vector<uint32_t> stack, labels;
  std::vector<uint32_t> length;  // k
  std::vector<char> full;        // each profile once
};

class ChunkReader {
 public:
  // Reads keys and lengths of all runs. The sections must outlive the reader.
  // `stacks` are the nodes that ids of stacks stand for; runs have nodes.
  static absl::StatusOr<ChunkReader> Open(const ProfileTable& table, uint32_t part,
                                          std::span<const uint32_t> stacks,
                                          const SectionReader* heads, size_t max_rows);

  const ChunkRuns& runs() const { return runs_; }
  bool labels_in_key() const { return (flags_ & kLabelsInKey) != 0; }
  bool exact_sums() const { return (flags_ & kExactSums) != 0; }
  // Then ReadBodies gives FailedPrecondition.
  bool bodies_dropped() const { return (flags_ & kBodiesDropped) != 0; }
  size_t value_count() const { return value_count_; }
  size_t samples() const { return samples_; }

  // Each run's sum of one value. FailedPrecondition unless exact_sums().
  absl::Status Sums(size_t value, std::vector<int64_t>* sums) const;

  // Bodies. Call ReadBodies first, and ReadOrdinals if the profiles of samples matter; then for
  // each sample in stored order:
  absl::Status ReadBodies(const SectionReader* bodies);
  absl::Status ReadOrdinals();
  // Row of the group's profiles, 0-based.
  const std::vector<uint32_t>& ordinals() const { return ordinals_; }
  // Empty if labels are in the key.
  const std::vector<uint32_t>& body_labels() const { return body_labels_; }
  absl::Status Values(size_t value, std::vector<int64_t>* values) const;
  // The same for all values of a sample, by sample type.
  absl::Status AllValues(std::vector<std::vector<int64_t>>* values) const;

  // Go heap values are stored as two counts: of what was allocated, and of what is in use.
  bool is_heap() const { return (flags_ & kGoHeap) != 0; }
  absl::Status Counts(size_t index, std::vector<int64_t>* counts) const;
  HeapScale ScaleOf(size_t run) const;

  absl::Status Links(const SectionReader& section, std::vector<LinkBytes>* links) const;
  // As they are stored: a code for each sample, which says 0: none, 1: the next of `ids`, 2 + n:
  // the n-th that its profile has had.
  absl::Status LinkCodes(const SectionReader& section, std::vector<uint32_t>* codes,
                         std::vector<LinkBytes>* ids) const;
  // Appends each sample's timestamps; `profile_of` gives the row of a sample's profile.
  absl::Status Timestamps(const SectionReader& section, const std::vector<uint32_t>& profile_of,
                          SampleRows* out, size_t max_rows) const;
  // For each sample in stored order the row of its profile in the profile table.
  std::vector<uint32_t> ProfileOf() const;
  // The same as a number among the profiles of the chunk, counted over its groups.
  std::vector<uint32_t> SlotOf() const;
  // The rows of the chunk's profiles in the profile table, by slot.
  std::vector<uint32_t> Profiles() const;

 private:
  // What a value column is: a stored column times a factor; its own if `column` is itself.
  struct Plan {
    uint64_t column, factor, head_mode, body_mode;
  };

  std::span<const RowGroup> groups() const { return table_->groups_of(chunk_); }

  size_t profiles() const;
  absl::Status CheckLinkCodes(const SectionReader& in, const std::vector<uint32_t>& codes,
                              size_t ids) const;
  // Samples, in stored order, that have a link code.
  std::vector<uint32_t> CodedForLinks(bool labelled_only) const;
  absl::Status ReadCounts(size_t max_rows);
  absl::Status ReadPlans(std::span<const uint64_t> counts);
  absl::Status ReadGroups(uint64_t all);
  absl::Status ReadKeys(std::span<const uint32_t> stacks);
  absl::Status ReadScales();
  absl::Status ReadBodyLabels();
  // The column that a value is stored in, and what to multiply it by.
  std::pair<size_t, uint64_t> StoredColumn(size_t value) const {
    const Plan& plan = plans_[is_heap() ? value / 2 : value];
    return {plan.column, plan.factor};
  }
  absl::Status FirstsAndResiduals(size_t column, std::vector<uint64_t>* firsts,
                                  std::vector<uint64_t>* residuals) const;
  absl::Status StoredValues(size_t column, std::vector<uint64_t>* values) const;
  absl::Status FromStored(size_t value, const std::vector<uint64_t>& stored,
                          std::vector<int64_t>* values) const;
  int64_t Scaled(size_t value, uint64_t count, size_t run) const;

  const ProfileTable* table_ = nullptr;
  Chunk chunk_;
  const SectionReader* heads_ = nullptr;
  const SectionReader* bodies_ = nullptr;
  uint64_t flags_ = 0;
  size_t value_count_ = 0, samples_ = 0, runs_of_many_ = 0, middle_values_ = 0;
  std::vector<Plan> plans_;
  ChunkRuns runs_;
  std::vector<uint32_t> ordinals_, body_labels_;
  std::vector<uint32_t> runs_before_;  // if a column of first values needs them
  std::vector<uint64_t> scaled_sizes_, scales_;
  std::vector<uint32_t> scale_of_run_;
};

}  // namespace dolerite

#endif  // DOLERITE_BLOCK_CHUNK_H_
