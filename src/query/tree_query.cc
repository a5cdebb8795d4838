#include "base/status.h"
#include "dolerite/query.h"
#include "query/tree_core.h"

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
  TreeCore core;
};

TreeQuery::TreeQuery(Selection selection, const QueryOptions& options)
    : state_(new State{TreeCore({std::move(selection)}, options)}) {}
TreeQuery::~TreeQuery() = default;
TreeQuery::TreeQuery(TreeQuery&&) noexcept = default;
TreeQuery& TreeQuery::operator=(TreeQuery&&) noexcept = default;

const QueryCost& TreeQuery::cost() const { return state_->core.cost(); }
absl::Status TreeQuery::Add(const BlockReader& block) { return state_->core.Add(block); }
absl::Status TreeQuery::Merge(TreeQuery&& other) { return state_->core.Merge(other.state_->core); }

absl::StatusOr<Tree> TreeQuery::Finish(size_t max_nodes) && {
  DOLERITE_ASSIGN_OR_RETURN(Tree tree, state_->core.Finish());
  tree.Cut(max_nodes);
  return tree;
}

struct DiffQuery::State {
  TreeCore core;
};

DiffQuery::DiffQuery(Selection base, Selection against, const QueryOptions& options)
    : state_(new State{TreeCore({std::move(base), std::move(against)}, options)}) {}
DiffQuery::~DiffQuery() = default;
DiffQuery::DiffQuery(DiffQuery&&) noexcept = default;
DiffQuery& DiffQuery::operator=(DiffQuery&&) noexcept = default;

const QueryCost& DiffQuery::cost() const { return state_->core.cost(); }
absl::Status DiffQuery::Add(const BlockReader& block) { return state_->core.Add(block); }
absl::Status DiffQuery::Merge(DiffQuery&& other) { return state_->core.Merge(other.state_->core); }

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
  DOLERITE_ASSIGN_OR_RETURN(Tree tree, state_->core.Finish());
  if (normalize) DOLERITE_RETURN_IF_ERROR(Normalize(&tree));
  tree.Cut(max_nodes);
  return tree;
}

}  // namespace dolerite
