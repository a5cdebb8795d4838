// All groups share one tree of frames, without values of its own; sums are kept by group and node.
// Finish cuts the part of each group out of the shared tree.
#include "query/answers/grouped_trees_core.h"

#include <map>

#include "base/pace.h"
#include "base/status.h"
#include "query/answers/keyed_stacks.h"
#include "query/answers/series_points.h"
#include "query/answers/tree_wire.h"
#include "query/question_fields.h"
#include "query/scan/group_keys.h"

namespace dolerite {

namespace {

struct GroupedContribution : Contribution {
  KeyedStacks read;
};

}  // namespace

absl::Status GroupedTreesCore::Check() const { return CheckGroupBy(question_.group_by); }

// Gauges are averaged over each series' profiles, so their sums stay apart by series until Finish.
bool GroupedTreesCore::IsGauge(const Measure& measure) const {
  return KindOf(question_.kinds, measure) == ValueKind::kGauge;
}

// HoldFrames comes after the stacks are read: it counts their frames.
absl::StatusOr<std::unique_ptr<Contribution>> GroupedTreesCore::Read(const DatasetView& view,
                                                                     QueryCost* cost) const {
  auto out = std::make_unique<GroupedContribution>();
  const KeyedWants wants{question_.by, question_.group_by, IsGauge(view.measures[0])};
  DOLERITE_ASSIGN_OR_RETURN(out->read, SumByKey(view, wants, cost));
  return out;
}

absl::Status GroupedTreesCore::Add(Contribution&& contribution, const CallContext& call) {
  return AddKeyed(static_cast<const GroupedContribution&>(contribution).read, call, &tree_, &sums_);
}

// Nodes of the other tree get numbers here, by which its sums move.
absl::Status GroupedTreesCore::Merge(QueryCore&& other, const CallContext& call) {
  const auto& from = static_cast<const GroupedTreesCore&>(other);
  const FrameTree::Size before = tree_.sizes();
  DOLERITE_ASSIGN_OR_RETURN(const std::vector<uint32_t> nodes, tree_.Merge(from.tree_, call));
  absl::Status status = sums_.Merge(from.sums_, nodes, call);
  if (!status.ok()) tree_.TakeBack(from.tree_, nodes, before);
  return status;
}

void GroupedTreesCore::Encode(PartialWriter* wire) const {
  EncodeTree(tree_, wire);
  sums_.Encode(wire);
}

void GroupedTreesCore::Decode(PartialReader* wire) {
  DecodeTree(wire, &tree_);
  if (wire->ok()) sums_.Decode(wire, tree_.size());
}

size_t GroupedTreesCore::memory_bytes() const {
  return tree_.memory_bytes() + sums_.memory_bytes();
}

namespace {

// One group's part of the shared tree: the nodes that have a value, and their ancestors.
class GroupTree {
 public:
  explicit GroupTree(const FrameTree& all) : all_(all) {}

  void Add(uint32_t node, __int128 value) { tree_.AddSelf(Find(node), 0, value); }
  absl::StatusOr<Tree> Finish(const CallContext& call) const { return tree_.Finish(call); }

 private:
  // A node of the group's tree for a node of the shared one. Ancestors are made on the way, each
  // once.
  uint32_t Find(uint32_t node) {
    path_.clear();
    // Upwards to the first ancestor that the group has already, then down again.
    for (; node != 0 && found_.count(node) == 0; node = all_.parent(node)) path_.push_back(node);
    uint32_t at = node == 0 ? 0 : found_[node];
    for (auto n = path_.rbegin(); n != path_.rend(); ++n) {
      at = tree_.Child(at, tree_.Name(all_.names()[all_.name_of(*n)]));
      found_[*n] = at;
    }
    return at;
  }

  const FrameTree& all_;
  FrameTree tree_;
  std::map<uint32_t, uint32_t> found_;
  std::vector<uint32_t> path_;
};

}  // namespace

// Values are rounded over the whole group before they become a tree, so that sums of subtrees are
// right to within one.
absl::StatusOr<std::vector<GroupedTree>> GroupedTreesCore::Finish(
    const std::vector<Measure>& measures, const TreeQuestion::Finish& how,
    const CallContext& call) {
  const bool average = IsGauge(measures[0]);
  DOLERITE_ASSIGN_OR_RETURN(const auto groups,
                            sums_.Values(tree_, measures[0].scale(), average, call));
  std::vector<GroupedTree> out;
  Pace pace;
  for (const auto& [labels, values] : groups) {
    GroupTree tree(tree_);
    for (const auto& [node, value] : values) {
      if (pace.IsDue()) DOLERITE_RETURN_IF_ERROR(call.Check());
      tree.Add(node, value);
    }
    DOLERITE_ASSIGN_OR_RETURN(Tree finished, tree.Finish(call));
    // Groups without a value are left out.
    if (finished.size() == 1 && finished.columns[0].self[0] == 0) continue;
    finished.type = measures[0].value().type;
    finished.unit = measures[0].value().unit;
    if (average) finished.aggregate = "average";
    finished.Cut(how.max_nodes);
    out.push_back({labels, std::move(finished)});
  }
  return out;
}

std::unique_ptr<QueryCore> MakeCore(GroupedTreesQuestion question) {
  return std::make_unique<GroupedTreesCore>(std::move(question));
}

}  // namespace dolerite
