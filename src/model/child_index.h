// Finds children in a tree that grows.
#ifndef DOLERITE_MODEL_CHILD_INDEX_H_
#define DOLERITE_MODEL_CHILD_INDEX_H_

#include <cstdint>
#include <span>
#include <vector>

#include "model/row_set.h"

namespace dolerite {

// Nodes by a key below their parent; node 0 is the root. Nearly all nodes of stack trees have few
// children, which are kept in short lists, mostly side by side in memory. Further children are
// found by hash, so that no input makes the lists long. Not thread-safe.
class ChildIndex {
 public:
  explicit ChildIndex(uint64_t seed) : seed_(seed) { nodes_.push_back({}); }

  // Back to the root alone; keeps its memory.
  void Clear() {
    nodes_.assign(1, {});
    unlisted_.Clear();
  }
  // Forgets the nodes from `end` on: children come after the siblings that were there before them.
  void CutTo(uint32_t end) {
    nodes_.resize(end);
    for (Node& node : nodes_) {
      if (node.first_child >= end) node.first_child = 0;
      if (node.next_sibling >= end) node.next_sibling = 0;
    }
    unlisted_.CutTo(end);
  }
  void Reserve(size_t nodes) { nodes_.reserve(nodes_.size() + nodes); }

  // The child of `parent` with this key; 0 if there is none.
  uint32_t Find(uint32_t parent, uint32_t key) const {
    int steps = 0;
    const Node* const nodes = nodes_.data();
    for (uint32_t c = nodes[parent].first_child; c != 0; c = nodes[c].next_sibling, ++steps) {
      if (nodes[c].key == key) return c;
    }
    if (steps < kListed) return 0;
    const uint32_t found = unlisted_.Find(HashOf(parent, key),
                                          [&](uint32_t row) { return IsChild(row, parent, key); });
    return found == UINT32_MAX ? 0 : found;
  }

  // The child of `parent` with this key. If there is none it is added, as the last node.
  uint32_t FindOrAdd(uint32_t parent, uint32_t key) {
    uint32_t last = 0;
    int steps = 0;
    const Node* const nodes = nodes_.data();
    for (uint32_t c = nodes[parent].first_child; c != 0; c = nodes[c].next_sibling, ++steps) {
      if (nodes[c].key == key) return c;
      last = c;
    }
    if (steps == kListed) return FindUnlisted(parent, key);
    const uint32_t child = AddNode(parent, key);
    (last == 0 ? nodes_[parent].first_child : nodes_[last].next_sibling) = child;
    return child;
  }

  void Prefetch(uint32_t node) const { __builtin_prefetch(nodes_.data() + node); }

  // Whether the path from the node up to the root has these keys and no more. Costs the number of
  // keys; a wrong node ends it early.
  template <class Key>
  bool IsPath(uint32_t node, std::span<const Key> keys) const {
    const Node* const nodes = nodes_.data();
    for (Key key : keys) {
      if (node == 0 || nodes[node].key != key.value) return false;
      node = nodes[node].parent;
    }
    return node == 0;
  }

  size_t size() const { return nodes_.size(); }
  uint32_t parent(uint32_t node) const { return nodes_[node].parent; }
  uint32_t key(uint32_t node) const { return nodes_[node].key; }
  size_t memory_bytes() const {
    return nodes_.capacity() * sizeof(Node) + unlisted_.memory_bytes();
  }

 private:
  static constexpr int kListed = 8;
  struct Node {
    uint32_t parent = 0;
    uint32_t key = 0;
    uint32_t first_child = 0;   // 0: none
    uint32_t next_sibling = 0;  // 0: none, or not in a list
  };

  uint32_t AddNode(uint32_t parent, uint32_t key) {
    nodes_.push_back({parent, key});
    return static_cast<uint32_t>(nodes_.size() - 1);
  }

  uint64_t HashOf(uint32_t parent, uint32_t key) const {
    return MixHash(seed_, (uint64_t{parent} << 32) | key);
  }
  bool IsChild(uint32_t node, uint32_t parent, uint32_t key) const {
    return nodes_[node].parent == parent && nodes_[node].key == key;
  }

  uint32_t FindUnlisted(uint32_t parent, uint32_t key) {
    return unlisted_.FindOrAdd(
        HashOf(parent, key), [&](uint32_t row) { return IsChild(row, parent, key); },
        [&] { return AddNode(parent, key); });
  }

  uint64_t seed_;
  std::vector<Node> nodes_;
  RowSet unlisted_;
};

}  // namespace dolerite

#endif  // DOLERITE_MODEL_CHILD_INDEX_H_
