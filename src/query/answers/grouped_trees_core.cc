#include "query/answers/grouped_trees_core.h"

#include <algorithm>

#include "base/status.h"
#include "query/answers/sum_bounds.h"
#include "query/answers/tree_core.h"
#include "query/answers/tree_wire.h"
#include "query/question_fields.h"
#include "query/scan/group_keys.h"
#include "query/scan/sample_scan.h"
#include "query/select/frames.h"
#include "query/select/stack_selection.h"

namespace dolerite {

namespace {

struct GroupedContribution : Contribution {
  SelectedStacks stacks;
  std::vector<LabelSet> groups;
  KeyedSums sums;  // by group and stack of `stacks.tables`
};

}  // namespace

absl::Status GroupedTreesCore::Check() const { return CheckGroupBy(question_.group_by); }

absl::StatusOr<std::unique_ptr<Contribution>> GroupedTreesCore::Read(const DatasetView& view,
                                                                     QueryCost* cost) const {
  const DatasetScan& scan = view.scans[0];
  auto out = std::make_unique<GroupedContribution>();
  DOLERITE_ASSIGN_OR_RETURN(const MergedTables* tables,
                            TablesFor(question_.by, scan.filter, scan.reader));
  out->stacks = SelectStacks(scan.filter, *tables);
  if (!view.measures[0].known()) return out;
  DOLERITE_ASSIGN_OR_RETURN(GroupKeys keys, GroupKeys::Make(scan, question_.group_by));
  std::vector<uint32_t> cells(scan.selected.size(), kNoCell);
  for (size_t p = 0; p < cells.size(); ++p) {
    if (scan.selected[p]) cells[p] = keys.SeriesGroup(scan.table->profiles[p].series);
  }
  RowWants wants;
  wants.value = view.measures[0].value();
  wants.cells = &cells;
  wants.labels = keys.needs_sample_labels();
  wants.heads = view.options->heads;
  DOLERITE_RETURN_IF_ERROR(
      ScanSamples(scan, wants, tables->stacks.size(), cost, [&](const RowBatch& batch) {
        for (size_t i = 0; i < batch.rows; ++i) {
          const uint32_t stack = out->stacks[batch.stacks[i]];
          if (stack == kNoStack) continue;
          const uint32_t cell = batch.cell_of(i);
          const uint32_t group = wants.labels ? keys.GroupOf(cell, batch.labels[i]) : cell;
          out->sums.Add({group, stack}, batch.values[0].subspan(i, 1));
        }
        return scan.reader->HoldAtMost(out->sums.memory_bytes(), "sums of groups");
      }));
  for (uint32_t g = 0; g < keys.size(); ++g) out->groups.push_back(keys.labels(g));
  return out;
}

uint32_t GroupedTreesCore::GroupOf(const LabelSet& labels) {
  return groups_.try_emplace(labels, static_cast<uint32_t>(groups_.size())).first->second;
}

void GroupedTreesCore::Add(Contribution&& contribution) {
  const auto& from = static_cast<const GroupedContribution&>(contribution);
  const StackTree& stacks = from.stacks.tables->stacks;
  std::vector<char> wanted(stacks.size(), 0);
  for (size_t i = 0; i < from.sums.size(); ++i) wanted[from.sums.key(i).second] = 1;
  for (size_t i = stacks.size(); i-- > 1;) wanted[stacks.parent[i]] |= wanted[i];
  FrameNames names(from.stacks.tables->symbols, question_.by, &tree_);
  std::vector<uint32_t> nodes(stacks.size(), 0);
  for (size_t i = 1; i < stacks.size(); ++i) {
    if (wanted[i]) nodes[i] = names.Descend(nodes[stacks.parent[i]], stacks.location[i]);
  }
  std::vector<uint32_t> groups;
  for (const LabelSet& labels : from.groups) groups.push_back(GroupOf(labels));
  for (size_t i = 0; i < from.sums.size(); ++i) {
    const KeyedSums::Key key = from.sums.key(i);
    sums_.Add({groups[key.first], nodes[key.second]}, from.sums.values(i));
  }
}

void GroupedTreesCore::Merge(QueryCore&& other) {
  const auto& from = static_cast<const GroupedTreesCore&>(other);
  const std::vector<uint32_t> nodes = tree_.Merge(from.tree_);
  std::vector<uint32_t> groups(from.groups_.size());
  for (const auto& [labels, group] : from.groups_) groups[group] = GroupOf(labels);
  for (size_t i = 0; i < from.sums_.size(); ++i) {
    const KeyedSums::Key key = from.sums_.key(i);
    sums_.Add({groups[key.first], nodes[key.second]}, from.sums_.values(i));
  }
}

void GroupedTreesCore::Encode(PartialWriter* wire) const {
  EncodeTree(tree_, wire);
  (*wire)(groups_, uint64_t{sums_.size()});
  for (size_t i = 0; i < sums_.size(); ++i) {
    (*wire)(sums_.key(i).first, sums_.key(i).second, sums_.values(i)[0]);
  }
}

void GroupedTreesCore::Decode(PartialReader* wire) {
  DecodeTree(wire, &tree_);
  (*wire)(groups_);
  std::vector<char> seen(groups_.size());
  for (const auto& [labels, group] : groups_) {
    if (group >= seen.size() || seen[group]) return wire->Fail("a group told twice");
    seen[group] = 1;
  }
  size_t count = 0;
  for (size_t n = wire->Count(); n > 0 && wire->ok(); --n) {
    KeyedSums::Key key;
    key.first = wire->Below(groups_.size());
    key.second = wire->Below(tree_.size());
    std::vector<__int128> value(1);
    (*wire)(value[0]);
    if (!IsSum(value[0])) wire->Fail("a sum that no profiles make");
    if (!wire->ok()) return;
    sums_.Add(key, value);
    if (sums_.size() != ++count) wire->Fail("a sum told twice");
  }
}

size_t GroupedTreesCore::memory_bytes() const {
  return tree_.memory_bytes() + sums_.memory_bytes() + groups_.size() * 256;
}

namespace {

// One group's part of the shared tree.
class GroupTree {
 public:
  explicit GroupTree(const FrameTree& all) : all_(all) {}

  void Add(uint32_t node, __int128 value) { tree_.AddSelf(Find(node), 0, value); }
  absl::StatusOr<Tree> Finish() const { return tree_.Finish(); }

 private:
  uint32_t Find(uint32_t node) {
    path_.clear();
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

absl::StatusOr<std::vector<GroupedTree>> GroupedTreesCore::Finish(
    const std::vector<Measure>& measures, const TreeQuestion::Finish& how) const {
  std::vector<std::vector<size_t>> rows(groups_.size());
  for (size_t i = 0; i < sums_.size(); ++i) rows[sums_.key(i).first].push_back(i);
  std::vector<GroupedTree> out;
  for (const auto& [labels, group] : groups_) {
    GroupTree tree(tree_);
    for (size_t i : rows[group]) tree.Add(sums_.key(i).second, sums_.values(i)[0]);
    DOLERITE_ASSIGN_OR_RETURN(Tree finished, tree.Finish());
    // A group of which nothing is left is none.
    if (finished.size() == 1 && finished.columns[0].self[0] == 0) continue;
    finished.type = measures[0].value().type;
    finished.unit = measures[0].value().unit;
    finished.Cut(how.max_nodes);
    out.push_back({labels, std::move(finished)});
  }
  return out;
}

std::unique_ptr<QueryCore> MakeCore(GroupedTreesQuestion question) {
  return std::make_unique<GroupedTreesCore>(std::move(question));
}

}  // namespace dolerite
