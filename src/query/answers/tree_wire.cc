#include "query/answers/tree_wire.h"

#include <string>
#include <vector>

#include "query/answers/sum_bounds.h"

namespace dolerite {

// In order of numbers: parents before children, as nodes are numbered as they come.
void EncodeTree(const FrameTree& tree, PartialWriter* wire) {
  (*wire)(uint64_t{tree.names().size()});
  for (uint32_t i = 1; i < tree.names().size(); ++i) {
    (*wire)(std::string(tree.names()[StringId{i}]));
  }
  (*wire)(uint64_t{tree.size()});
  for (uint32_t node = 0; node < tree.size(); ++node) {
    if (node > 0) (*wire)(node - tree.parent(node), tree.name_of(node).value);
    for (size_t c = 0; c < tree.columns(); ++c) (*wire)(tree.self(node, c));
  }
}

// Parents come before children. A node must be new: else the ids of later nodes would shift.
void DecodeTree(PartialReader* wire, FrameTree* tree) {
  std::vector<StringId> names(1);
  std::string name;
  const size_t name_count = wire->Count();
  for (size_t i = 1; i < name_count && wire->ok(); ++i) {
    (*wire)(name);
    names.push_back(tree->Name(name));
  }
  const size_t nodes = wire->Count();
  if (wire->ok() && nodes == 0) wire->Fail("a tree without a root");
  for (uint32_t node = 0; node < nodes && wire->ok(); ++node) {
    if (node > 0) {
      // Distances to parents are small numbers.
      const uint32_t back = wire->Below(node + size_t{1});
      const uint32_t key = wire->Below(names.size());
      if (!wire->ok()) return;
      if (back == 0) return wire->Fail("a node that is its own parent");
      if (tree->Child(node - back, names[key]) != node) return wire->Fail("the same node twice");
    }
    for (size_t c = 0; c < tree->columns(); ++c) {
      __int128 self = 0;
      (*wire)(self);
      if (!IsSum(self)) return wire->Fail("a sum that no profiles make");
      tree->AddSelf(node, c, self);
    }
  }
}

// Column by column: numbers of one kind lie together, which compresses better.
void EncodeSums(const SumTree& tree, PartialWriter* wire) {
  (*wire)(uint64_t{tree.names.size()});
  for (uint32_t i = 1; i < tree.names.size(); ++i) {
    (*wire)(std::string(tree.names[StringId{i}]));
  }
  (*wire)(uint64_t{tree.size()});
  for (size_t i = 1; i < tree.size(); ++i) (*wire)(tree.depth[i - 1] + 1 - tree.depth[i]);
  for (size_t i = 1; i < tree.size(); ++i) (*wire)(tree.name[i]);
  for (size_t c = 0; c < tree.columns; ++c) {
    for (size_t i = 0; i < tree.size(); ++i) (*wire)(tree.self[i * tree.columns + c]);
  }
}

namespace {

// Names in order, each once.
void DecodeNames(PartialReader* wire, StringTable* names) {
  std::string last, name;
  const size_t count = wire->Count();
  for (size_t i = 1; i < count && wire->ok(); ++i) {
    (*wire)(name);
    if (name <= last) return wire->Fail("names out of order");
    names->Add(name);
    std::swap(name, last);
  }
}

// Whether siblings are in the order of their names.
// Merging trees walks both in step, which goes wrong without an error if siblings are out of order.
bool InOrder(const SumTree& tree) {
  std::vector<uint32_t> path;  // by depth the name of the last node
  for (size_t i = 0; i < tree.size(); ++i) {
    const uint32_t depth = tree.depth[i];
    if (depth < path.size() && path[depth] >= tree.name[i]) return false;
    path.resize(depth);
    path.push_back(tree.name[i]);
  }
  return true;
}

}  // namespace

// A tree must be in its final order, which merging relies on.
// A tree must be in its final order, which merging relies on. Columns are checked as they are read:
// depths first, then names, then sums.
void DecodeSums(PartialReader* wire, SumTree* tree) {
  DecodeNames(wire, &tree->names);
  const size_t nodes = wire->Count();
  if (wire->ok() && nodes == 0) return wire->Fail("a tree without a root");
  for (size_t i = 1; i < nodes && wire->ok(); ++i) {
    const uint32_t last = tree->depth.back();
    tree->Add(last + 1 - wire->Below(last + size_t{1}), 0);
  }
  for (size_t i = 1; i < nodes && wire->ok(); ++i) tree->name[i] = wire->Below(tree->names.size());
  if (wire->ok() && !InOrder(*tree)) return wire->Fail("siblings out of order");
  for (size_t c = 0; c < tree->columns; ++c) {
    for (size_t i = 0; i < nodes && wire->ok(); ++i) {
      __int128& sum = tree->self[i * tree->columns + c];
      (*wire)(sum);
      if (!IsSum(sum)) return wire->Fail("a sum that no profiles make");
    }
  }
}

}  // namespace dolerite
