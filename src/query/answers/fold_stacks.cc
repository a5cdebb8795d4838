// Stacks that differ in addresses, lines or mappings may have the same names: the fold makes one
// node of all stacks with the same names. Phases:
//
//   mark    which stacks lead to a value, backwards over the stack tree
//   name    the frames of the locations of marked stacks; names are sorted, so that rows are ranks
//   find    walks stacks in pre-order: the node of a frame is found by the node above it and its
//           name, and nodes are numbered as they are met
//   place   puts nodes into their final order: they are sorted by counting their names, and sizes
//           of subtrees say how far behind its parent a node is
//   add     the value of each stack goes to the node of its innermost frame
//
// No phase compares nodes or follows lists: the processor can't guess which of two nodes comes
// first, and a wrong guess costs more than looking a node up.
#include "query/answers/fold_stacks.h"

#include <algorithm>

#include "base/checksum.h"
#include "base/pace.h"
#include "base/status.h"
#include "model/line_functions.h"
#include "model/row_set.h"
#include "query/select/frames.h"

namespace dolerite {

namespace {

uint32_t MostLines(const LineFunctions& lines) {
  uint32_t most = 0;
  for (uint32_t l = 0; l < lines.locations(); ++l) most = std::max(most, lines.count({l}));
  return most;
}

}  // namespace

// An inlined call makes a frame in each stack that passes its location. So a few bytes of lines
// under a large tree may make very many frames: they are counted here before the fold makes any.
absl::Status HoldFrames(FrameBy by, const DatasetView& view) {
  if (by == FrameBy::kMapping) return absl::OkStatus();
  constexpr uint64_t kFrameBytes = 64, kAlways = 1 << 20;
  DatasetReader* reader = view.reader;
  TypeSet types;
  for (const DatasetScan& scan : view.scans) {
    types.resize(scan.types.size());
    for (size_t t = 0; t < types.size(); ++t) types[t] |= scan.types[t];
  }
  DOLERITE_ASSIGN_OR_RETURN(const MergedTables* tables, reader->Stacks(types));
  const LineFunctions lines(*tables);
  const LocationId* location = tables->stacks.location.data();
  const bool bounded = view.options->memory_bytes != SIZE_MAX;
  // Mostly the longest location shows that there can't be too many.
  const uint64_t stacks = tables->stacks.size();
  if (!bounded && stacks > lines.locations() && stacks * MostLines(lines) <= kAlways) {
    return absl::OkStatus();
  }
  uint64_t frames = 0;
  for (uint32_t t = 0; t < types.size(); ++t) {
    if (!types[t]) continue;
    DOLERITE_ASSIGN_OR_RETURN(const TypeStacks* of, reader->StacksOf(t));
    for (uint32_t i = of->begin; i < of->end; ++i) {
      frames += std::max(lines.count(location[i]), 1u) - 1;
    }
  }
  // With a bound of the host's, frames are charged to it; without one the dataset's bytes bound
  // them.
  if (bounded) {
    return reader->HoldAnswer(frames * kFrameBytes, "inlined frames");
  }
  uint64_t stored = 0;
  for (uint32_t i = 0; i < reader->footer().sections; ++i) {
    stored += reader->block().footer.sections[reader->footer().first_section + i].stored;
  }
  if (frames <= kAlways + stored) return absl::OkStatus();
  return ResourceExhausted(frames, " inlined frames of stacks are over the limit of ",
                           kAlways + stored, " for ", stored,
                           " stored bytes; QueryOptions::memory_bytes sets another bound");
}

namespace {

// The nodes by the node above and the name, numbered as they come: parents first. Node 0 is the
// root. A node knows its first child, which mostly is its only one or the one that is asked for;
// others are found by hash. ChildIndex, which keeps lists of children, takes 4 % more of a flame
// graph.
class NodeSet {
 public:
  explicit NodeSet(size_t stacks) : seed_(SeedFor(this)), others_(16 + stacks / 8) {
    nodes_.reserve(stacks + 1);
    nodes_.push_back({});
  }

