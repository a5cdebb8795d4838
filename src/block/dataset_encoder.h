// Encodes a dataset as sections, chunk by chunk: samples are asked for when their chunk is written,
// so whoever has them elsewhere need not hold them all.
#ifndef DOLERITE_BLOCK_DATASET_ENCODER_H_
#define DOLERITE_BLOCK_DATASET_ENCODER_H_

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/memory_budget.h"
#include "block/canonical_profiles.h"
#include "block/chunk.h"
#include "block/chunk_pool.h"
#include "block/decode_need.h"
#include "block/footer.h"
#include "block/format_bounds.h"
#include "block/sections.h"
#include "block/split_stacks.h"
#include "block/stack_codec.h"
#include "dolerite/block_builder.h"
#include "dolerite/executor.h"
#include "model/symbol_merger.h"

namespace dolerite {

struct EncodedDataset {
  FooterDataset footer;
  DecodeNeed need;
  std::vector<EncodedSection> cold;  // bodies and what flame graphs do not read
  std::vector<EncodedSection> hot;
  uint64_t bodies_dropped = 0;  // profiles that have kept their sums alone
};

ColumnOptions ColumnOptionsOf(const BlockOptions& options, FrameEncoder* zstd);

// The stacks sections of a dataset, type by type in the order of types.
class TypeStackEncoder {
 public:
  // `tables` are canonical and must outlive the encoder.
  TypeStackEncoder(const MergedTables& tables, const ColumnOptions& columns);

  // Some sample of the type in hand has this node.
  void Add(uint32_t node) { splitter_.Add(node); }
  // Encodes the stacks of the type; the next type is in hand then.
  void EndType();
  // The id that samples of the type encoded last have for a node that was added to it.
  uint32_t IdOf(uint32_t node) const { return splitter_.position(node); }

  uint64_t nodes() const { return nodes_; }  // of all types
  std::vector<EncodedSection> Take() && { return std::move(sections_); }

 private:
  StackSplitter splitter_;
  StackMemory memory_;  // one for all types: a list for each location
  const ColumnOptions columns_;
  std::vector<EncodedSection> sections_;
  uint64_t nodes_ = 0;
};

// Sections that say what the tables say.
struct TableSections {
  EncodedSection addresses, labels, symbols;
};

// A dataset in canonical order, but for its samples.
struct DatasetParts {
  std::string name;
  const MergedTables* tables = nullptr;
  ProfileTable* table = nullptr;       // with groups and chunks; their runs are counted
  std::vector<EncodedSection> stacks;  // by type
  uint64_t nodes = 0;                  // of the stack trees of all types
  FrameEncoder* zstd = nullptr;        // for all sections
  bool drop_bodies = false;            // keeps sums alone, where heads have them
  std::optional<TableSections> made;   // else they are encoded when their turn comes
};

struct MadeChunk {
  EncodedChunk chunk;
  uint64_t need = 0;  // memory, as a reader decodes it
};

// Gives the samples of chunk `part`, with stacks as ids of their type: the rows of its profiles, in
// the order of its groups, or a pool of all; or the chunk itself. Called once for each chunk, in
// order.
using SamplesOfChunk = std::variant<std::vector<SampleRows>, ChunkPool, MadeChunk>;
using ChunkSource = std::function<absl::StatusOr<SamplesOfChunk>(uint32_t part)>;
// Takes cold sections in the order in which they stand in the block.
using SectionSink = std::function<absl::Status(EncodedSection)>;

// The encoded dataset; its cold sections went to `cold`. Memory for hot ones is taken by
// `hot_memory`, if it is not null. Only `source`, `cold` and `hot_memory` can fail.
absl::StatusOr<EncodedDataset> EncodeDataset(DatasetParts parts, const BlockOptions& options,
                                             const ChunkSource& source, const SectionSink& cold,
                                             MemoryLease* hot_memory = nullptr);

// The same for collected profiles, with all sections in the result. `merged` are the tables that
// they refer to. Sections of a large dataset are made side by side on the executor, if it is not
// null. ResourceExhausted if memory runs out, Internal if the executor breaks its contract.
absl::StatusOr<EncodedDataset> EncodeDataset(std::string name, const MergedTables& merged,
                                             CollectedProfiles collected,
                                             const BlockOptions& options,
                                             const FormatBounds& bounds, Executor* executor);

}  // namespace dolerite

#endif  // DOLERITE_BLOCK_DATASET_ENCODER_H_
