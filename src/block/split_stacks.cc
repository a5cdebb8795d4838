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
  uint32_t* const numbers = number_.data();
  for (uint32_t at = node; numbers[at] == 0; at = all_.parent.data()[at]) {
    numbers[at] = 1;
    part_.push_back(at);
  }
}

// Puts the nodes of the part into order: by a walk over all marks where the part is a good deal of
// the tree, else by sorting them.
void StackSplitter::SortPart() {
  if (part_.size() < all_.size() / 8) return std::sort(part_.begin(), part_.end());
  uint32_t* to = part_.data();
  const uint32_t* const marks = number_.data();
  for (uint32_t node = 0; node < number_.size(); ++node) {
    if (marks[node] != 0) *to++ = node;
  }
}

SplitStacks StackSplitter::Cut() {
  // A pre-order without some subtrees is still a pre-order, so ascending nodes get ascending
  // numbers.
  SortPart();
  SplitStacks out;
  out.tree.parent.resize(part_.size());
  out.tree.location.resize(part_.size());
  uint32_t *const numbers = number_.data(), *const parents = out.tree.parent.data();
  LocationId* const locations = out.tree.location.data();
  char* const sampled = sampled_.data();
  uint32_t number = 0;
  for (uint32_t node : part_) {
    parents[number] = node == 0 ? 0 : numbers[all_.parent.data()[node]] - 1;
    locations[number] = all_.location.data()[node];
    numbers[node] = number + 1;
    if (sampled[node]) {
      position_.data()[node] = static_cast<uint32_t>(out.sampled.size());
      out.sampled.push_back(number);
    }
    ++number;
  }
  for (uint32_t node : part_) numbers[node] = 0, sampled[node] = 0;
  part_.assign(1, 0);
  numbers[0] = 1;
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
