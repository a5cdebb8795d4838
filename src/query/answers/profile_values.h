// What profiles add up to: from the profile table where it says so, else from samples.
#ifndef DOLERITE_QUERY_ANSWERS_PROFILE_VALUES_H_
#define DOLERITE_QUERY_ANSWERS_PROFILE_VALUES_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "query/scan/group_keys.h"
#include "query/scan/scan.h"

namespace dolerite {

// What becomes of samples, by stack.
struct StackUses {
  enum Use : uint8_t {
    kNone,   // not selected
    kZero,   // selected, but not of the function that is asked for
    kWhole,  // counts
  };
  std::vector<Use> of;       // empty: all count
  size_t stacks = SIZE_MAX;  // of the dataset's tree, if it was read

  Use operator[](uint32_t stack) const { return of.empty() ? kWhole : of[stack]; }
};

// `function` and `self` as in SeriesQuestion. Reads stacks only if something depends on them.
absl::StatusOr<StackUses> UsesOfStacks(const DatasetScan& scan, std::string_view function,
                                       bool self);

// By row of the profile table: whether the profile is selected and has the requested value.
std::vector<char> ProfilesWithValue(const DatasetScan& scan);

struct CellWants {
  std::string function;
  bool self = false;
  bool values = true;  // false: only which cells count in which groups
  // By row of the profile table the cell that the profile belongs to, or kNoCell. Profiles of one
  // cell are of one series.
  std::vector<uint32_t> cells;
  size_t count = 0;  // of cells
  bool heads = true;
};

// The sum of a cell's samples in one group, in bytes or nanoseconds if it has such a unit.
struct CellValue {
  uint32_t cell = 0, group = 0;
  __int128 value = 0;
};

// Whether each profile of a series counts even if nothing of it is selected. Not where labels of
// samples have a say in its group, and not where links are selected: what a block leaves out
// unread then must not show.
bool CountsAlways(const DatasetScan& scan, const GroupKeys& keys, uint32_t series);

// All cells in all groups where they count: have a selected sample, or CountsAlways.
absl::StatusOr<std::vector<CellValue>> SumCells(const DatasetScan& scan, const CellWants& wants,
                                                GroupKeys* keys, QueryCost* cost);

}  // namespace dolerite

#endif  // DOLERITE_QUERY_ANSWERS_PROFILE_VALUES_H_
