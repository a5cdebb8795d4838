// A growing tree of named frames: flame graphs are merged in it.
#ifndef DOLERITE_MODEL_FRAME_TREE_H_
#define DOLERITE_MODEL_FRAME_TREE_H_

#include <cstdint>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "dolerite/call_context.h"
#include "dolerite/tree.h"
#include "model/child_index.h"
#include "model/name_set.h"
#include "model/sum_tree.h"

namespace dolerite {

// Nodes by name below their parent; node 0 is the root. Sums are exact. Not thread-safe.
class FrameTree {
 public:
  explicit FrameTree(size_t columns = 1);

  // Room for so many more nodes.
  void Reserve(size_t nodes);
  StringId Name(std::string_view name) { return names_.Add(name); }
  uint32_t Child(uint32_t parent, StringId name) {
    const uint32_t child = nodes_.FindOrAdd(parent, name.value);
    if (self_.size() < size() * columns_) self_.resize(size() * columns_);
    return child;
  }
  void AddSelf(uint32_t node, size_t column, __int128 value) {
    self_[node * columns_ + column] += value;
  }

  // Adds all columns of another tree, which has as many columns. Returns, by the other's node, the
  // node of this tree. Not OK only if the host has stopped the call: then nothing was added.
  absl::StatusOr<std::vector<uint32_t>> Merge(const FrameTree& other, const CallContext& call = {});
  // The same, but the other tree may have fewer columns, and after an error some was added.
  absl::StatusOr<std::vector<uint32_t>> Merge(const SumTree& other, const CallContext& call = {});

  // TakeBack undoes a merge into a tree of this size: it takes the other tree's sums back.
  struct Size {
    uint32_t nodes = 0, names = 0;
  };
  Size sizes() const {
    return {static_cast<uint32_t>(size()), static_cast<uint32_t>(names().size())};
  }
  // `nodes` are those that Merge returned, or the first of them.
  void TakeBack(const FrameTree& other, const std::vector<uint32_t>& nodes, const Size& before);

  // By node its place in pre-order, children by name: the order that Finish gives.
  absl::StatusOr<std::vector<uint32_t>> Places(const CallContext& call) const;

  // The tree in order of names, without nodes below which all values are 0. OutOfRange if a sum
  // leaves 64 bits.
  absl::StatusOr<Tree> Finish(const CallContext& call = {}) const;

  const StringTable& names() const { return names_.names(); }
  StringId name_of(uint32_t node) const { return {nodes_.key(node)}; }
  uint32_t parent(uint32_t node) const { return nodes_.parent(node); }
  __int128 self(uint32_t node, size_t column) const { return self_[node * columns_ + column]; }
  size_t size() const { return nodes_.size(); }
  size_t columns() const { return columns_; }
  size_t memory_bytes() const {
    return names_.memory_bytes() + nodes_.memory_bytes() + self_.capacity() * sizeof(__int128);
  }

 private:
  size_t columns_;
  NameSet names_;
  ChildIndex nodes_;            // by name
  std::vector<__int128> self_;  // node by node
};

}  // namespace dolerite

#endif  // DOLERITE_MODEL_FRAME_TREE_H_
