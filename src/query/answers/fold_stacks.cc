// Stacks that differ in addresses, lines or mappings may have the same names: the fold makes one
// node of all stacks with the same names. Phases:
//
//   mark    which stacks lead to a value, backwards over the stack tree
//   name    the frames of the locations of marked stacks; names are sorted, so that rows are ranks
//   find    walks stacks in pre-order: the node of a frame is found by the node above it and its
//           name, and nodes are numbered as they are met
//   place   puts nodes into their final order
//   add     the value of each stack goes to the node of its innermost frame
//
// No phase compares nodes or follows lists: the processor can't guess which of two nodes comes
// first, and a wrong guess costs more than looking a node up.
#include "query/answers/fold_stacks.h"

#include <algorithm>

#include "base/checksum.h"
#include "base/pace.h"
#include "base/status.h"
#include "model/child_index.h"
#include "model/line_functions.h"
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
                  const CallContext& call, ChildIndex* nodes, std::vector<uint32_t>* found) {
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
      if (merges_equal && node != 0 && nodes->key(node) == frame->value) continue;
      node = nodes->FindOrAdd(node, frame->value);
    } while (*++frame != FrameNames::kEnd);
    node_of[i] = node;
  }
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
  ChildIndex nodes(SeedFor(&tables));
  nodes.Reserve(stacks);
  out.node.assign(stacks, 0);
  DOLERITE_RETURN_IF_ERROR(Find(tables.stacks, wanted, names, call, &nodes, &out.node));
  nodes.Close();
  DOLERITE_ASSIGN_OR_RETURN(const std::vector<uint32_t> places,
                            PlaceNodes(nodes, {}, call, &out.tree));
  for (uint32_t& node : out.node) node = places.data()[node];
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
