// Finds what a selection selects in a block, and adds it up.
#ifndef DOLERITE_QUERY_SCAN_H_
#define DOLERITE_QUERY_SCAN_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "block/chunk.h"
#include "block/dataset_reader.h"
#include "dolerite/query.h"
#include "dolerite/selection.h"

namespace dolerite {

// The datasets of one block, opened when they are first asked for and shared by all that one
// operation asks of it.
class BlockDatasets {
 public:
  explicit BlockDatasets(const BlockReader& block)
      : block_(block.internal()), readers_(block_.footer.datasets.size()) {}

  size_t size() const { return readers_.size(); }
  DatasetReader* Open(size_t dataset);
  const BlockReader::Internal& block() const { return block_; }
  const IoCost& io() const { return *io_; }

 private:
  const BlockReader::Internal& block_;
  std::unique_ptr<IoCost> io_ = std::make_unique<IoCost>();
  std::vector<std::unique_ptr<DatasetReader>> readers_;
};

// One dataset of a block and those of its profiles that are selected.
struct DatasetScan {
  size_t index = 0;  // of the dataset in the block
  DatasetReader* reader = nullptr;
  const ProfileTable* table = nullptr;
  std::vector<char> selected;  // by row of the profile table
  std::vector<char> types;     // by row of types: some profile of it is selected
};

// What a selection selects in a block: the datasets where it selects something.
absl::StatusOr<std::vector<DatasetScan>> ScanBlock(BlockDatasets* datasets,
                                                   const SelectionFilter& filter);
// The distinct types that are selected.
std::vector<ProfileType> TypesOf(const std::vector<DatasetScan>& scan);

// Which value of which types is meant. Remembers it, so that all blocks of a query mean the same.
struct Measure {
  bool known = false;
  std::string type_name;
  ProfileType::Value value;
};

// InvalidArgument if types of several names are selected and none is asked for, or none of them has
// the sample type, or it comes in several units. Nothing selected: the measure stays.
absl::Status ChooseMeasure(const Selection& selection, const std::vector<ProfileType>& types,
                           Measure* measure);

// Exact sums by stack: what does not fit 64 bits is kept beside, so that it does not
// matter in which order values come.
class StackSums {
 public:
  explicit StackSums(size_t stacks) : low_(stacks, 0) {}

  void Add(uint32_t stack, int64_t value) {
    int64_t sum;
    if (__builtin_add_overflow(low_[stack], value, &sum)) {
      high_[stack] += low_[stack];
      sum = value;
    }
    low_[stack] = sum;
  }
  __int128 operator[](uint32_t stack) const {
    const auto at = high_.empty() ? high_.end() : high_.find(stack);
    return (at == high_.end() ? 0 : at->second) + low_[stack];
  }
  size_t size() const { return low_.size(); }

 private:
  std::vector<int64_t> low_;
  std::map<uint32_t, __int128> high_;
};

// Walks the selected samples of a dataset chunk by chunk, from heads where a whole row group is
// selected, else from bodies.
class SampleScan {
 public:
  SampleScan(const DatasetScan* dataset, bool heads, QueryCost* cost)
      : dataset_(*dataset), heads_(heads), cost_(*cost) {}

  // Adds the value of each selected sample to its stack's sum (sized to the stack tree).
  absl::Status AddByStack(const ProfileType::Value& value, StackSums* by_stack);

  // The same by stack and label set, all values of one type: calls add(stack, labels, values).
  using AddRow = std::function<absl::Status(uint32_t stack, uint32_t labels,
                                            const std::vector<int64_t>& values)>;
  absl::Status AddByLabels(const AddRow& add);

 private:
  // Which of a chunk's groups are selected.
  struct Part {
    uint32_t part;
    std::vector<char> whole, some;  // by group
    bool needs_heads = false, needs_bodies = false;
  };

  std::vector<Part> Parts() const;
  absl::Status FetchParts(const std::vector<Part>& parts, bool all_bodies);
  absl::StatusOr<ChunkReader> OpenPart(const Part& part, bool bodies);
  absl::Status AddHeads(const Part& part, const ChunkReader& chunk, size_t value,
                        StackSums* by_stack);
  absl::Status AddBodies(const Part& part, const ChunkReader& chunk, size_t value,
                         StackSums* by_stack);
  absl::Status CheckStacks(const Part& part, const ChunkReader& chunk, size_t stacks);

  const DatasetScan& dataset_;
  bool heads_;
  QueryCost& cost_;
};

}  // namespace dolerite

#endif  // DOLERITE_QUERY_SCAN_H_
