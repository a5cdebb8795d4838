// The stack tree as columns.
//
//   ups        for each node but the root, in pre-order: how many levels up from the
//              node before it its parent stands (0: it is that node's child)
//   edges      which location it has, told by its parent's location: 0 is one that was
//              not yet seen there, r + 1 the r-th latest seen there, counting only
//              those that may come (siblings ascend). None where none was seen there yet
//   near_edges for a location not yet seen there, where others were: zigzag of the
//              location less the latest one. One place mostly calls one function,
//              and a function's locations are neighbours
//   new_edges  the same where none was: zigzag of the location less the parent's
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

// DataLoss unless the columns make a tree in canonical order.
absl::Status DecodeStackTree(const StackColumns& columns, size_t locations, StackTree* tree);

}  // namespace dolerite

#endif  // DOLERITE_BLOCK_STACK_CODEC_H_
