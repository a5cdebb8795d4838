// A part of the tree is a set of nodes with their paths to the root. Marks are kept for the whole
// tree and cleared by the nodes of the part, so many small parts do not cost the whole tree each.
#include "block/split_stacks.h"

#include <algorithm>

namespace dolerite {

StackSplitter::StackSplitter(const StackTree& all)
    : all_(all), number_(all.size(), 0), position_(all.size(), 0), sampled_(all.size(), 0) {
  // The root is in every part.
  part_.assign(1, 0);
  number_[0] = 1;
}

// The node and the path to it, up to what is there already.
void StackSplitter::Add(uint32_t node) {
  sampled_[node] = 1;
  for (uint32_t at = node; number_[at] == 0; at = all_.parent[at]) {
    number_[at] = 1;
    part_.push_back(at);
  }
}

SplitStacks StackSplitter::Cut() {
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
  for (uint32_t node : part_) number_[node] = 0, sampled_[node] = 0;
  part_.assign(1, 0);
  number_[0] = 1;
  return out;
}

// Samples name stacks by position among sampled nodes: smaller numbers than nodes.
SplitStacks StackSplitter::Split(std::span<SampleRows> rows) {
  for (const SampleRows& profile : rows) {
    for (uint32_t stack : profile.stack) Add(stack);
  }
  SplitStacks out = Cut();
  for (SampleRows& profile : rows) {
    for (uint32_t& stack : profile.stack) stack = position_[stack];
  }
  return out;
}

}  // namespace dolerite
