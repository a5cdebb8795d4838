// How much a reader decodes a dataset to, from the writer's side: what is written must be within
// the bounds that readers hold by stored bytes (decode_bounds.h).
#ifndef DOLERITE_BLOCK_DECODE_NEED_H_
#define DOLERITE_BLOCK_DECODE_NEED_H_

#include <cstddef>
#include <cstdint>
#include <span>

#include "block/profile_table.h"
#include "block/sample_rows.h"
#include "block/sections.h"
#include "model/symbol_merger.h"

namespace dolerite {

// Upper bounds.
struct DecodeNeed {
  uint64_t memory = 0;  // for all tables and the largest chunk, beside the sections themselves
  uint64_t rows = 0;    // samples or runs of all profiles, the larger number
};

// What chunk `part` takes while it is decoded. `rows` are those of its profiles, in any order.
uint64_t NeedOfChunk(const ProfileTable& table, uint32_t part, std::span<const SampleRows> rows);

// The same for so many samples, of which some are of profiles with links, without more.
uint64_t NeedOfChunk(const ProfileTable& table, uint32_t part, uint64_t samples,
                     uint64_t linked_samples);

// `nodes` are those of the stack trees of all types, `largest_chunk` the most that NeedOfChunk
// gives.
DecodeNeed NeedOf(const MergedTables& tables, const ProfileTable& table, uint64_t nodes,
                  uint64_t largest_chunk);

// What the sections of a dataset take in the block, and in memory as a reader loads them.
struct SectionBytes {
  uint64_t stored = 0;
  uint64_t loaded = 0;

  void Add(const EncodedSection& section);
};

// How many bytes must be added to the sections of a dataset, one of `datasets`, so that default
// limits read it. 0 for nearly all: only great regularity makes so few bytes of so much.
uint64_t PaddingFor(const DecodeNeed& need, const SectionBytes& sections, size_t datasets);

// A section of at least so many bytes that nothing reads.
EncodedSection EncodePadding(uint64_t bytes);

}  // namespace dolerite

#endif  // DOLERITE_BLOCK_DECODE_NEED_H_
