// A part of the tree is a set of nodes with their paths to the root. Marks are kept for the whole
// tree and cleared by the nodes of the part, so many small parts do not cost the whole tree each.
#include "block/split_stacks.h"

#include <algorithm>

namespace dolerite {

StackSplitter::StackSplitter(const StackTree& all)
    : all_(all), number_(all.size(), 0), position_(all.size(), 0), sampled_(all.size(), 0) {}

// Adds a node and the path to it, up to what is there already.
void StackSplitter::Mark(uint32_t node) {
  for (uint32_t at = node; number_[at] == 0; at = all_.parent[at]) {
    number_[at] = 1;
    part_.push_back(at);
  }
}

SplitStacks StackSplitter::Split(std::span<SampleRows> rows) {
  // Which nodes there are. The root always is.
  part_.assign(1, 0);
  number_[0] = 1;
  for (const SampleRows& profile : rows) {
    for (uint32_t stack : profile.stack) {
      sampled_[stack] = 1;
      Mark(stack);
    }
  }
  // A pre-order without some subtrees is still a pre-order, so ascending nodes get ascending
  // numbers.
  std::sort(part_.begin(), part_.end());
  SplitStacks out;
  for (uint32_t node : part_) {
    const uint32_t number = static_cast<uint32_t>(out.tree.parent.size());
    number_[node] = number + 1;
    out.tree.parent.push_back(node == 0 ? 0 : number_[all_.parent[node]] - 1);
    out.tree.location.push_back(all_.location[node]);
    if (!sampled_[node]) continue;
    position_[node] = static_cast<uint32_t>(out.sampled.size());
    out.sampled.push_back(number);
  }
  // Samples name stacks by position among sampled nodes: smaller numbers than nodes.
  for (SampleRows& profile : rows) {
    for (uint32_t& stack : profile.stack) stack = position_[stack];
  }
  for (uint32_t node : part_) number_[node] = 0, sampled_[node] = 0;
  return out;
}

}  // namespace dolerite
