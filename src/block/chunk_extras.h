// What some samples have beside values: links to spans, and timestamps.
#ifndef DOLERITE_BLOCK_CHUNK_EXTRAS_H_
#define DOLERITE_BLOCK_CHUNK_EXTRAS_H_

#include <cstdint>
#include <string>

#include "block/chunk_order.h"
#include "block/chunk_pool.h"
#include "block/sections.h"

namespace dolerite {

// Links of samples in stored order.
struct LinkColumns {
  std::vector<uint32_t> codes;  // by sample, as ChunkReader::LinkCodes; empty: no sample has a link
  std::string traces, spans;    // of samples whose code is 1
};
LinkColumns LinksOf(const ChunkOrder& order);
LinkColumns LinksOf(const ChunkOrder& order, const ChunkPool& pool);

// Each writes the columns of its section, or none if no sample of the chunk has any.
// Links give their ids' filter, with so many bits an id (0: none).
std::string WriteLinks(const ChunkOrder& order, LinkColumns links, uint32_t filter_bits,
                       SectionWriter* section);
void WriteTimestamps(const ChunkOrder& order, const ProfileTable& table, SectionWriter* section);

}  // namespace dolerite

#endif  // DOLERITE_BLOCK_CHUNK_EXTRAS_H_
