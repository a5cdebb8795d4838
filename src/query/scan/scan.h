// Finds what a selection selects in a block.
#ifndef DOLERITE_QUERY_SCAN_SCAN_H_
#define DOLERITE_QUERY_SCAN_SCAN_H_

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "block/dataset_reader.h"
#include "dolerite/block_view.h"
#include "dolerite/query.h"
#include "dolerite/selection.h"

namespace dolerite {

inline constexpr uint32_t kNoValue = UINT32_MAX;

// Which of a profile type's values is meant.
struct MeantValue {
  uint32_t row = kNoValue;  // of its sample types
  // How many bytes or nanoseconds one is, so that values of several units can be added up; 1 for
  // units of other dimensions.
  int64_t scale = 1;
};

// One dataset of a block and those of its profiles that are selected.
struct DatasetScan {
  SelectionFilter filter;
  DatasetReader* reader = nullptr;
  const ProfileTable* table = nullptr;
  std::vector<char> selected;      // by row of the profile table
  std::vector<char> types;         // by row of types: some profile of it is selected
  std::vector<MeantValue> values;  // by row of types

  uint64_t profiles() const;  // selected ones
  bool empty() const { return profiles() == 0; }
};

// Whether a dataset may hold what is selected, from the block's footer alone.
bool MayTake(const SelectionFilter& filter, const FooterDataset& dataset);

// What a selection selects in a dataset, without what is to be left out, if anything is.
absl::StatusOr<DatasetScan> ScanDataset(DatasetReader* reader, const SelectionFilter& filter,
                                        const Omission* omission = nullptr);
// Which profiles of a table are left out, by row; none if `omission` is null.
std::vector<char> LeftOut(const ProfileTable& table, const Omission* omission);

// value * scale. OutOfRange past 2^90, far beyond 64 bits of the finest unit: sums of what it gives
// are exact in 128 bits.
absl::StatusOr<__int128> Scaled(__int128 value, int64_t scale);

// Which value of which types is meant: grows with what is selected, so that all datasets of a query
// mean the same.
struct Measure {
  std::set<std::string> names;          // of the profile types
  std::set<ProfileType::Value> values;  // of one type, in units of one dimension
  std::set<std::string> sample_types;   // that there are, for messages

  bool known() const { return !values.empty(); }
  // The value that is meant, in the finest of its units; ""/"" if not known.
  ProfileType::Value value() const;
  // Partial answers hold bytes and nanoseconds. What divides them to get values in that unit:
  // exactly, as all of them are its multiples.
  int64_t scale() const;
  // The union, or InvalidArgument if types of several names, or values of several types or
  // dimensions, would be one answer.
  absl::StatusOr<Measure> With(const Measure& other) const;
  // InvalidArgument if there is no such sample type although there are others.
  absl::Status Check(const std::string& wanted) const;
};

absl::StatusOr<Measure> MeasureOf(const DatasetScan& scan);

// The distinct types that are selected.
std::set<ProfileType> TypesOf(const DatasetScan& scan);

}  // namespace dolerite

#endif  // DOLERITE_QUERY_SCAN_SCAN_H_
