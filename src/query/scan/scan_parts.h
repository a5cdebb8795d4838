// Chooses which row groups of which chunks a scan reads, and whether from heads or from bodies.
#ifndef DOLERITE_QUERY_SCAN_SCAN_PARTS_H_
#define DOLERITE_QUERY_SCAN_SCAN_PARTS_H_

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "query/scan/sample_scan.h"

namespace dolerite {

// Columns that a scan reads, because the sink wants them or a filter decides by them.
struct ScanNeeds {
  bool labels = false, links = false, times = false;
};
ScanNeeds NeedsOf(const DatasetScan& dataset, const RowWants& wants);

enum class GroupUse : uint8_t { kSkip, kHeads, kBodies };

// A chunk, and how each of its row groups is read.
struct ScanPart {
  uint32_t chunk = 0;           // row of the profile table's chunks
  std::vector<GroupUse> uses;   // by group
  std::vector<uint32_t> cells;  // by group; read only where the use is kHeads
  bool bodies = false;          // some use is kBodies
  bool cells_differ = false;    // between profiles of a group that is read
};

// The part of the answer that a profile counts for; kNoCell if it is not selected.
inline uint32_t CellOf(const DatasetScan& dataset, const RowWants& wants, uint32_t profile) {
  if (!dataset.selected[profile]) return kNoCell;
  return wants.cells == nullptr ? 0 : (*wants.cells)[profile];
}

// The chunks that have a group to read. Heads still may turn out to lack what is wanted.
std::vector<ScanPart> ChooseParts(const DatasetScan& dataset, const RowWants& wants);

// Fetches all sections of all parts in one round of requests.
absl::Status FetchParts(const DatasetScan& dataset, const ScanNeeds& needs,
                        const std::vector<ScanPart>& parts);

// Bytes that the decoded columns of a part take at most.
uint64_t DecodedBytes(const DatasetScan& dataset, const RowWants& wants, const ScanPart& part);

}  // namespace dolerite

#endif  // DOLERITE_QUERY_SCAN_SCAN_PARTS_H_
