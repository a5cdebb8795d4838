// Trees of frames as bytes. A growing one: its names, then its nodes, parents first.
#ifndef DOLERITE_QUERY_ANSWERS_TREE_WIRE_H_
#define DOLERITE_QUERY_ANSWERS_TREE_WIRE_H_

#include "model/frame_tree.h"
#include "model/sum_tree.h"
#include "query/partial_wire.h"

namespace dolerite {

void EncodeTree(const FrameTree& tree, PartialWriter* wire);
// Into an empty tree of as many columns. Ids of nodes stay as they were. Errors are set on
// the reader.
void DecodeTree(PartialReader* wire, FrameTree* tree);

// A finished tree: names in order, each as what it shares with the one before and its rest; then
// for all nodes in pre-order how much less deep each is than a child of the node before; the names
// of all; and column by column what divides all sums, and how often it is in each.
void EncodeSums(const SumTree& tree, PartialWriter* wire);
// Into a tree of the root alone.
void DecodeSums(PartialReader* wire, SumTree* tree);

}  // namespace dolerite

#endif  // DOLERITE_QUERY_ANSWERS_TREE_WIRE_H_
