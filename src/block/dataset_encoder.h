// Encodes what was collected of one dataset as sections.
#ifndef DOLERITE_BLOCK_DATASET_ENCODER_H_
#define DOLERITE_BLOCK_DATASET_ENCODER_H_

#include <string>
#include <vector>

#include "block/canonical_profiles.h"
#include "block/decode_need.h"
#include "block/footer.h"
#include "block/format_bounds.h"
#include "block/sections.h"
#include "dolerite/block_builder.h"
#include "model/symbol_merger.h"

namespace dolerite {

struct EncodedDataset {
  FooterDataset footer;
  DecodeNeed need;
  std::vector<EncodedSection> cold;  // bodies and what flame graphs do not read
  std::vector<EncodedSection> hot;
};

// `merged` are the tables that the collected profiles refer to.
EncodedDataset EncodeDataset(std::string name, const MergedTables& merged,
                             CollectedProfiles collected, const BlockOptions& options,
                             const FormatBounds& bounds);

}  // namespace dolerite

#endif  // DOLERITE_BLOCK_DATASET_ENCODER_H_
