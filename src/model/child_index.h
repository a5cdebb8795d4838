// Finds children in a tree that grows.
#ifndef DOLERITE_MODEL_CHILD_INDEX_H_
#define DOLERITE_MODEL_CHILD_INDEX_H_

#include <cstdint>
#include <span>
#include <vector>

#include "model/row_set.h"

namespace dolerite {

// Nodes by a key below their parent, numbered as they come: parents first. Node 0 is the root. A
// node knows its first child, which mostly is its only one or the one that is asked for; others are
// found by hash, so that no input makes a search long. Not thread-safe.
class ChildIndex {
 public:
  explicit ChildIndex(uint64_t seed) : seed_(seed) { nodes_.push_back({}); }

  // Back to the root alone; keeps its memory.
  void Clear() {
    nodes_.assign(1, {});
    others_.Clear();
  }
  // Forgets the nodes from `end` on.
  void CutTo(uint32_t end) {
    nodes_.resize(end);
    for (Node& node : nodes_) {
      if (node.first_child >= end) node.first_child = 0;
    }
    others_.CutTo(end);
  }
  // Room for so many more nodes, if one in eight is not the first child.
  void Reserve(size_t nodes) {
    nodes_.reserve(nodes_.size() + nodes);
    others_.Reserve(others_.size() + nodes / 8);
  }

  // Frees what finding takes: nothing may be found or added from now on.
  void Close() { others_ = RowSet(); }

  // The child of `parent` with this key. If there is none it is added, as the last node.
  uint32_t FindOrAdd(uint32_t parent, uint32_t key) {
    const Node* const nodes = nodes_.data();
    const uint32_t first = nodes[parent].first_child;
    if (first == 0) {
      const uint32_t child = AddNode(parent, key);
      nodes_.data()[parent].first_child = child;
      return child;
    }
    if (nodes[first].key == key) return first;
    return others_.FindOrAdd(
        HashOf(parent, key), [&](uint32_t row) { return IsChild(row, parent, key); },
        [&] { return AddNode(parent, key); });
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

  uint32_t size() const { return static_cast<uint32_t>(nodes_.size()); }
  uint32_t parent(uint32_t node) const { return nodes_.data()[node].parent; }
  uint32_t key(uint32_t node) const { return nodes_.data()[node].key; }
  size_t memory_bytes() const { return nodes_.capacity() * sizeof(Node) + others_.memory_bytes(); }

 private:
  struct Node {
    uint32_t parent = 0, key = 0;
    uint32_t first_child = 0;  // 0: none
  };

  uint32_t AddNode(uint32_t parent, uint32_t key) {
    nodes_.push_back({parent, key});
    return size() - 1;
  }
  uint64_t HashOf(uint32_t parent, uint32_t key) const {
    return MixHash(seed_, (uint64_t{parent} << 32) | key);
  }
  bool IsChild(uint32_t node, uint32_t parent, uint32_t key) const {
    const Node& is = nodes_.data()[node];
    return is.parent == parent && is.key == key;
  }

  uint64_t seed_;
  std::vector<Node> nodes_;
  RowSet others_;  // nodes that are not a first child
};

}  // namespace dolerite

#endif  // DOLERITE_MODEL_CHILD_INDEX_H_
