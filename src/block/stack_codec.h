// The stack tree as columns, by ids of section kind kStacks. FORMAT.md, section 9, has an example.
//
// Nodes stand in pre-order, so for each node a reader needs two answers. Where is the next one?
//
//   first leaves, call leaves, leaf leaves
//              1 if the node is a leaf, 0 if the next node is its child. The column is chosen by
//              what the node before of the same location was: there was none, it had children, it
//              was a leaf. A location is nearly always called from or nearly always a leaf
//   heights, later heights
//              for each leaf but the last: how many levels above its parent the parent of the next
//              node is. The column is chosen by whether the leaf is its parent's first child
//
// And which location does it have? For each location a reader keeps the last 16 locations that came
// below it, latest first: its calls. Siblings ascend, so those above the child before are
// candidates.
//
//   one edges, few edges, many edges
//              r + 1 if the location is the r-th candidate, 0 if it is none of them. The column is
//              chosen by the number of candidates: 1, 2 to 3, 4 and more. Without candidates there
//              is no edge
//   steps      other locations below a node that has a child: how far beyond that child's, less 1
//   near edges other locations where the parent's location has calls: difference to the latest
//   new edges  other locations: difference to the latest call of the location nearest before the
//              parent's, for neighbours call the same functions
//
// A program calls the same few functions from one place, so most edges are small; a list of parents
// or of locations would cost two to three times as much.
#ifndef DOLERITE_BLOCK_STACK_CODEC_H_
#define DOLERITE_BLOCK_STACK_CODEC_H_

#include <array>
#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "block/call_lists.h"
#include "block/sections.h"
#include "dolerite/call_context.h"
#include "dolerite/symbols.h"

namespace dolerite {

// By column id; the first one, of counts, is empty.
using StackColumns = std::array<std::vector<uint32_t>, column::kNewEdges + 1>;

// `tree` is in canonical order.
StackColumns EncodeStackTree(const StackTree& tree, StackMemory* memory);

// Memory that decoding takes beside the columns, for each node and for each location.
inline constexpr size_t kStackDecodeNodeBytes = 36;
inline constexpr size_t kStackDecodeLocationBytes = StackMemory::kBytesForOne;

// Makes a tree of `nodes` nodes beside the root. A column that is empty has as many zeros as are
// wanted. DataLoss unless the columns make a tree in canonical order and are used up by it, or what
// `call` says once it stops this; throw the memory away then.
absl::Status DecodeStackTree(const StackColumns& columns, size_t nodes, StackMemory* memory,
                             StackTree* tree, const CallContext& call = {});

}  // namespace dolerite

#endif  // DOLERITE_BLOCK_STACK_CODEC_H_
