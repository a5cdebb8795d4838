// A block, and which of its profiles a query passes over.
#ifndef DOLERITE_BLOCK_VIEW_H_
#define DOLERITE_BLOCK_VIEW_H_

#include <array>
#include <cstdint>
#include <limits>
#include <vector>

#include "dolerite/block_reader.h"
#include "dolerite/damage.h"
#include "dolerite/selection.h"

namespace dolerite {

// Profiles of one dataset that queries leave out: deleted ones, those before a cut, and those that
// another block has too.
struct Omission {
  int64_t before_nanos = std::numeric_limits<int64_t>::min();  // with an earlier time
  // Profiles that one of these selects, by series, time and id. Conditions on samples do not count.
  std::vector<SelectionFilter> selected;
  // By their number in the dataset, ascending, as BlockReader::ListProfiles counts them from the
  // dataset's first one on.
  std::vector<uint32_t> profiles;

  bool empty() const {
    return before_nanos == std::numeric_limits<int64_t>::min() && selected.empty() &&
           profiles.empty();
  }
};

struct BlockView {
  const BlockReader* block = nullptr;
  std::vector<Omission> omissions;  // by dataset of the block; datasets beyond the end have none

  // Null if there is nothing to leave out.
  const Omission* OmissionOf(size_t dataset) const {
    const bool some = dataset < omissions.size() && !omissions[dataset].empty();
    return some ? &omissions[dataset] : nullptr;
  }
};

using SnapshotId = std::array<uint8_t, 16>;

// Blocks that are looked at together, such as those of a snapshot of an archive.
struct BlockViews {
  std::vector<BlockView> blocks;
  // What one snapshot leaves out another one may count, so partials of different snapshots do not
  // merge. Zeros: of no snapshot.
  SnapshotId snapshot{};
  // What finding and opening them took: part of the cost of who is asked about them.
  uint64_t planning_requests = 0, planning_bytes = 0;
  // Blocks that could not be opened and were left out. Queries list them with their own damage.
  std::vector<Damage> left_out = {};
};

}  // namespace dolerite

#endif  // DOLERITE_BLOCK_VIEW_H_
