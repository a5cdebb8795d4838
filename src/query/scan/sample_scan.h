// Walks the samples that a selection selects.
#ifndef DOLERITE_QUERY_SCAN_SAMPLE_SCAN_H_
#define DOLERITE_QUERY_SCAN_SAMPLE_SCAN_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "absl/status/status.h"
#include "block/chunk.h"
#include "query/scan/scan.h"

namespace dolerite {

inline constexpr uint32_t kNoCell = UINT32_MAX;

// What an operator wants of the samples.
struct RowWants {
  // True: of each type the value that the selection means; types without it are passed over.
  // False: all values of each type.
  bool meant_value = false;
  bool values = true;  // false: none, but the rows all the same
  // By row of the profile table: the part of the answer that the profile counts for, or kNoCell.
  // null: all selected profiles count for part 0. A row group is answered from its heads if all its
  // profiles count for one part, and no wanted column is in bodies alone.
  const std::vector<uint32_t>* cells = nullptr;
  bool labels = false;
  bool links = false;
  bool times = false;     // a row for each timestamp
  bool profiles = false;  // which profile each row is of
  bool heads = true;
};

// Rows of one row group, or some of the rows of a large one, as columns. A row is a run of a whole
// group, a sample, or, if times are wanted, one timestamp of a sample. Views last as long as the
// call.
struct RowBatch {
  uint32_t type = 0;  // row of the profile table's types
  size_t rows = 0;
  uint32_t cell = 0;                             // of all rows, unless ..
  std::span<const uint32_t> cells;               // .. they differ
  std::span<const uint32_t> stacks;              // all lie in the dataset's tree
  std::span<const uint32_t> labels;              // if wanted; all lie in the dataset's tables
  std::span<const uint32_t> profiles;            // if wanted
  std::span<const LinkBytes> links;              // if wanted and there are any
  std::span<const int64_t> times;                // if wanted
  std::vector<std::span<const int64_t>> values;  // by wanted value
  int64_t scale = 1;                             // of the value that is meant (MeantValue)

  // The value that is meant, in bytes or nanoseconds if it has such a unit. Not too large to be
  // added up.
  __int128 scaled(size_t row) const { return __int128{values[0][row]} * scale; }
  uint32_t cell_of(size_t row) const { return cells.empty() ? cell : cells[row]; }
};

using RowSink = std::function<absl::Status(const RowBatch&)>;

// Gives all selected rows of a dataset to a sink, chunk by chunk. Reads heads where they are
// enough, and of the chunks only those that may hold what is selected. Holds one chunk at a time;
// columns of one chunk are dropped when the next is opened.
class SampleScan {
 public:
  // `stacks` is the size of the dataset's tree. All must outlive the scan.
  SampleScan(const DatasetScan& dataset, const RowWants& wants, size_t stacks, QueryCost* cost,
             const RowSink& sink);
  ~SampleScan();

  // Chooses chunks and fetches what will be read.
  absl::Status Begin();
  // Whether all rows were given.
  bool done() const;
  // Gives the rows of the next chunk.
  absl::Status Step();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// All of them at once.
absl::Status ScanSamples(const DatasetScan& dataset, const RowWants& wants, size_t stacks,
                         QueryCost* cost, const RowSink& sink);

}  // namespace dolerite

#endif  // DOLERITE_QUERY_SCAN_SAMPLE_SCAN_H_
