// Merging of blocks for tests.
#ifndef DOLERITE_TESTS_BLOCK_MERGE_SUPPORT_H_
#define DOLERITE_TESTS_BLOCK_MERGE_SUPPORT_H_

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "block/block_merger.h"
#include "block/block_support.h"

namespace dolerite::testing {

using Taken = std::function<std::vector<char>(const ProfileTable&)>;

// All profiles of all blocks, or those that `taken` takes; or the error.
inline absl::StatusOr<std::string> Merge(const std::vector<std::string>& blocks,
                                         const BlockOptions& options = {},
                                         size_t budget_bytes = size_t{1} << 30,
                                         MergeCounts* counts = nullptr,
                                         const Taken& taken = nullptr,
                                         const MergeRules& rules = {}) {
  std::vector<BlockReader> readers;
  for (const std::string& block : blocks) readers.push_back(OpenBytes(block));
  std::map<std::string, std::vector<MergeInput>> datasets;
  for (const BlockReader& reader : readers) {
    const auto& summaries = reader.summary().datasets;
    for (size_t d = 0; d < summaries.size(); ++d) {
      datasets[summaries[d].name].push_back({&reader, d, taken});
    }
  }
  std::string merged;
  const ByteSink sink = [&](std::string_view bytes) {
    merged += bytes;
    return absl::OkStatus();
  };
  MemoryBudget budget(budget_bytes);
  const CallContext call;
  BlockMerger merger(options, sink, datasets.size(), &budget, call);
  for (const auto& [name, inputs] : datasets) {
    const absl::Status added = merger.Add(name, inputs, rules);
    if (!added.ok()) return added;
  }
  const absl::StatusOr<BlockSummary> finished = std::move(merger).Finish();
  if (!finished.ok()) return finished.status();
  // What the merger says of the block is what a reader finds.
  const BlockReader reader = OpenBytes(merged);
  CHECK(finished->id == reader.summary().id);
  CHECK(finished->bytes == merged.size());
  REQUIRE(finished->datasets.size() == reader.summary().datasets.size());
  if (counts != nullptr) *counts = merger.counts();
  return merged;
}

}  // namespace dolerite::testing

#endif  // DOLERITE_TESTS_BLOCK_MERGE_SUPPORT_H_
