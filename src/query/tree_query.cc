#include <optional>

#include "base/status.h"
#include "dolerite/query.h"
#include "query/frames.h"
#include "query/scan.h"

namespace dolerite {

QueryCost& QueryCost::operator+=(const QueryCost& other) {
  requests += other.requests;
  bytes_read += other.bytes_read;
  profiles += other.profiles;
  row_groups += other.row_groups;
  row_groups_from_heads += other.row_groups_from_heads;
  rows += other.rows;
  return *this;
}

struct TreeQuery::State {
  Selection selection;
  QueryOptions options;
  Measure measure;
  FrameTree tree;
  QueryCost cost;
};

TreeQuery::TreeQuery(Selection selection, const QueryOptions& options)
    : state_(new State{std::move(selection), options, {}, FrameTree(), {}}) {}
TreeQuery::~TreeQuery() = default;
TreeQuery::TreeQuery(TreeQuery&&) noexcept = default;
TreeQuery& TreeQuery::operator=(TreeQuery&&) noexcept = default;

const QueryCost& TreeQuery::cost() const { return state_->cost; }

namespace {

// Puts a dataset's sums into the tree. Stacks that lead to no value make no node.
void Fold(const MergedTables& tables, const StackSums& by_stack, FrameBy by,
          FrameTree* tree) {
  const StackTree& stacks = tables.stacks;
  std::vector<char> wanted(stacks.size(), 0);
  for (uint32_t i = static_cast<uint32_t>(stacks.size()); i-- > 1;) {
    wanted[i] = wanted[i] || by_stack[i] != 0;
    if (wanted[i]) wanted[stacks.parent[i]] = 1;
  }
  FrameNames names(tables.symbols, by, tree);
  std::vector<uint32_t> nodes(stacks.size(), 0);
  tree->AddSelf(0, 0, by_stack[0]);
  for (uint32_t i = 1; i < stacks.size(); ++i) {
    if (!wanted[i]) continue;
    nodes[i] = names.Descend(nodes[stacks.parent[i]], stacks.location[i]);
    tree->AddSelf(nodes[i], 0, by_stack[i]);
  }
}

}  // namespace

absl::Status TreeQuery::Add(const BlockReader& block) {
  State& state = *state_;
  DOLERITE_ASSIGN_OR_RETURN(const SelectionFilter filter, SelectionFilter::Make(state.selection));
  DOLERITE_ASSIGN_OR_RETURN(BlockScan scan, BlockScan::Open(block, filter));
  Measure measure = state.measure;
  DOLERITE_RETURN_IF_ERROR(Annotate(ChooseMeasure(state.selection, scan.Types(), &measure),
                                    block.internal().Place()));
  QueryCost cost;
  std::vector<StackSums> sums;
  for (DatasetScan& dataset : scan.datasets()) {
    const bool addresses = state.options.by == FrameBy::kAddress;
    DOLERITE_ASSIGN_OR_RETURN(const MergedTables* tables,
                              addresses ? dataset.reader->Everything() : dataset.reader->Stacks());
    StackSums& by_stack = sums.emplace_back(tables->stacks.size());
    SampleScan samples(&dataset, state.options.heads, &cost);
    DOLERITE_RETURN_IF_ERROR(samples.AddByStack(measure.value, &by_stack));
    for (char selected : dataset.selected) cost.profiles += selected;
  }
  for (size_t d = 0; d < sums.size(); ++d) {
    DOLERITE_ASSIGN_OR_RETURN(const MergedTables* tables, scan.datasets()[d].reader->Stacks());
    Fold(*tables, sums[d], state.options.by, &state.tree);
  }
  cost.requests = scan.io().requests;
  cost.bytes_read = scan.io().bytes;
  state.cost += cost;
  state.measure = measure;
  return absl::OkStatus();
}

namespace {

absl::Status CheckMerge(const Measure& mine, const Measure& theirs) {
  const bool same = mine.value == theirs.value && mine.type_name == theirs.type_name;
  if (!mine.known || !theirs.known || same) return absl::OkStatus();
  return InvalidArgument("partials of \"", mine.type_name, "\" and \"", theirs.type_name,
                         "\" measure different things and do not merge");
}

absl::Status SameMeasure(const Measure& a, const Measure& b) {
  if (!a.known || !b.known || a.value == b.value) return absl::OkStatus();
  return absl::FailedPreconditionError(ToAbsl(
      Concat("one side measures ", a.value.type, "/", a.value.unit, ", the other ", b.value.type,
             "/", b.value.unit)));
}

}  // namespace

absl::Status TreeQuery::Merge(TreeQuery&& other) {
  const Measure& theirs = other.state_->measure;
  DOLERITE_RETURN_IF_ERROR(CheckMerge(state_->measure, theirs));
  state_->tree.Merge(other.state_->tree, 0, 0);
  state_->cost += other.state_->cost;
  if (theirs.known) state_->measure = theirs;
  return absl::OkStatus();
}

absl::StatusOr<Tree> TreeQuery::Finish(size_t max_nodes) && {
  DOLERITE_ASSIGN_OR_RETURN(Tree tree, state_->tree.Finish());
  tree.type = state_->measure.value.type;
  tree.unit = state_->measure.value.unit;
  tree.Cut(max_nodes);
  return tree;
}

DiffQuery::DiffQuery(Selection base, Selection against, const QueryOptions& options)
    : base_(std::move(base), options), against_(std::move(against), options) {}

// Both sides or none: each is added to a part of its own first.
absl::Status DiffQuery::Add(const BlockReader& block) {
  const TreeQuery::State& base = *base_.state_;
  const TreeQuery::State& against = *against_.state_;
  DiffQuery part(base.selection, against.selection, base.options);
  part.base_.state_->measure = base.measure;
  part.against_.state_->measure = against.measure;
  DOLERITE_RETURN_IF_ERROR(part.base_.Add(block));
  DOLERITE_RETURN_IF_ERROR(part.against_.Add(block));
  return Merge(std::move(part));
}

absl::Status DiffQuery::Merge(DiffQuery&& other) {
  DOLERITE_RETURN_IF_ERROR(CheckMerge(base_.state_->measure, other.base_.state_->measure));
  DOLERITE_RETURN_IF_ERROR(CheckMerge(against_.state_->measure, other.against_.state_->measure));
  DOLERITE_RETURN_IF_ERROR(base_.Merge(std::move(other.base_)));
  return against_.Merge(std::move(other.against_));
}

QueryCost DiffQuery::cost() const {
  QueryCost cost = base_.cost();
  return cost += against_.cost();
}

namespace {

// value * numerator / denominator to the nearest integer, halves away from 0.
absl::StatusOr<int64_t> Scale(int64_t value, __int128 numerator, __int128 denominator) {
  const bool negative = (value < 0) != ((numerator < 0) != (denominator < 0));
  const auto magnitude = [](__int128 v) { return v < 0 ? -v : v; };
  __int128 product = 0;
  if (__builtin_mul_overflow(magnitude(value), magnitude(numerator), &product) ||
      __builtin_add_overflow(product, magnitude(denominator) / 2, &product)) {
    return OutOfRange("a normalised value leaves 128 bits");
  }
  const __int128 scaled = product / magnitude(denominator);
  if (scaled > INT64_MAX) return OutOfRange("a normalised value leaves 64 bits");
  return static_cast<int64_t>(negative ? -scaled : scaled);
}

absl::Status Normalize(Tree* tree) {
  const int64_t base = tree->columns[0].total[0], against = tree->columns[1].total[0];
  if (base == 0) {
    return absl::FailedPreconditionError("the base adds up to 0 and can't be scaled");
  }
  for (int64_t& self : tree->columns[0].self) {
    DOLERITE_ASSIGN_OR_RETURN(self, Scale(self, against, base));
  }
  return tree->SumTotals();
}

}  // namespace

absl::StatusOr<Tree> DiffQuery::Finish(bool normalize, size_t max_nodes) && {
  DOLERITE_RETURN_IF_ERROR(SameMeasure(base_.state_->measure, against_.state_->measure));
  FrameTree both(2);
  both.Merge(base_.state_->tree, 0, 0);
  both.Merge(against_.state_->tree, 0, 1);
  DOLERITE_ASSIGN_OR_RETURN(Tree tree, both.Finish());
  const Measure& measure =
      against_.state_->measure.known ? against_.state_->measure : base_.state_->measure;
  tree.type = measure.value.type;
  tree.unit = measure.value.unit;
  if (normalize) DOLERITE_RETURN_IF_ERROR(Normalize(&tree));
  tree.Cut(max_nodes);
  return tree;
}

}  // namespace dolerite
