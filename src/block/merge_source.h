// Samples of several datasets, brought together for the chunks of the dataset that is made of them.
#ifndef DOLERITE_BLOCK_MERGE_SOURCE_H_
#define DOLERITE_BLOCK_MERGE_SOURCE_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "absl/status/statusor.h"
#include "base/memory_budget.h"
#include "block/chunk_load.h"
#include "block/packed_ids.h"
#include "block/profile_table.h"
#include "block/sample_rows.h"
#include "dolerite/block_reader.h"
#include "dolerite/call_context.h"

namespace dolerite {

// What is kept of an input between its tables and its samples.
struct MergeSource {
  const BlockReader* block = nullptr;
  size_t dataset = 0;
  ProfileTable table;              // without labels and headers
  std::vector<uint32_t> chunk_of;  // by row of the table
  std::vector<uint32_t> types;     // by type of the table: the type's number in the output
  std::vector<PackedIds> stacks;   // by type of the table: what each id of a stack becomes
  PackedIds attribute_sets;        // what each label set becomes
  // By type of the table: which values stay, if not all do.
  std::vector<std::vector<uint32_t>> values;
  std::vector<char> links;  // by chunk: whether it has any

  size_t memory_bytes() const;
};

// Where a profile comes from.
struct MergeOrigin {
  uint32_t source = 0, row = 0;
};

// Gives the rows of one chunk after the other. Reads the chunks of the sources that several of them
// need once for all of these, as many as the memory allows.
class MergedChunks {
 public:
  // Changes the rows of profile `p` of the table as they come. Null: nothing does.
  using Change = std::function<absl::Status(uint32_t p, SampleRows* rows)>;

  // `origins` and `loads` are by row of `table`, which has its row groups. All must outlive this.
  MergedChunks(const std::vector<MergeSource>& sources, const ProfileTable& table,
               const std::vector<MergeOrigin>& origins,
               const std::function<ChunkLoad(uint32_t)>& load_of, MemoryBudget* memory,
               const CallContext& call, Change change = nullptr);

  // Called for each chunk, in order.
  absl::StatusOr<std::vector<SampleRows>> Take(uint32_t part);

  // The source that an error came from.
  std::optional<size_t> failed_source() const { return failed_; }

 private:
  // A profile that is wanted: where it comes from, and where it goes.
  struct Wanted {
    uint32_t source, chunk, row;
    uint32_t part, slot, profile;
  };

  size_t BytesOf(uint32_t part) const;
  absl::Status ReadFrom(uint32_t part);
  absl::Status ReadSource(std::span<const Wanted> wanted);
  absl::Status Place(const MergeSource& source, std::span<const Wanted> wanted,
                     const std::vector<uint32_t>& attribute_sets, std::vector<uint32_t> profiles,
                     std::vector<SampleRows> rows);

  const std::vector<MergeSource>& sources_;
  const ProfileTable& table_;
  const std::vector<MergeOrigin>& origins_;
  const std::function<ChunkLoad(uint32_t)>& load_of_;
  MemoryBudget* const memory_;
  const CallContext& call_;
  // Chunks [begin_, begin_ + ready_.size()) are read.
  uint32_t begin_ = 0;
  std::vector<std::vector<SampleRows>> ready_;
  std::vector<size_t> bytes_;  // that are held for each
  MemoryLease held_, encoding_;
  const Change change_;
  std::optional<size_t> failed_;
};

}  // namespace dolerite

#endif  // DOLERITE_BLOCK_MERGE_SOURCE_H_
