// What a compaction job makes of its inputs: which datasets of which inputs become which block.
#ifndef DOLERITE_ARCHIVE_MERGE_PLAN_H_
#define DOLERITE_ARCHIVE_MERGE_PLAN_H_

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "block/dataset_merger.h"
#include "dolerite/block_view.h"
#include "dolerite/call_context.h"

namespace dolerite {

// One dataset of one input, or some of its profiles.
struct MergePart {
  size_t input = 0;
  uint32_t dataset = 0;
  bool whole = false;  // all profiles are taken, whatever they say
  uint64_t profiles = 0;
  int64_t min_time_nanos = INT64_MAX, max_time_nanos = INT64_MIN;  // of these, both inclusive
};

struct PlannedDataset {
  std::string name;
  std::vector<MergePart> parts;  // in the order of inputs
};

// The datasets of a block, by name. Their profiles lie in one window, or in a part of it: from one
// time to another, both inclusive.
struct PlannedBlock {
  int64_t first_nanos = 0, last_nanos = 0;
  std::vector<PlannedDataset> datasets;
};

struct MergeLimits {
  std::string dataset_label;  // names the dataset of a profile
  int64_t window_nanos = 0;
  uint64_t block_bytes = 0;  // about what a block is to have, by what its inputs store
  uint64_t hot_bytes = 0;    // of hot sections, which are held until the block ends
  uint64_t profiles = 0;     // of one dataset: their rows are held while it is merged
  size_t datasets = 256;
  std::set<std::string> uncut;  // datasets that are not cut, however many profiles they have
};

// Blocks ascend by window, then by the names of their datasets. A dataset that has too many
// profiles in its window is cut by time, into blocks of its own. Reads the profile tables of
// datasets that lie in several windows, or of which profiles are left out.
class MergePlan {
 public:
  // The views must outlive the plan.
  static absl::StatusOr<MergePlan> Make(const std::vector<BlockView>& inputs,
                                        const MergeLimits& limits, MemoryBudget* memory,
                                        const CallContext& call);

  const std::vector<PlannedBlock>& blocks() const { return blocks_; }
  // Profiles that are left out of all blocks.
  uint64_t left_out() const { return left_out_; }

  // What a merger takes for a dataset of a planned block.
  std::vector<MergeInput> InputsOf(const PlannedBlock& block, const PlannedDataset& dataset) const;

  // A budget that suffices for merging a dataset, by what footers say.
  uint64_t NeededBytes(const PlannedDataset& dataset) const;

 private:
  std::vector<BlockView> inputs_;
  MergeLimits limits_;
  std::vector<PlannedBlock> blocks_;
  uint64_t left_out_ = 0;

  friend class MergePlanner;
};

}  // namespace dolerite

#endif  // DOLERITE_ARCHIVE_MERGE_PLAN_H_
