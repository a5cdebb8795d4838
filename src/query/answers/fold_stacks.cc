// Stacks that differ in addresses, lines or mappings may have the same names: the fold makes one
// node of all stacks with the same names. Phases:
//
//   mark    which stacks lead to a value, backwards over the stack tree; where each subtree ends
//   name    the frames of the locations of marked stacks; names are sorted, so that rows are ranks
//   group   walks down the tree: a group is all frames that have the same names up to the root; it
//           makes one node, and the frames below its frames, sorted by name, are the next groups
//   add     the value of each stack goes to the node of its innermost frame
//
// Groups are met in the final order of nodes, so no node is looked up by hash or sorted afterwards.
// Frames are not laid out: a frame is a stack and a place among the frames of its location.
#include "query/answers/fold_stacks.h"

#include <algorithm>

#include "base/pace.h"
#include "base/status.h"
#include "query/select/frames.h"

namespace dolerite {

namespace {

template <class T>
uint32_t LongestList(const Lists<T>& lists) {
  uint32_t longest = 0, begin = 0;
  for (uint32_t end : lists.ends) {
    longest = std::max(longest, end - begin);
    begin = end;
  }
  return longest;
}

}  // namespace

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
  const bool bounded = view.options->memory_bytes != SIZE_MAX;
  // Mostly the longest location shows that there can't be too many.
  const uint64_t stacks = tables->stacks.size();
  if (!bounded && stacks > lines.size() && stacks * LongestList(lines) <= kAlways) {
    return absl::OkStatus();
  }
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

// Holds what the phases hand on.
class Folder {
 public:
  Folder(const MergedTables& tables, std::vector<char> wanted, FrameBy by, const CallContext& call)
      : tables_(tables), stacks_(tables.stacks), by_(by), call_(call), marked_(std::move(wanted)) {}

  // Each phase is linear in stacks or frames, but for sorting frames that are not in order.
  absl::Status Fold(FoldedStacks* out) {
    Mark();
    DOLERITE_RETURN_IF_ERROR(call_.Check());
    const FrameNames names = Name(&out->tree.names);
    DOLERITE_RETURN_IF_ERROR(call_.Check());
    names_ = &names;
    merges_equal_ = names.MergesEqual();
    out->node.assign(stacks_.size(), 0);
    node_of_ = out->node.data();
    DOLERITE_RETURN_IF_ERROR(Group(&out->tree));
    out->tree.self.assign(out->tree.size() * out->tree.columns, 0);
    return absl::OkStatus();
  }

 private:
  // A frame that waits for its group; those of one level, by name, have one group as parents.
  struct Waiting {
    uint32_t name, stack;
    const StringId* inner;  // the frames of the stack's location behind this one
    friend bool operator<(const Waiting& a, const Waiting& b) { return a.name < b.name; }
  };
  struct Level {
    size_t next, end;  // of waiting_
    uint32_t depth;    // of the nodes of its frames
  };

  void Mark();
  FrameNames Name(StringTable* names);
  absl::Status Group(SumTree* tree);
  size_t WaitBelow(size_t begin, size_t end, size_t to);
  void WaitBelow(uint32_t stack, const StringId* inner);
  void Wait(uint32_t stack, const StringId* frame);
  Waiting FollowChain(Waiting frame, uint32_t depth, SumTree* tree);
  void Grow();

  const MergedTables& tables_;
  const StackTree& stacks_;
  const FrameBy by_;
  const CallContext& call_;
  Pace pace_;

