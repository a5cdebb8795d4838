#include "query/answers/tree_core.h"

#include "base/status.h"
#include "query/answers/keyed_stacks.h"
#include "query/answers/series_points.h"
#include "query/answers/tree_wire.h"
#include "query/question_fields.h"
#include "query/scan/sample_scan.h"
#include "query/select/frames.h"

namespace dolerite {

absl::StatusOr<const MergedTables*> TablesFor(FrameBy by, const DatasetScan& scan) {
  const bool addresses = by == FrameBy::kAddress || SelectsAddresses(scan.filter);
  return addresses ? scan.reader->Everything(scan.types) : scan.reader->Stacks(scan.types);
}

absl::StatusOr<SelectedSums> SumByStack(const DatasetScan& scan, const Measure& measure, FrameBy by,
                                        bool heads, QueryCost* cost) {
  DOLERITE_ASSIGN_OR_RETURN(const MergedTables* tables, TablesFor(by, scan));
  const size_t n = tables->stacks.size();
  DOLERITE_RETURN_IF_ERROR(scan.reader->HoldAnswer(n * 16, "sums of stacks"));
  SelectedSums out{SelectStacks(scan.filter, *tables), StackSums(n)};
  if (!measure.known()) return out;
  RowWants wants;
  wants.meant_value = true;
  wants.heads = heads;
  DOLERITE_RETURN_IF_ERROR(ScanSamples(scan, wants, n, cost, [&](const RowBatch& batch) {
    for (size_t i = 0; i < batch.rows; ++i) {
      if (batch.scale == 1) {
        out.sums.Add(batch.stacks[i], batch.values[0][i]);
      } else {
        out.sums.AddWide(batch.stacks[i], batch.scaled(i));
      }
    }
    return absl::OkStatus();
  }));
  return out;
}

std::vector<uint32_t> NodesOf(const MergedTables& tables, std::vector<char> wanted, FrameBy by,
                              FrameTree* tree) {
  const StackTree& stacks = tables.stacks;
  const uint32_t n = static_cast<uint32_t>(stacks.size());
  for (uint32_t i = n; i-- > 1;) wanted[stacks.parent[i]] |= wanted[i];
  std::vector<char> locations(tables.symbols.locations.size(), 0);
  for (uint32_t i = 1; i < n; ++i) locations[stacks.location[i].value] |= wanted[i];
  FrameNames names(tables.symbols, by, tree);
  names.Make(locations);
  std::vector<uint32_t> nodes(n, 0);
  for (uint32_t i = 1; i < n; ++i) {
    if (wanted[i]) nodes[i] = names.Descend(nodes[stacks.parent[i]], stacks.location[i]);
  }
  return nodes;
}

namespace {

// Of each selection one of the two, or none if nothing is selected.
struct TreeContribution : Contribution {
  std::vector<std::unique_ptr<SelectedSums>> sides;
  std::vector<std::unique_ptr<KeyedStacks>> gauges;
};

// Puts sums into columns of the tree. All have the same stacks. Stacks that lead to no value make
// no node.
void Fold(const SelectedStacks& selected, FrameBy by,
          const std::vector<std::pair<size_t, const StackSums*>>& columns, FrameTree* tree) {
  const size_t n = selected.tables->stacks.size();
  std::vector<char> wanted(n, 0);
  for (const auto& [column, sums] : columns) {
    sums->ForEach([&](uint32_t from, __int128) {
      const uint32_t stack = selected[from];
      if (stack != kNoStack) wanted[stack] = 1;
    });
  }
  // Inlined frames aside, a stack makes at most one node.
  if (tree->size() == 1) tree->Reserve(n / 2);
  const std::vector<uint32_t> nodes = NodesOf(*selected.tables, std::move(wanted), by, tree);
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
  const Question& question = this->question_;
  auto out = std::make_unique<TreeContribution>();
  for (size_t side = 0; side < view.scans.size(); ++side) {
    std::unique_ptr<SelectedSums>& sums = out->sides.emplace_back();
    std::unique_ptr<KeyedStacks>& gauge = out->gauges.emplace_back();
    if (view.scans[side].empty()) continue;
    if (KindOf(question.kinds, view.measures[side]) == ValueKind::kGauge) {
      const KeyedWants wants{question.by, {}, true, view.options->heads};
      DOLERITE_ASSIGN_OR_RETURN(KeyedStacks read, SumByKey(view.scans[side], wants, cost));
      gauge = std::make_unique<KeyedStacks>(std::move(read));
      continue;
    }
    DOLERITE_ASSIGN_OR_RETURN(
        SelectedSums read,
        SumByStack(view.scans[side], view.measures[side], question.by, view.options->heads, cost));
    sums = std::make_unique<SelectedSums>(std::move(read));
  }
  return out;
}

template <class Question>
void TreeCore<Question>::Add(Contribution&& contribution) {
  const FrameBy by = this->question_.by;
  auto& from = static_cast<TreeContribution&>(contribution);
  // Sides whose stacks are the dataset's own go down the tree together.
  std::vector<std::pair<size_t, const StackSums*>> shared;
  const SelectedStacks* stacks = nullptr;
  for (size_t side = 0; side < from.sides.size(); ++side) {
    if (from.gauges[side] != nullptr) AddKeyed(*from.gauges[side], by, &tree_, &gauges_[side]);
    if (from.sides[side] == nullptr) continue;
    const SelectedSums& sums = *from.sides[side];
    if (!sums.stacks.all()) {
      Fold(sums.stacks, by, {{side, &sums.sums}}, &tree_);
      continue;
    }
    stacks = &sums.stacks;
    shared.emplace_back(side, &sums.sums);
  }
  if (stacks != nullptr) Fold(*stacks, by, shared, &tree_);
}

template <class Question>
void TreeCore<Question>::Merge(QueryCore&& other) {
  auto& from = static_cast<TreeCore<Question>&>(other);
  if (tree_.size() < from.tree_.size()) {
    std::swap(tree_, from.tree_);
    std::swap(gauges_, from.gauges_);
  }
  const std::vector<uint32_t> nodes = tree_.Merge(from.tree_);
  for (size_t side = 0; side < gauges_.size(); ++side) {
    gauges_[side].Merge(from.gauges_[side], nodes);
  }
}

template <class Question>
size_t TreeCore<Question>::memory_bytes() const {
  size_t bytes = tree_.memory_bytes();
  for (const NodeSums& gauge : gauges_) bytes += gauge.memory_bytes();
  return bytes;
}

template <class Question>
void TreeCore<Question>::Encode(PartialWriter* wire) const {
  EncodeTree(tree_, wire);
  for (const NodeSums& gauge : gauges_) gauge.Encode(wire);
}
template <class Question>
void TreeCore<Question>::Decode(PartialReader* wire) {
  DecodeTree(wire, &tree_);
  for (NodeSums& gauge : gauges_) {
    if (wire->ok()) gauge.Decode(wire, tree_.size());
  }
}

namespace {

// What sides measure together: profile types may differ between them.
absl::StatusOr<Measure> MeasureOfSides(const std::vector<Measure>& measures) {
  Measure both;
  for (Measure side : measures) {
    const ProfileType::Value one = both.value(), other = side.value();
    side.names = both.names;
    absl::StatusOr<Measure> joined = both.With(side);
    if (!joined.ok()) {
      return FailedPrecondition("one side measures ", one.type, "/", one.unit, ", the other ",
                                other.type, "/", other.unit);
    }
    both = *std::move(joined);
  }
  return both;
}

// Whether the sides that measure something measure gauges. FailedPrecondition if they differ.
absl::StatusOr<bool> AreGauges(const ValueKinds& kinds, const std::vector<Measure>& measures) {
  std::optional<ValueKind> kind;
  for (const Measure& side : measures) {
    if (!side.known()) continue;
    if (kind && *kind != KindOf(kinds, side)) {
      return FailedPrecondition("one side is averaged, the other one summed: ask for sums of both");
    }
    kind = KindOf(kinds, side);
  }
  return kind == ValueKind::kGauge;
}

// Puts averages into the columns of the tree.
absl::Status AddAverages(const std::vector<NodeSums>& gauges, int64_t scale, FrameTree* tree) {
  for (size_t side = 0; side < gauges.size(); ++side) {
    DOLERITE_ASSIGN_OR_RETURN(const auto groups, gauges[side].Values(*tree, scale, true));
    for (const auto& [group, values] : groups) {
      for (const auto& [node, value] : values) tree->AddSelf(node, side, value);
    }
  }
  return absl::OkStatus();
}

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
    return FailedPrecondition("the base adds up to 0 and can't be scaled");
  }
  for (int64_t& self : tree->columns[0].self) {
    DOLERITE_ASSIGN_OR_RETURN(self, Scale(self, against, base));
  }
  return tree->SumTotals();
}

}  // namespace

template <class Question>
absl::StatusOr<Tree> TreeCore<Question>::Finish(const std::vector<Measure>& measures,
                                                const typename Question::Finish& how) {
  DOLERITE_ASSIGN_OR_RETURN(const Measure both, MeasureOfSides(measures));
  DOLERITE_ASSIGN_OR_RETURN(const bool gauges, AreGauges(this->question_.kinds, measures));
  Tree tree;
  if (gauges) {
    DOLERITE_RETURN_IF_ERROR(AddAverages(gauges_, both.scale(), &tree_));
    DOLERITE_ASSIGN_OR_RETURN(tree, tree_.Finish());
    tree.aggregate = "average";
  } else {
    DOLERITE_ASSIGN_OR_RETURN(tree, tree_.Finish(both.scale()));
  }
  tree.type = both.value().type;
  tree.unit = both.value().unit;
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
