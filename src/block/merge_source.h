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
#include "block/dataset_encoder.h"
#include "block/packed_ids.h"
#include "block/profile_table.h"
#include "block/read_rows.h"
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
  std::vector<char> plain;  // by chunk: whether it has neither timestamps nor payloads

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
  absl::StatusOr<SamplesOfChunk> Take(uint32_t part);

  // The source that an error came from.
  std::optional<size_t> failed_source() const { return failed_; }

 private:
  // A profile that is wanted: where it comes from, and where it goes.
  struct Wanted {
    uint32_t source, chunk, row;
    uint32_t part, slot, profile;
    uint32_t group, ordinal;  // in its chunk
  };

  // What a chunk takes, until it is asked for, and while it is encoded.
  struct Bytes {
    size_t held = 0, encoding = 0;
  };

  static const Wanted* Find(std::span<const Wanted> wanted, uint32_t row);
  bool CanPool(uint32_t part) const;
  Bytes BytesOf(uint32_t part, bool pooled) const;
  absl::Status ReadFrom(uint32_t part);
  absl::StatusOr<bool> Read(uint32_t part, bool pooled);
  void Want(uint32_t part, bool pooled, std::vector<Wanted>* wanted);
  absl::StatusOr<bool> ReadSource(std::span<const Wanted> wanted, bool pooled);
  absl::StatusOr<bool> Pool(DatasetReader* reader, const ChunkTables& tables,
                            std::span<const uint32_t> attribute_sets,
                            std::span<const Wanted> wanted);
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
  std::vector<SamplesOfChunk> ready_;
  bool rows_only_ = false;  // pools did not take what chunks have
  std::vector<Bytes> bytes_;
  MemoryLease held_, encoding_;
  const Change change_;
  std::optional<size_t> failed_;
};

}  // namespace dolerite

#endif  // DOLERITE_BLOCK_MERGE_SOURCE_H_
