// The stack tree as columns.
//
//   ups        for each node but the root, in pre-order: how many levels above the node before it
//              its parent is (0: it is that node's child)
//   edges      the node's location, by what came below its parent's location before: 0 says that
//              this location did not, r + 1 that it is the r-th latest of those that may come
//              (siblings ascend). A node has no edge if nothing came there before
//   near_edges for a location new below its parent's location, where others came before: zigzag of
//              the location less the latest of them. One place mostly calls one function, and a
//              function's locations are neighbours
//   new_edges  for a location where none came before: zigzag of the location less the parent's
//
// A program calls the same few functions from one place, so most edges are small; a
// list of parents or of locations would cost two to three times as much.
#ifndef DOLERITE_BLOCK_STACK_CODEC_H_
#define DOLERITE_BLOCK_STACK_CODEC_H_

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "dolerite/symbols.h"

namespace dolerite {

struct StackColumns {
  std::vector<uint32_t> ups, edges, near_edges, new_edges;
};

// `tree` is in canonical order; locations are below `locations`.
StackColumns EncodeStackTree(const StackTree& tree, size_t locations);

// Memory that decoding takes beside the columns, for each node and for each location.
inline constexpr size_t kStackDecodeNodeBytes = 20;
inline constexpr size_t kStackDecodeLocationBytes = 4;

// DataLoss unless the columns make a tree in canonical order and are used up by it.
absl::Status DecodeStackTree(const StackColumns& columns, size_t locations, StackTree* tree);

}  // namespace dolerite

#endif  // DOLERITE_BLOCK_STACK_CODEC_H_
