// What a split holds beside its question.
//
//   split = block key, block id, snapshot, datasets, their omissions, question: sealed (envelope.h)
#ifndef DOLERITE_QUERY_SPLIT_CONTENT_H_
#define DOLERITE_QUERY_SPLIT_CONTENT_H_

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "dolerite/block_view.h"

namespace dolerite {

struct SplitContent {
  std::string block;
  std::array<uint8_t, 16> block_id{};
  SnapshotId snapshot{};
  std::vector<uint32_t> datasets;
  std::vector<Omission> omissions;  // one for each of `datasets`
};
template <class Wire>
void Fields(Wire& wire, SplitContent& s) {
  wire(s.block, s.block_id, s.snapshot, s.datasets, s.omissions);
}

}  // namespace dolerite

#endif  // DOLERITE_QUERY_SPLIT_CONTENT_H_