  std::vector<char> marked_;   // by stack
  std::vector<uint32_t> end_;  // by stack: one past the last stack below
  const FrameNames* names_ = nullptr;
  bool merges_equal_ = false;
  uint32_t* node_of_ = nullptr;  // by stack the node of its innermost frame
  std::vector<Waiting> waiting_;
  Waiting *next_ = nullptr, *waiting_end_ = nullptr;  // of waiting_
  // The group whose frames are looked at: its name and node, and frames that are one with it.
  uint32_t name_ = 0, node_ = 0;
  std::vector<Waiting> merged_;
};

// A stack is marked if it, or one below it, is wanted. Stacks are in pre-order, so the child that
// is met first is the last one, and its subtree ends where the parent's does.
void Folder::Mark() {
  const size_t n = stacks_.size();
  end_.assign(n, 0);
  char* const marked = marked_.data();
  uint32_t* const end = end_.data();
  const uint32_t* const parent = stacks_.parent.data();
  for (uint32_t i = static_cast<uint32_t>(n); i-- > 0;) {
    // Without branches: whether a stack is a leaf or a last child can't be guessed.
    const uint32_t above = parent[i], mine = end[i] == 0 ? i + 1 : end[i], its = end[above];
    end[i] = mine;
    end[above] = its == 0 ? mine : its;
    marked[above] |= marked[i];
  }
  end[0] = static_cast<uint32_t>(n);
}

// Only frames of marked stacks are named.
FrameNames Folder::Name(StringTable* names) {
  std::vector<char> wanted(tables_.symbols.locations.size(), 0);
  const LocationId* const location = stacks_.location.data();
  char* const of = wanted.data();
  for (size_t i = 1; i < stacks_.size(); ++i) of[location[i].value] |= marked_.data()[i];
  return FrameNames(tables_.symbols, by_, wanted, names);
}

// A frame of the group's own name, where such are one, is no child but a part of the group.
inline void Folder::Wait(uint32_t stack, const StringId* frame) {
  const Waiting entry = {frame->value, stack, frame + 1};
  if (merges_equal_ && node_ != 0 && entry.name == name_) {
    merged_.push_back(entry);
    return;
  }
  if (next_ == waiting_end_) Grow();
  *next_++ = entry;
}

// Below a frame come the next frame of its location or, below the innermost one, the first frames
// of the stack's children.
inline void Folder::WaitBelow(uint32_t stack, const StringId* inner) {
  if (*inner != FrameNames::kEnd) return Wait(stack, inner);
  node_of_[stack] = node_;
  const uint32_t* const end_of = end_.data();
  const char* const marked = marked_.data();
  const LocationId* const location = stacks_.location.data();
  for (uint32_t child = stack + 1, end = end_of[stack]; child < end; child = end_of[child]) {
    if (marked[child]) Wait(child, names_->Of(location[child]));
  }
}

void Folder::Grow() {
  const size_t size = waiting_.size();
  waiting_.resize(2 * size + 64);
  next_ = waiting_.data() + size;
  waiting_end_ = waiting_.data() + waiting_.size();
}

// Puts the frames below those of the group waiting_[begin, end) behind `to`, by name. Returns their
// end. Children of one stack come in the order of their locations, which in tables of a block is
// nearly always that of their names.
size_t Folder::WaitBelow(size_t begin, size_t end, size_t to) {
  next_ = waiting_.data() + to;
  for (size_t i = begin; i < end; ++i) {
    const Waiting frame = waiting_.data()[i];
    WaitBelow(frame.stack, frame.inner);
  }
  while (!merged_.empty()) {
    const Waiting frame = merged_.back();
    merged_.pop_back();
    WaitBelow(frame.stack, frame.inner);
  }
  Waiting* const first = waiting_.data() + to;
  for (const Waiting* at = first + 1; at < next_; ++at) {
    if (at[0] < at[-1]) {
      std::sort(first, next_);
      break;
    }
  }
  return static_cast<size_t>(next_ - waiting_.data());
}

// A frame alone in its group whose only frame below is alone, too: makes nodes as long as that is
// so. Returns the last of these frames.
Folder::Waiting Folder::FollowChain(Waiting frame, uint32_t depth, SumTree* tree) {
  const uint32_t* const end_of = end_.data();
  for (;;) {
    if (*frame.inner == FrameNames::kEnd) {
      const uint32_t child = frame.stack + 1, end = end_of[frame.stack];
      if (child == end || end_of[child] != end || !marked_.data()[child]) return frame;
      node_of_[frame.stack] = node_;
      frame.stack = child;
      frame.inner = names_->Of(stacks_.location.data()[child]);
    }
    frame.name = frame.inner++->value;
    if (merges_equal_ && frame.name == name_) continue;
    name_ = frame.name;
    node_ = static_cast<uint32_t>(tree->name.size());
    tree->name.push_back(name_);
    tree->depth.push_back(++depth);
  }
}

// `levels` is the path to the present group; each level has the frames that wait below it, by name.
// A level's frames lie behind those of the level above in one array, which therefore never holds
// more than the siblings along one path.
absl::Status Folder::Group(SumTree* tree) {
  tree->name.reserve(stacks_.size() / 2), tree->depth.reserve(stacks_.size() / 2);
  // The root waits alone, as a frame without a name that is the innermost one of stack 0.
  Grow();
  waiting_[0] = {0, 0, &FrameNames::kEnd};
  std::vector<Level> levels = {{1, WaitBelow(0, 1, 1), 1}};
  while (!levels.empty()) {
    Level& level = levels.back();
    if (level.next == level.end) {
      levels.pop_back();
      continue;
    }
    const size_t begin = level.next, level_end = level.end;
    Waiting* const waiting = waiting_.data();
    name_ = waiting[begin].name;
    node_ = static_cast<uint32_t>(tree->name.size());
    size_t end = begin + 1;
    while (end < level_end && waiting[end].name == name_) ++end;
    level.next = end;
    tree->name.push_back(name_);
    tree->depth.push_back(level.depth);
    if (end == begin + 1) waiting[begin] = FollowChain(waiting[begin], level.depth, tree);
    const uint32_t depth = tree->depth.back() + 1;
    if (pace_.IsDue(end - begin + depth - level.depth)) DOLERITE_RETURN_IF_ERROR(call_.Check());
    const size_t below = WaitBelow(begin, end, level_end);
    if (below > level_end) levels.push_back({level_end, below, depth});
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<FoldedStacks> FoldStacks(const MergedTables& tables, std::vector<char> wanted,
                                        FrameBy by, size_t columns, const CallContext& call) {
  FoldedStacks out{SumTree(columns), {}};
  DOLERITE_RETURN_IF_ERROR(Folder(tables, std::move(wanted), by, call).Fold(&out));
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
