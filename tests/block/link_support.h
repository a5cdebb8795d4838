// Links of blocks for tests.
#ifndef DOLERITE_TESTS_BLOCK_LINK_SUPPORT_H_
#define DOLERITE_TESTS_BLOCK_LINK_SUPPORT_H_

#include <algorithm>
#include <array>
#include <set>
#include <string_view>
#include <vector>

#include "block/block_support.h"
#include "block/dataset_reader.h"
#include "block/link_filter.h"
#include "block/read_rows.h"

namespace dolerite::testing {

using TraceId = std::array<uint8_t, 16>;
using SpanId = std::array<uint8_t, 8>;

inline TraceId TraceOf(const LinkBytes& link) {
  TraceId id;
  std::copy_n(link.begin(), 16, id.begin());
  return id;
}
inline SpanId SpanOf(const LinkBytes& link) {
  SpanId id;
  std::copy_n(link.begin() + 16, 8, id.begin());
  return id;
}

template <class Id>
std::string_view Text(const Id& id) {
  return {reinterpret_cast<const char*>(id.data()), id.size()};
}

// One dataset of a block in memory, open.
struct Opened {
  explicit Opened(std::string_view bytes)
      : block(OpenBytes(bytes)), reader(BlockAccess::Of(block), 0, &cost) {}

  std::vector<char> Chunks(const LinkIds& ids) {
    const absl::StatusOr<std::vector<char>> chunks = reader.ChunksWithLinks(ids);
    INFO(chunks.status());
    REQUIRE(chunks.ok());
    return *chunks;
  }

  BlockReader block;
  IoCost cost;
  DatasetReader reader;
};

using LinksByChunk = std::vector<std::vector<LinkBytes>>;

// What is really there: the distinct links of each chunk, from the samples themselves.
inline LinksByChunk ReadLinks(DatasetReader* dataset) {
  LinksByChunk links;
  const auto table = dataset->Profiles();
  REQUIRE(table.ok());
  for (uint32_t part = 0; part < (*table)->chunks.size(); ++part) {
    const auto read = ReadChunkProfiles(dataset, part, [](uint32_t) { return true; });
    REQUIRE(read.ok());
    std::set<LinkBytes> distinct;
    for (const SampleRows& rows : read->rows) distinct.insert(rows.link.begin(), rows.link.end());
    distinct.erase(LinkBytes{});
    links.emplace_back(distinct.begin(), distinct.end());
  }
  return links;
}

inline LinkIds RandomIds(uint64_t seed, size_t count) {
  LinkIds ids;
  Random random(seed);
  for (size_t i = 0; i < count; ++i) {
    for (uint8_t& byte : ids.trace_ids.emplace_back()) byte = static_cast<uint8_t>(random() >> 40);
    for (uint8_t& byte : ids.span_ids.emplace_back()) byte = static_cast<uint8_t>(random() >> 40);
  }
  return ids;
}

}  // namespace dolerite::testing

#endif  // DOLERITE_TESTS_BLOCK_LINK_SUPPORT_H_
