#include "query/tree_core.h"

#include "base/status.h"
#include "query/frames.h"

namespace dolerite {

TreeCore::TreeCore(std::vector<Selection> sides, const QueryOptions& options)
    : sides_(std::move(sides)), options_(options), measures_(sides_.size()), tree_(sides_.size()) {}

absl::Status TreeCore::AddSide(size_t side, const std::vector<DatasetScan>& scan,
                               const Measure& measure, std::vector<DatasetSums>* sums,
                               QueryCost* cost) const {
  for (const DatasetScan& dataset : scan) {
    const bool addresses = options_.by == FrameBy::kAddress;
    DatasetSums& to = (*sums)[dataset.index];
    DOLERITE_ASSIGN_OR_RETURN(to.tables,
                              addresses ? dataset.reader->Everything() : dataset.reader->Stacks());
    to.sides.resize(sides_.size());
    to.sides[side] = std::make_unique<StackSums>(to.tables->stacks.size());
    SampleScan samples(&dataset, options_.heads, cost);
    DOLERITE_RETURN_IF_ERROR(samples.AddByStack(measure.value, to.sides[side].get()));
    for (char selected : dataset.selected) cost->profiles += selected;
  }
  return absl::OkStatus();
}

// Puts a dataset's sums into the tree. Stacks that lead to no value make no node.
void TreeCore::Fold(const DatasetSums& sums) {
  const StackTree& stacks = sums.tables->stacks;
  const uint32_t n = static_cast<uint32_t>(stacks.size());
  std::vector<char> wanted(n, 0);
  for (const auto& by_stack : sums.sides) {
    for (uint32_t i = 1; by_stack != nullptr && i < n; ++i) wanted[i] |= (*by_stack)[i] != 0;
  }
  for (uint32_t i = n; i-- > 1;) wanted[stacks.parent[i]] |= wanted[i];
  FrameNames names(sums.tables->symbols, options_.by, &tree_);
  std::vector<uint32_t> nodes(n, 0);
  // Inlined frames aside, a stack makes at most one node.
  if (tree_.size() == 1) tree_.Reserve(n / 2);
  for (uint32_t i = 1; i < n; ++i) {
    if (wanted[i]) nodes[i] = names.Descend(nodes[stacks.parent[i]], stacks.location[i]);
  }
  for (size_t side = 0; side < sums.sides.size(); ++side) {
    for (uint32_t i = 0; sums.sides[side] != nullptr && i < n; ++i) {
      tree_.AddSelf(nodes[i], side, (*sums.sides[side])[i]);
    }
  }
}

absl::Status TreeCore::Add(const BlockReader& block) {
  BlockDatasets datasets(block);
  std::vector<Measure> measures = measures_;
  std::vector<DatasetSums> sums(datasets.size());
  QueryCost cost;
  for (size_t side = 0; side < sides_.size(); ++side) {
    DOLERITE_ASSIGN_OR_RETURN(const SelectionFilter filter, SelectionFilter::Make(sides_[side]));
    DOLERITE_ASSIGN_OR_RETURN(const std::vector<DatasetScan> scan, ScanBlock(&datasets, filter));
    DOLERITE_RETURN_IF_ERROR(Annotate(ChooseMeasure(sides_[side], TypesOf(scan), &measures[side]),
                                      datasets.block().Place()));
    DOLERITE_RETURN_IF_ERROR(AddSide(side, scan, measures[side], &sums, &cost));
  }
  for (const DatasetSums& dataset : sums) {
    if (dataset.tables != nullptr) Fold(dataset);
  }
  cost.requests = datasets.io().requests;
  cost.bytes_read = datasets.io().bytes;
  cost_ += cost;
  measures_ = std::move(measures);
  return absl::OkStatus();
}

absl::Status TreeCore::Merge(const TreeCore& other) {
  for (size_t side = 0; side < sides_.size(); ++side) {
    const Measure &mine = measures_[side], &theirs = other.measures_[side];
    const bool same = mine.value == theirs.value && mine.type_name == theirs.type_name;
    if (mine.known && theirs.known && !same) {
      return InvalidArgument("partials of \"", mine.type_name, "\" and \"", theirs.type_name,
                             "\" measure different things and do not merge");
    }
  }
  for (size_t side = 0; side < sides_.size(); ++side) {
    tree_.Merge(other.tree_, side, side);
    if (other.measures_[side].known) measures_[side] = other.measures_[side];
  }
  cost_ += other.cost_;
  return absl::OkStatus();
}

absl::StatusOr<Tree> TreeCore::Finish() const {
  Measure measure;
  for (const Measure& side : measures_) {
    if (measure.known && side.known && measure.value != side.value) {
      return absl::FailedPreconditionError(
          ToAbsl(Concat("one side measures ", measure.value.type, "/", measure.value.unit,
                        ", the other ", side.value.type, "/", side.value.unit)));
    }
    if (side.known) measure = side;
  }
  DOLERITE_ASSIGN_OR_RETURN(Tree tree, tree_.Finish());
  tree.type = measure.value.type;
  tree.unit = measure.value.unit;
  return tree;
}

}  // namespace dolerite
