// Trees of frames as bytes, small without compression: names without what they share with their
// neighbours, sums without their common divisor. Every number is checked as it is read.
#include "query/answers/tree_wire.h"

#include <algorithm>
#include <numeric>
#include <string>
#include <string_view>
#include <vector>

#include "query/answers/sum_bounds.h"

namespace dolerite {

namespace {

// A name shares at most so many bytes with the one before for each byte that is written of it, so
// that few bytes from outside never become very many.
constexpr size_t kMostShared = 8;

// Of each name what it shares with the one before is left out: most tables are in order.
void EncodeNames(const StringTable& names, PartialWriter* wire) {
  (*wire)(uint64_t{names.size()});
  std::string_view last;
  for (uint32_t i = 1; i < names.size(); ++i) {
    const std::string_view name = names[StringId{i}];
    const size_t most = std::min(last.size(), (name.size() + 1) * kMostShared / (kMostShared + 1));
    const auto end = std::mismatch(last.begin(), last.begin() + most, name.begin()).first;
    const size_t shared = static_cast<size_t>(end - last.begin());
    (*wire)(shared, name.substr(shared));
    last = name;
  }
}

// Reads what follows `name` into its place.
void DecodeNextName(PartialReader* wire, std::string* name) {
  size_t shared = 0;
  std::string_view rest;
  (*wire)(shared, rest);
  if (shared > name->size() || shared > (rest.size() + 1) * kMostShared) {
    return wire->Fail("a name that shares too much with the one before");
  }
  name->resize(shared);
  *name += rest;
}

}  // namespace

// In order of numbers: parents before children, as nodes are numbered as they come.
void EncodeTree(const FrameTree& tree, PartialWriter* wire) {
  EncodeNames(tree.names(), wire);
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
    DecodeNextName(wire, &name);
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
      if (!IsSum(self)) return wire->Fail("a sum is larger than profiles can add up to");
      tree->AddSelf(node, c, self);
    }
  }
}

namespace {

// Most sums are multiples of something, such as the time between two samples: the greatest common
// divisor comes first. It is 0 where a sum has more than 64 bits: then they follow as they are.
void EncodeColumn(const SumTree& tree, size_t column, PartialWriter* wire) {
  uint64_t divisor = 0;
  bool wide = false;
  for (size_t i = column; i < tree.self.size(); i += tree.columns) {
    const int64_t sum = static_cast<int64_t>(tree.self[i]);
    wide |= sum != tree.self[i] || sum == INT64_MIN;  // which has no absolute value
    const uint64_t size = sum < 0 ? 0 - static_cast<uint64_t>(sum) : static_cast<uint64_t>(sum);
    if (size != 0 && (divisor == 0 || size % divisor != 0)) divisor = std::gcd(divisor, size);
  }
  divisor = wide ? 0 : std::max<uint64_t>(divisor, 1);
  (*wire)(divisor);
  for (size_t i = column; i < tree.self.size(); i += tree.columns) {
    if (wide) {
      (*wire)(tree.self[i]);
    } else {
      const int64_t sum = static_cast<int64_t>(tree.self[i]);
      (*wire)(sum == 0 ? 0 : sum / static_cast<int64_t>(divisor));
    }
  }
}

}  // namespace

// Column by column: numbers of one kind lie together, which compresses better.
void EncodeSums(const SumTree& tree, PartialWriter* wire) {
  EncodeNames(tree.names, wire);
  (*wire)(uint64_t{tree.size()});
  for (size_t i = 1; i < tree.size(); ++i) (*wire)(tree.depth[i - 1] + 1 - tree.depth[i]);
  for (size_t i = 1; i < tree.size(); ++i) (*wire)(tree.name[i]);
  for (size_t c = 0; c < tree.columns; ++c) EncodeColumn(tree, c, wire);
}

namespace {

// Names in order, each once.
void DecodeNames(PartialReader* wire, StringTable* names) {
  std::string name;
  StringId last{};
  const size_t count = wire->Count();
  for (size_t i = 1; i < count && wire->ok(); ++i) {
    DecodeNextName(wire, &name);
    if (name <= (*names)[last]) return wire->Fail("names out of order");
    last = names->Add(name);
  }
}

void DecodeColumn(PartialReader* wire, size_t column, SumTree* tree) {
  uint64_t divisor = 0;
  (*wire)(divisor);
  for (size_t i = column; i < tree->self.size() && wire->ok(); i += tree->columns) {
    __int128& sum = tree->self[i];
    if (divisor == 0) {
      (*wire)(sum);
    } else {
      int64_t part = 0;
      (*wire)(part);
      sum = __int128{part} * divisor;
    }
    if (!IsSum(sum)) return wire->Fail("a sum is larger than profiles can add up to");
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

// A tree must be in its final order, which merging relies on. Columns are checked as they are read:
// depths first, then names, then sums.
void DecodeSums(PartialReader* wire, SumTree* tree) {
  DecodeNames(wire, &tree->names);
  const size_t nodes = wire->Count();
  if (wire->ok() && nodes == 0) return wire->Fail("a tree without a root");
  tree->Reserve(nodes);  // of which each has its bytes
  for (size_t i = 1; i < nodes && wire->ok(); ++i) {
    const uint32_t last = tree->depth.back();
    tree->Add(last + 1 - wire->Below(last + size_t{1}), 0);
  }
  for (size_t i = 1; i < nodes && wire->ok(); ++i) tree->name[i] = wire->Below(tree->names.size());
  if (wire->ok() && !InOrder(*tree)) return wire->Fail("siblings out of order");
  for (size_t c = 0; c < tree->columns && wire->ok(); ++c) DecodeColumn(wire, c, tree);
}

}  // namespace dolerite
