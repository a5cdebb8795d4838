// Stacks that differ in addresses, lines or mappings may have the same names: the fold makes one
// node of all stacks with the same names. Phases:
//
//   mark    which stacks lead to a value, backwards over the stack tree
//   name    the frames of the locations of marked stacks; names are sorted, so that rows are ranks
//   lay     marked stacks as frames in pre-order: a location with inlined calls is a chain of them
//   group   walks down the tree: a group is all frames that have the same names up to the root; it
//           makes one node, and the children of its frames, sorted by name, are the next groups
//   add     the value of each stack goes to the node of its innermost frame
//
// Groups are met in the final order of nodes, so no node is looked up by hash or sorted afterwards.
#include "query/answers/fold_stacks.h"

#include <algorithm>

#include "base/pace.h"
#include "base/status.h"
#include "model/name_set.h"
#include "model/pre_order.h"
#include "query/select/frames.h"

namespace dolerite {

// An inlined call makes a frame in each stack that passes its location. So a few bytes of lines
// under a large tree may make very many frames: they are counted here before the fold makes any.
absl::Status HoldFrames(FrameBy by, const DatasetView& view) {
  if (by == FrameBy::kMapping) return absl::OkStatus();
  constexpr uint64_t kFrameBytes = 48, kAlways = 1 << 20;
  DatasetReader* reader = view.reader;
  TypeSet types;
  for (const DatasetScan& scan : view.scans) {
    types.resize(scan.types.size());
    for (size_t t = 0; t < types.size(); ++t) types[t] |= scan.types[t];
  }
  DOLERITE_ASSIGN_OR_RETURN(const MergedTables* tables, reader->Stacks(types));
  const Lists<Line>& lines = tables->symbols.locations.lines;
  const LocationId* location = tables->stacks.location.data();
  uint64_t frames = 0;
  for (uint32_t t = 0; t < types.size(); ++t) {
    if (!types[t]) continue;
    DOLERITE_ASSIGN_OR_RETURN(const TypeStacks* of, reader->StacksOf(t));
    for (uint32_t i = of->begin; i < of->end; ++i) {
      frames += std::max<size_t>(lines.length(location[i].value), 1) - 1;
    }
  }
  // With a bound of the host's, frames are charged to it; without one the dataset's bytes bound
  // them.
  if (view.options->memory_bytes != SIZE_MAX) {
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

// Holds what the phases hand on. All columns of `columns` share the stacks, so frames are laid once
// for all of them.
class Folder {
 public:
  Folder(const SelectedStacks& selected, const SumColumns& columns, size_t width,
         const CallContext& call)
      : selected_(selected),
        stacks_(selected.tables->stacks),
        columns_(columns),
        call_(call),
        tree_(width) {}

  // Each phase is linear in stacks or frames, but for sorting children that are not in order.
  absl::StatusOr<SumTree> Fold(FrameBy by) && {
    Mark();
    DOLERITE_RETURN_IF_ERROR(call_.Check());
    DOLERITE_RETURN_IF_ERROR(Lay(by));
    DOLERITE_RETURN_IF_ERROR(Group());
    Add();
    return std::move(tree_);
  }

 private:
  // A frame that waits for its group; those of one level, by name, have one group as parents.
  struct Waiting {
    uint32_t name, frame;
    friend bool operator<(Waiting a, Waiting b) { return a.name < b.name; }
  };
  struct Level {
    size_t next, end;  // of waiting_
  };

  void Mark();
  absl::Status Lay(FrameBy by);
  absl::Status Group();
  size_t WaitForChildren(size_t begin, size_t end, size_t to);
  void Add();

  // visit(stack of the selected tables, column, sum) for all sums that are not 0.
  template <class Visit>
  void ForEachSum(const Visit& visit) const {
    for (const auto& [column, sums] : columns_) {
      sums->ForEach([&, at = column](uint32_t from, __int128 sum) {
        const uint32_t stack = selected_[from];
        if (stack != kNoStack) visit(stack, at, sum);
      });
    }
  }

  const SelectedStacks& selected_;
  const StackTree& stacks_;
  const SumColumns& columns_;
  const CallContext& call_;
  Pace pace_;

  std::vector<char> marked_;        // by stack
  std::vector<uint32_t> frame_of_;  // by stack its innermost frame
  // Frames in pre-order; 0 is the root. A frame's name is not asked for once it has a node.
  std::vector<uint32_t> name_or_node_;
  std::vector<uint32_t> parent_, end_;  // end_: one past the last frame below
  std::vector<Waiting> waiting_;
  SumTree tree_;
};

// Only the stacks that lead to a value are named and laid.
void Folder::Mark() {
  marked_.assign(stacks_.size(), 0);
  char* marked = marked_.data();
  ForEachSum([&](uint32_t stack, size_t, __int128) { marked[stack] = 1; });
  const uint32_t* parent = stacks_.parent.data();
  for (size_t i = stacks_.size(); i-- > 1;) marked[parent[i]] |= marked[i];
}

// One frame for each line of a location, outermost first. Frames of equal names below one parent
// are not merged here: Group does that.
absl::Status Folder::Lay(FrameBy by) {
  const size_t n = stacks_.size();
  std::vector<char> wanted(selected_.tables->symbols.locations.size(), 0);
  for (size_t i = 1; i < n; ++i) wanted[stacks_.location[i].value] |= marked_[i];
  NameSet set;
  FrameNames names(selected_.tables->symbols, by, wanted, &set);
  names.Renumber(set.Sort(&tree_.names));

  // A block's stacks are in pre-order; those that filters have changed need not be.
  std::vector<uint32_t> order;
  if (selected_.changed != nullptr) order = PreOrder(stacks_.parent, [](uint32_t i) { return i; });
  // Most stacks are one frame: room is made for those, and grows where calls are inlined.
  size_t room = static_cast<size_t>(std::count(marked_.begin(), marked_.end(), 1)) + 1;
  name_or_node_.resize(room), parent_.resize(room);
  uint32_t *name = name_or_node_.data(), *above = parent_.data();
  frame_of_.assign(n, 0);
  uint32_t* frame_of = frame_of_.data();
  const uint32_t* parent = stacks_.parent.data();
  const LocationId* location = stacks_.location.data();
  const bool merges_equal = names.MergesEqual();
  // Frame 0 is the root.
  uint32_t frames = 1;
  for (size_t at = 1; at < n; ++at) {
    const size_t i = order.empty() ? at : order[at];
    if (!marked_[i]) continue;
    if (pace_.IsDue()) DOLERITE_RETURN_IF_ERROR(call_.Check());
    uint32_t frame = frame_of[parent[i]];
    for (const StringId* id = names.Of(location[i]); *id != FrameNames::kEnd; ++id) {
      if (merges_equal && frame != 0 && name[frame] == id->value) continue;
      if (frames == room) {
        room += room / 4 + 16;
        name_or_node_.resize(room), parent_.resize(room);
        name = name_or_node_.data(), above = parent_.data();
      }
      name[frames] = id->value, above[frames] = frame;
      frame = frames++;
    }
    frame_of[i] = frame;
  }
  // One backward pass: a frame ends where the last frame below it does.
  end_.assign(frames, 0);
  uint32_t* end = end_.data();
  for (uint32_t frame = frames; frame-- > 0;) {
    end[frame] = std::max(end[frame], frame + 1);
    end[above[frame]] = std::max(end[above[frame]], end[frame]);
  }
  return absl::OkStatus();
}

// Puts the children of the frames waiting_[begin, end) behind `to`, by name. Returns their end.
// Children of one frame come in the order of their locations, which in tables of a block is nearly
// always that of their names.
size_t Folder::WaitForChildren(size_t begin, size_t end, size_t to) {
  const uint32_t *name = name_or_node_.data(), *end_of = end_.data();
  const size_t level = to;
  bool sorted = true;
  uint32_t last = 0;
  for (size_t i = begin; i < end; ++i) {
    const uint32_t frame = waiting_.data()[i].frame, frame_end = end_of[frame];
    for (uint32_t child = frame + 1; child < frame_end; child = end_of[child]) {
      if (to == waiting_.size()) waiting_.resize(2 * to + 64);
      waiting_.data()[to++] = {name[child], child};
      sorted = sorted && last <= name[child];
      last = name[child];
    }
  }
  if (!sorted) std::sort(waiting_.data() + level, waiting_.data() + to);
  return to;
}

// `levels` is the path to the present group; each level has the frames that wait below it, by name.
// A level's frames lie behind those of the level above in one array, which therefore never holds
// more than the siblings along one path.
absl::Status Folder::Group() {
  uint32_t* node_of = name_or_node_.data();
  tree_.Reserve(end_[0] / 2);
  waiting_ = {{0, 0}};
  std::vector<Level> levels = {{1, WaitForChildren(0, 1, 1)}};
  while (!levels.empty()) {
    Level& level = levels.back();
    if (level.next == level.end) {
      levels.pop_back();
      continue;
    }
    const size_t begin = level.next, level_end = level.end;
    const Waiting* waiting = waiting_.data();
    const uint32_t name = waiting[begin].name, node = static_cast<uint32_t>(tree_.name.size());
    size_t end = begin;
    for (; end < level_end && waiting[end].name == name; ++end) node_of[waiting[end].frame] = node;
    level.next = end;
    tree_.name.push_back(name);
    tree_.depth.push_back(static_cast<uint32_t>(levels.size()));
    if (pace_.IsDue(end - begin)) DOLERITE_RETURN_IF_ERROR(call_.Check());
    const size_t below = WaitForChildren(begin, end, level_end);
    if (below > level_end) levels.push_back({level_end, below});
  }
  tree_.self.assign(tree_.size() * tree_.columns, 0);
  return absl::OkStatus();
}

// Values of stacks are added to the nodes of their innermost frames.
void Folder::Add() {
  const uint32_t *node_of = name_or_node_.data(), *frame_of = frame_of_.data();
  __int128* self = tree_.self.data();
  ForEachSum([&](uint32_t stack, size_t column, __int128 sum) {
    self[node_of[frame_of[stack]] * tree_.columns + column] += sum;
  });
}

}  // namespace

absl::StatusOr<SumTree> FoldStacks(const SelectedStacks& selected, FrameBy by,
                                   const SumColumns& columns, size_t width,
                                   const CallContext& call) {
  return Folder(selected, columns, width, call).Fold(by);
}

}  // namespace dolerite