  uint32_t FindOrAdd(uint32_t above, uint32_t name) {
    Node* const nodes = nodes_.data();
    const uint32_t first = nodes[above].first_child;
    if (first == 0) {
      const uint32_t node = Add(above, name);
      nodes_.data()[above].first_child = node;
      return node;
    }
    if (nodes[first].name == name) return first;
    return others_.FindOrAdd(
        MixHash(seed_, (uint64_t{above} << 32) | name),
        [&](uint32_t node) { return nodes[node].above == above && nodes[node].name == name; },
        [&] { return Add(above, name); });
  }

  // Frees what finding takes: nothing is found from now on.
  void Close() { others_ = RowSet(); }

  uint32_t above(uint32_t node) const { return nodes_.data()[node].above; }
  uint32_t name(uint32_t node) const { return nodes_.data()[node].name; }
  uint32_t size() const { return static_cast<uint32_t>(nodes_.size()); }

 private:
  struct Node {
    uint32_t above = 0, name = 0;
    uint32_t first_child = 0;  // 0: none
  };
  uint32_t Add(uint32_t above, uint32_t name) {
    nodes_.push_back({above, name, 0});
    return size() - 1;
  }

  uint64_t seed_;
  std::vector<Node> nodes_;
  RowSet others_;
};

// A stack is marked if it, or one below it, is wanted. Parents come before their children.
void Mark(const StackTree& stacks, std::vector<char>* wanted) {
  char* const marked = wanted->data();
  const uint32_t* const parent = stacks.parent.data();
  for (size_t i = stacks.size(); i-- > 0;) marked[parent[i]] |= marked[i];
}

// Only frames of marked stacks are named.
FrameNames Name(const MergedTables& tables, const std::vector<char>& marked, FrameBy by,
                StringTable* names) {
  std::vector<char> wanted(tables.symbols.locations.size(), 0);
  const LocationId* const location = tables.stacks.location.data();
  char* const of = wanted.data();
  for (size_t i = 1; i < tables.stacks.size(); ++i) of[location[i].value] |= marked.data()[i];
  return FrameNames(tables, by, wanted, names);
}

// By stack the node of its innermost frame. A frame of the name above it, where such are one, is
// that node.
absl::Status Find(const StackTree& stacks, const std::vector<char>& marked, const FrameNames& names,
                  const CallContext& call, NodeSet* nodes, std::vector<uint32_t>* found) {
  const bool merges_equal = names.MergesEqual();
  const uint32_t* const parent = stacks.parent.data();
  const LocationId* const location = stacks.location.data();
  uint32_t* const node_of = found->data();
  Pace pace;
  for (size_t i = 1, n = stacks.size(); i < n; ++i) {
    if (!marked.data()[i]) continue;
    uint32_t node = node_of[parent[i]];
    const StringId* frame = names.Of(location[i]);
    do {
      if (pace.IsDue()) DOLERITE_RETURN_IF_ERROR(call.Check());
      if (merges_equal && node != 0 && nodes->name(node) == frame->value) continue;
      node = nodes->FindOrAdd(node, frame->value);
    } while (*++frame != FrameNames::kEnd);
    node_of[i] = node;
  }
  return absl::OkStatus();
}

// All nodes but the root, by name; those of one name as they were met.
std::vector<uint32_t> ByName(const NodeSet& nodes, size_t names) {
  const uint32_t n = nodes.size();
  std::vector<uint32_t> ends(names + 1, 0), sorted(n - 1);
  uint32_t* const end = ends.data();
  for (uint32_t i = 1; i < n; ++i) ++end[nodes.name(i) + 1];
  for (size_t name = 1; name <= names; ++name) end[name] += end[name - 1];
  for (uint32_t i = 1; i < n; ++i) sorted.data()[end[nodes.name(i)]++] = i;
  return sorted;
}

// By node its place in pre-order, siblings by name: behind its parent and the subtrees of siblings
// before it. PreOrder, for trees whose parents may follow their children, takes 8 % more of a flame
// graph.
absl::StatusOr<std::vector<uint32_t>> Places(const NodeSet& nodes, size_t names,
                                             const CallContext& call) {
  const uint32_t n = nodes.size();
  std::vector<uint32_t> sizes(n, 1), taken(n, 1), places(n, 0);
  uint32_t *const size = sizes.data(), *const next = taken.data(), *const place = places.data();
  for (uint32_t i = n; i-- > 1;) size[nodes.above(i)] += size[i];
  DOLERITE_RETURN_IF_ERROR(call.Check());
  for (uint32_t i : ByName(nodes, names)) {
    const uint32_t above = nodes.above(i);
    place[i] = next[above];
    next[above] += size[i];
  }
  DOLERITE_RETURN_IF_ERROR(call.Check());
  for (uint32_t i = 1; i < n; ++i) place[i] += place[nodes.above(i)];
  return places;
}

// Fills the tree and makes `found` places.
absl::Status Place(const NodeSet& nodes, const CallContext& call, SumTree* tree,
                   std::vector<uint32_t>* found) {
  DOLERITE_ASSIGN_OR_RETURN(const std::vector<uint32_t> places,
                            Places(nodes, tree->names.size(), call));
  const uint32_t n = nodes.size();
  const uint32_t* const place = places.data();
  tree->name.resize(n), tree->depth.resize(n);
  tree->self.resize(n * tree->columns, 0);
  uint32_t *const name = tree->name.data(), *const depth = tree->depth.data();
  for (uint32_t i = 1; i < n; ++i) {
    name[place[i]] = nodes.name(i);
    depth[place[i]] = depth[place[nodes.above(i)]] + 1;
  }
  DOLERITE_RETURN_IF_ERROR(call.Check());
  for (uint32_t& node : *found) node = place[node];
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<FoldedStacks> FoldStacks(const MergedTables& tables, std::vector<char> wanted,
                                        FrameBy by, size_t columns, const CallContext& call) {
  const size_t stacks = tables.stacks.size();
  FoldedStacks out{SumTree(columns), {}};
  Mark(tables.stacks, &wanted);
  DOLERITE_RETURN_IF_ERROR(call.Check());
  const FrameNames names = Name(tables, wanted, by, &out.tree.names);
  DOLERITE_RETURN_IF_ERROR(call.Check());
  NodeSet nodes(stacks);
  out.node.assign(stacks, 0);
  DOLERITE_RETURN_IF_ERROR(Find(tables.stacks, wanted, names, call, &nodes, &out.node));
  nodes.Close();
  DOLERITE_RETURN_IF_ERROR(Place(nodes, call, &out.tree, &out.node));
  return out;
}

absl::StatusOr<SumTree> FoldSums(const SelectedStacks& selected, FrameBy by,
                                 const SumColumns& columns, size_t width, const CallContext& call) {
  std::vector<char> wanted(selected.tables->stacks.size(), 0);
  std::vector<std::vector<uint32_t>> with_sums;  // by column: stacks of the dataset
  for (const auto& [column, sums] : columns) {
    for (uint32_t from : with_sums.emplace_back(sums->NotZero())) {
      const uint32_t stack = selected[from];
      if (stack != kNoStack) wanted.data()[stack] = 1;
    }
  }
  DOLERITE_ASSIGN_OR_RETURN(FoldedStacks folded,
                            FoldStacks(*selected.tables, std::move(wanted), by, width, call));
  const uint32_t* const node = folded.node.data();
  __int128* const self = folded.tree.self.data();
  for (size_t i = 0; i < columns.size(); ++i) {
    const auto& [column, sums] = columns[i];
    for (uint32_t from : with_sums[i]) {
      const uint32_t stack = selected[from];
      if (stack != kNoStack) self[node[stack] * width + column] += (*sums)[from];
    }
  }
  return std::move(folded.tree);
}

}  // namespace dolerite
