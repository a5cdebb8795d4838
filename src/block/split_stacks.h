// Cuts the stack trees of profile types out of the dataset's.
#ifndef DOLERITE_BLOCK_SPLIT_STACKS_H_
#define DOLERITE_BLOCK_SPLIT_STACKS_H_

#include <cstdint>
#include <span>
#include <vector>

#include "block/sample_rows.h"
#include "dolerite/symbols.h"

namespace dolerite {

struct SplitStacks {
  StackTree tree;                 // in canonical order, as the one it is cut from
  std::vector<uint32_t> sampled;  // the nodes that samples have, ascending
};

// Cuts one part after the other: Add for the stacks of all its samples, then Cut.

class StackSplitter {
 public:
  // The tree must outlive the splitter.
  explicit StackSplitter(const StackTree& all);

  // Some sample of the part has this stack.
  void Add(uint32_t node);
  // The part of the tree that the added nodes need. Takes time by the nodes of the part.
  SplitStacks Cut();
  // The position of a node among the sampled nodes of the part that was cut last; it must have been
  // added to that part. Positions keep the order of nodes.
  uint32_t position(uint32_t node) const { return position_[node]; }

  // The same for rows, whose stacks become positions.
  SplitStacks Split(std::span<SampleRows> rows);

 private:
  void SortPart();

  const StackTree& all_;
  // By node of the whole tree, 0 between parts: the node's number in the part plus 1.
  std::vector<uint32_t> number_;
  std::vector<uint32_t> position_;  // by node
  std::vector<char> sampled_;
  std::vector<uint32_t> part_;  // nodes of the whole tree
};

}  // namespace dolerite

#endif  // DOLERITE_BLOCK_SPLIT_STACKS_H_
