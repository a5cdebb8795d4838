// Samples of a chunk that is made of other chunks, before they are in order.
#ifndef DOLERITE_BLOCK_CHUNK_POOL_H_
#define DOLERITE_BLOCK_CHUNK_POOL_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "absl/status/statusor.h"
#include "block/chunk.h"
#include "block/read_rows.h"

namespace dolerite {

// Columns of samples in the order in which they come. Those of one profile come from one chunk, in
// their order there.
struct ChunkPool {
  // Samples [begin, begin + length): of one run of their chunk, and of one group here.
  struct Piece {
    uint32_t group, stack;
    uint32_t begin, length;
  };

  // For so many samples, of which none is there yet.
  explicit ChunkPool(size_t samples) : ordinals(samples), labels(samples) {}

  std::vector<Piece> pieces;
  // By sample; the first `filled` are there.
  size_t filled = 0;
  std::vector<uint32_t> ordinals, labels;    // ordinals: of profiles in their group here
  std::vector<std::vector<int64_t>> values;  // by sample type; of Go heap values the two counts
  std::vector<uint32_t> link_codes;          // as links are stored; empty if no sample has a link
  std::vector<LinkBytes> links;              // of samples whose code is 1
  std::optional<bool> heap;                  // whether values are counts; none: no samples yet
  std::map<uint32_t, HeapScale> scales;      // of counts, by label set
  uint64_t linked_samples = 0;               // all samples of profiles that have a link

  size_t size() const { return ordinals.size(); }
  void Add(const Piece& piece) {
    pieces.push_back(piece);
    filled += piece.length;
  }
};

// Where the samples of a profile go. Pools have room for them.
struct PoolPlace {
  ChunkPool* pool = nullptr;  // null: nowhere
  uint32_t group = 0, ordinal = 0;
  uint64_t samples = 0;  // that the profile has
};

// Adds the samples of chunk `part` to pools; place_of(row of the profile table) says to which.
// `attribute_sets` are what ids of label sets become. Payloads and timestamps are not looked at.
// False if a pool would have counts beside values, or two scales for one label set: then all pools
// are of no use.
absl::StatusOr<bool> AddToPools(DatasetReader* dataset, const ChunkTables& tables,
                                std::span<const uint32_t> attribute_sets, uint32_t part,
                                const std::function<PoolPlace(uint32_t)>& place_of);

}  // namespace dolerite

#endif  // DOLERITE_BLOCK_CHUNK_POOL_H_
