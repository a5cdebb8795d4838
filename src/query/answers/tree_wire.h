// A growing tree of frames as bytes: its names, then its nodes, parents first.
#ifndef DOLERITE_QUERY_ANSWERS_TREE_WIRE_H_
#define DOLERITE_QUERY_ANSWERS_TREE_WIRE_H_

#include "model/frame_tree.h"
#include "query/partial_wire.h"

namespace dolerite {

void EncodeTree(const FrameTree& tree, PartialWriter* wire);
// Into an empty tree of as many columns. Ids of nodes stay as they were. Errors are set on
// the reader.
void DecodeTree(PartialReader* wire, FrameTree* tree);

}  // namespace dolerite

#endif  // DOLERITE_QUERY_ANSWERS_TREE_WIRE_H_
