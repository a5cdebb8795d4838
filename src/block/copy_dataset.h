// Copies a dataset from one block to another as it is stored.
#ifndef DOLERITE_BLOCK_COPY_DATASET_H_
#define DOLERITE_BLOCK_COPY_DATASET_H_

#include <cstddef>

#include "absl/status/statusor.h"
#include "base/memory_budget.h"
#include "block/dataset_encoder.h"
#include "dolerite/block_reader.h"
#include "dolerite/call_context.h"

namespace dolerite {

// Cold sections go to `cold`; hot ones are in the result, and their memory is taken by
// `hot_memory`. Checksums are verified, and nothing is decoded: DataLoss if one is wrong. Padding
// is not copied.
absl::StatusOr<EncodedDataset> CopyDataset(const BlockReader& block, size_t dataset,
                                           const SectionSink& cold, MemoryLease* hot_memory,
                                           MemoryBudget* memory, const CallContext& call);

}  // namespace dolerite

#endif  // DOLERITE_BLOCK_COPY_DATASET_H_
