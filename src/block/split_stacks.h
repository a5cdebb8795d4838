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

class StackSplitter {
 public:
  // The tree must outlive the splitter.
  explicit StackSplitter(const StackTree& all);

  // The part of the tree that these rows need. Their stacks become positions in `sampled`: they
  // keep their order. Takes time by the rows and by the nodes of the part.
  SplitStacks Split(std::span<SampleRows> rows);

 private:
  void Mark(uint32_t node);

  const StackTree& all_;
  // By node of the whole tree, between calls 0. While a part is cut: the node's number in it plus
  // 1, and for sampled nodes their position.
  std::vector<uint32_t> number_, position_;
  std::vector<char> sampled_;
  std::vector<uint32_t> part_;  // nodes of the whole tree
};

}  // namespace dolerite

#endif  // DOLERITE_BLOCK_SPLIT_STACKS_H_
