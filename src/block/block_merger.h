// Merges blocks, dataset by dataset, into one that is written as it is made.
#ifndef DOLERITE_BLOCK_BLOCK_MERGER_H_
#define DOLERITE_BLOCK_BLOCK_MERGER_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/memory_budget.h"
#include "block/block_writer.h"
#include "block/dataset_merger.h"
#include "dolerite/block_builder.h"
#include "dolerite/call_context.h"

namespace dolerite {

// What a merger has written.
struct MergeCounts {
  uint64_t profiles = 0;
  uint64_t duplicates = 0;  // profiles that several inputs had, without the one that stayed
  uint64_t copied = 0;      // datasets
  MergeDropped dropped;     // by rules
};

// Call Add for each dataset in the order of names, then Finish. The block has the bytes that a
// BlockBuilder with these options makes of the same profiles. After an error, throw the merger
// away.
class BlockMerger {
 public:
  // `datasets` is how often Add will be called. All arguments must outlive the merger.
  BlockMerger(const BlockOptions& options, const ByteSink& sink, size_t datasets,
              MemoryBudget* memory, const CallContext& call);

  // A dataset without profiles is left out. One that comes from a single input, and that a merger
  // would not change, is copied.
  absl::Status Add(const std::string& name, const std::vector<MergeInput>& inputs,
                   const MergeRules& rules = {});
  // Copies a dataset, whatever its options were.
  absl::Status Copy(const MergeInput& input);
  absl::StatusOr<BlockSummary> Finish() &&;

  const MergeCounts& counts() const { return counts_; }
  // After an error: the input of the last Add that could not be read, if the error came from an
  // input.
  std::optional<size_t> failed_input() const { return failed_input_; }

 private:
  absl::Status Begin();

  absl::StatusOr<bool> CanCopy(const MergeInput& input) const;

  const BlockOptions& options_;
  const size_t datasets_;
  MemoryBudget* const memory_;
  const CallContext& call_;
  BlockWriter writer_;
  bool begun_ = false;
  MemoryLease hot_;  // sections that wait for the end of the block
  MergeCounts counts_;
  std::optional<size_t> failed_input_;
};

}  // namespace dolerite

#endif  // DOLERITE_BLOCK_BLOCK_MERGER_H_
