// What the footer says of a dataset, held against the dataset's own tables.
#ifndef DOLERITE_BLOCK_DATASET_SUMMARY_H_
#define DOLERITE_BLOCK_DATASET_SUMMARY_H_

#include "absl/status/status.h"
#include "block/footer.h"
#include "block/profile_table.h"

namespace dolerite {

// Queries pass over datasets on the strength of the footer, so what it says must be so. DataLoss,
// saying both sides, if counts, times, labels or the name differ from what the table has.
absl::Status CheckSummary(const FooterDataset& footer, const ProfileTable& table);

}  // namespace dolerite

#endif  // DOLERITE_BLOCK_DATASET_SUMMARY_H_
