#include "query/answers/tree_core.h"

#include "base/status.h"
#include "query/answers/tree_wire.h"
#include "query/question_fields.h"
#include "query/scan/sample_scan.h"
#include "query/select/frames.h"

namespace dolerite {

absl::StatusOr<const MergedTables*> TablesFor(FrameBy by, const SelectionFilter& filter,
                                              DatasetReader* reader) {
  const bool addresses = by == FrameBy::kAddress || SelectsAddresses(filter);
  return addresses ? reader->Everything() : reader->Stacks();
}

absl::StatusOr<SelectedSums> SumByStack(const DatasetScan& scan, const Measure& measure, FrameBy by,
                                        bool heads, QueryCost* cost) {
  DOLERITE_ASSIGN_OR_RETURN(const MergedTables* tables, TablesFor(by, scan.filter, scan.reader));
  const size_t n = tables->stacks.size();
  DOLERITE_RETURN_IF_ERROR(scan.reader->Hold(n * 16, "sums of stacks"));
  SelectedSums out{SelectStacks(scan.filter, *tables), StackSums(n)};
  if (!measure.known()) return out;
  RowWants wants;
  wants.value = measure.value();
  wants.heads = heads;
  DOLERITE_RETURN_IF_ERROR(ScanSamples(scan, wants, n, cost, [&](const RowBatch& batch) {
    for (size_t i = 0; i < batch.rows; ++i) out.sums.Add(batch.stacks[i], batch.values[0][i]);
    return absl::OkStatus();
  }));
  return out;
}

namespace {

struct TreeContribution : Contribution {
  std::vector<std::unique_ptr<SelectedSums>> sides;  // null: nothing is selected
};

// Puts sums into columns of the tree. All have the same stacks. Stacks that lead to no value make
// no node.
void Fold(const SelectedStacks& selected, FrameBy by,
          const std::vector<std::pair<size_t, const StackSums*>>& columns, FrameTree* tree) {
  const StackTree& stacks = selected.tables->stacks;
  const uint32_t n = static_cast<uint32_t>(stacks.size());
  std::vector<char> wanted(n, 0);
  for (const auto& [column, sums] : columns) {
    sums->ForEach([&](uint32_t from, __int128) {
      const uint32_t stack = selected[from];
      if (stack != kNoStack) wanted[stack] = 1;
    });
  }
  for (uint32_t i = n; i-- > 1;) wanted[stacks.parent[i]] |= wanted[i];
  std::vector<char> locations(selected.tables->symbols.locations.size(), 0);
  for (uint32_t i = 1; i < n; ++i) locations[stacks.location[i].value] |= wanted[i];
  FrameNames names(selected.tables->symbols, by, tree);
  names.Make(locations);
  std::vector<uint32_t> nodes(n, 0);
  // Inlined frames aside, a stack makes at most one node.
  if (tree->size() == 1) tree->Reserve(n / 2);
  for (uint32_t i = 1; i < n; ++i) {
    if (wanted[i]) nodes[i] = names.Descend(nodes[stacks.parent[i]], stacks.location[i]);
  }
  for (const auto& [column, sums] : columns) {
    sums->ForEach([&, at = column](uint32_t from, __int128 sum) {
      const uint32_t stack = selected[from];
      if (stack != kNoStack) tree->AddSelf(nodes[stack], at, sum);
    });
  }
}

}  // namespace

template <class Question>
absl::StatusOr<std::unique_ptr<Contribution>> TreeCore<Question>::Read(const DatasetView& view,
                                                                       QueryCost* cost) const {
  auto out = std::make_unique<TreeContribution>();
  for (size_t side = 0; side < view.scans.size(); ++side) {
    std::unique_ptr<SelectedSums>& sums = out->sides.emplace_back();
    if (view.scans[side].empty()) continue;
    DOLERITE_ASSIGN_OR_RETURN(SelectedSums read,
                              SumByStack(view.scans[side], view.measures[side], this->question_.by,
                                         view.options->heads, cost));
    sums = std::make_unique<SelectedSums>(std::move(read));
  }
  return out;
}

template <class Question>
void TreeCore<Question>::Add(Contribution&& contribution) {
  auto& from = static_cast<TreeContribution&>(contribution);
  // Sides whose stacks are the dataset's own go down the tree together.
  std::vector<std::pair<size_t, const StackSums*>> shared;
  const SelectedStacks* stacks = nullptr;
  for (size_t side = 0; side < from.sides.size(); ++side) {
    if (from.sides[side] == nullptr) continue;
    const SelectedSums& sums = *from.sides[side];
    if (!sums.stacks.all()) {
      Fold(sums.stacks, this->question_.by, {{side, &sums.sums}}, &tree_);
      continue;
    }
    stacks = &sums.stacks;
    shared.emplace_back(side, &sums.sums);
  }
  if (stacks != nullptr) Fold(*stacks, this->question_.by, shared, &tree_);
}

template <class Question>
void TreeCore<Question>::Merge(QueryCore&& other) {
  FrameTree& from = static_cast<TreeCore<Question>&>(other).tree_;
  if (tree_.size() < from.size()) std::swap(tree_, from);
  tree_.Merge(from);
}

template <class Question>
void TreeCore<Question>::Encode(PartialWriter* wire) const {
  EncodeTree(tree_, wire);
}
template <class Question>
void TreeCore<Question>::Decode(PartialReader* wire) {
  DecodeTree(wire, &tree_);
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

template <class Question>
absl::StatusOr<Tree> TreeCore<Question>::Finish(const std::vector<Measure>& measures,
                                                const typename Question::Finish& how) const {
  ProfileType::Value value;
  bool known = false;
  for (const Measure& side : measures) {
    if (!side.known()) continue;
    if (known && side.value() != value) {
      return absl::FailedPreconditionError(
          ToAbsl(Concat("one side measures ", value.type, "/", value.unit, ", the other ",
                        side.value().type, "/", side.value().unit)));
    }
    value = side.value(), known = true;
  }
  DOLERITE_ASSIGN_OR_RETURN(Tree tree, tree_.Finish());
  tree.type = value.type;
  tree.unit = value.unit;
  if constexpr (std::is_same_v<Question, DiffQuestion>) {
    if (how.normalize) DOLERITE_RETURN_IF_ERROR(Normalize(&tree));
  }
  tree.Cut(how.max_nodes);
  return tree;
}

std::unique_ptr<QueryCore> MakeCore(TreeQuestion question) {
  return std::make_unique<TreeCore<TreeQuestion>>(std::move(question));
}
std::unique_ptr<QueryCore> MakeCore(DiffQuestion question) {
  return std::make_unique<TreeCore<DiffQuestion>>(std::move(question));
}

}  // namespace dolerite
