// A flame graph is read dataset by dataset: Read sums the selected values by stack, or, for gauges,
// by stack and series, and folds sums into a tree of frames. Add and Merge put trees together;
// gauges are kept apart by series until Finish divides each series' sums by its profiles.
#include "query/answers/tree_core.h"

#include "base/status.h"
#include "query/answers/fold_stacks.h"
#include "query/answers/keyed_stacks.h"
#include "query/answers/series_points.h"
#include "query/answers/tree_wire.h"
#include "query/question_fields.h"
#include "query/scan/sample_scan.h"

namespace dolerite {

// Addresses are a section of their own that few questions need.
absl::StatusOr<const MergedTables*> TablesFor(FrameBy by, const DatasetScan& scan) {
  const bool addresses = by == FrameBy::kAddress || SelectsAddresses(scan.filter);
  if (addresses) return scan.reader->Everything(scan.types);
  DOLERITE_RETURN_IF_ERROR(scan.reader->Stacks(scan.types).status());
  // Filters of stacks look at files and mappings, too.
  const bool names = by == FrameBy::kFunction && scan.filter.selection().stacks.empty();
  return names ? scan.reader->Names() : scan.reader->Symbols();
}

absl::StatusOr<SelectedSums> SumByStack(const DatasetScan& scan, const Measure& measure, FrameBy by,
                                        bool heads, QueryCost* cost) {
  DOLERITE_ASSIGN_OR_RETURN(const MergedTables* tables, TablesFor(by, scan));
  const size_t n = tables->stacks.size();
  DOLERITE_RETURN_IF_ERROR(scan.reader->HoldAnswer(n * (16 + kFoldBytes), "sums of stacks"));
  // Phase 1: the stacks that the selection leaves, cut as it says. Phase 2: one sum for each
  // stack.
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

namespace {

// What one dataset adds. A selection has a column of the tree, or an entry of `gauges` if it
// measures a gauge (these sums are kept by series too), or neither if it selects nothing.
struct TreeContribution : Contribution {
  std::optional<SumTree> sums;
  std::vector<std::unique_ptr<KeyedStacks>> gauges;
};

// Folds the sums of the selections (null: none). Those that select all stacks share them, so they
// go down the stacks together.
// Sides with all stacks are folded in one walk. A side with filters has stacks of its own and is
// folded alone; trees are then merged.
absl::StatusOr<std::optional<SumTree>> FoldSides(
    const std::vector<std::unique_ptr<SelectedSums>>& sides, FrameBy by, const CallContext& call) {
  SumColumns shared;
  const SelectedStacks* stacks = nullptr;
  std::optional<SumTree> all;
  const auto fold = [&](const SelectedStacks& selected, const SumColumns& columns) -> absl::Status {
    DOLERITE_ASSIGN_OR_RETURN(SumTree tree, FoldSums(selected, by, columns, sides.size(), call));
    if (all) {
      DOLERITE_ASSIGN_OR_RETURN(tree, MergeTrees(*all, tree, call));
    }
    all = std::move(tree);
    return absl::OkStatus();
  };
  for (size_t side = 0; side < sides.size(); ++side) {
    if (sides[side] == nullptr) continue;
    if (sides[side]->stacks.all()) {
      stacks = &sides[side]->stacks;
      shared.emplace_back(side, &sides[side]->sums);
    } else {
      DOLERITE_RETURN_IF_ERROR(fold(sides[side]->stacks, {{side, &sides[side]->sums}}));
    }
  }
  if (stacks != nullptr) DOLERITE_RETURN_IF_ERROR(fold(*stacks, shared));
  return all;
}

}  // namespace

// Memory: sums by stack are held while the dataset is read; the tree is held until it is added.
template <class Question>
absl::StatusOr<std::unique_ptr<Contribution>> TreeCore<Question>::Read(const DatasetView& view,
                                                                       QueryCost* cost) const {
  const Question& question = this->question_;
  auto out = std::make_unique<TreeContribution>();
  // Each side is read by itself, as gauges need the series of each sample and sums do not.
  std::vector<std::unique_ptr<SelectedSums>> sides(view.scans.size());
  for (size_t side = 0; side < view.scans.size(); ++side) {
    std::unique_ptr<KeyedStacks>& gauge = out->gauges.emplace_back();
    if (view.scans[side].empty()) continue;
    if (KindOf(question.kinds, view.measures[side]) == ValueKind::kGauge) {
      DatasetView one = view;
      one.scans = view.scans.subspan(side, 1), one.measures = view.measures.subspan(side, 1);
      DOLERITE_ASSIGN_OR_RETURN(KeyedStacks read, SumByKey(one, {question.by, {}, true}, cost));
      gauge = std::make_unique<KeyedStacks>(std::move(read));
      continue;
    }
    DOLERITE_ASSIGN_OR_RETURN(
        SelectedSums read,
        SumByStack(view.scans[side], view.measures[side], question.by, view.options->heads, cost));
    sides[side] = std::make_unique<SelectedSums>(std::move(read));
  }
  DOLERITE_RETURN_IF_ERROR(HoldFrames(question.by, view));
  DOLERITE_ASSIGN_OR_RETURN(out->sums, FoldSides(sides, question.by, view.options->call));
  if (out->sums) {
    DOLERITE_RETURN_IF_ERROR(view.reader->HoldAnswer(out->sums->memory_bytes(), "flame graph"));
  }
  return out;
}

// Sums go onto the pile; gauges go into the shared tree, whose nodes sums refer to.
template <class Question>
absl::Status TreeCore<Question>::Add(Contribution&& contribution, const CallContext& call) {
  auto& from = static_cast<TreeContribution&>(contribution);
  if (from.sums) DOLERITE_RETURN_IF_ERROR(sums_.Add(*std::move(from.sums), call));
  for (size_t side = 0; side < gauges_.size(); ++side) {
    if (from.gauges[side] == nullptr) continue;
    DOLERITE_RETURN_IF_ERROR(AddKeyed(*from.gauges[side], call, &gauge_tree_, &gauges_[side]));
  }
  return absl::OkStatus();
}

template <class Question>
absl::Status TreeCore<Question>::Merge(QueryCore&& other, const CallContext& call) {
  auto& from = static_cast<TreeCore<Question>&>(other);
  // The sums are merged last, as nothing could take them back. What is done before can be undone.
  const bool swap = gauge_tree_.size() < from.gauge_tree_.size();
  const auto swap_gauges = [&] {
    std::swap(gauge_tree_, from.gauge_tree_);
    std::swap(gauges_, from.gauges_);
  };
  if (swap) swap_gauges();  // the smaller tree goes into the larger one
  absl::Status status =
      MergeGauges(from, call, [&] { return sums_.Merge(std::move(from.sums_), call); });
  if (!status.ok() && swap) swap_gauges();
  return status;
}

// Each step that was done is undone if a later one is stopped.
template <class Question>
absl::Status TreeCore<Question>::MergeGauges(const TreeCore& from, const CallContext& call,
                                             const std::function<absl::Status()>& then) {
  const FrameTree::Size tree_before = gauge_tree_.sizes();
  DOLERITE_ASSIGN_OR_RETURN(const std::vector<uint32_t> nodes,
                            gauge_tree_.Merge(from.gauge_tree_, call));
  std::vector<NodeSums::Size> before;
  absl::Status status;
  for (size_t side = 0; side < gauges_.size() && status.ok(); ++side) {
    before.push_back(gauges_[side].size());
    status = gauges_[side].Merge(from.gauges_[side], nodes, call);
    if (!status.ok()) before.pop_back();
  }
  if (status.ok()) status = then();
  if (status.ok()) return status;
  for (size_t side = 0; side < before.size(); ++side) {
    gauges_[side].TakeBack(from.gauges_[side], nodes, before[side]);
  }
  gauge_tree_.TakeBack(from.gauge_tree_, nodes, tree_before);
  return status;
}

// By capacity.
template <class Question>
size_t TreeCore<Question>::memory_bytes() const {
  size_t bytes = sums_.memory_bytes() + gauge_tree_.memory_bytes();
  for (const NodeSums& gauge : gauges_) bytes += gauge.memory_bytes();
  return bytes;
}

// Where there are several trees, a copy of them is summed up, as Encode is const.
template <class Question>
void TreeCore<Question>::Encode(PartialWriter* wire) const {
  if (const SumTree* one = sums_.OneTree()) {
    EncodeSums(*one, wire);
  } else {
    SumPile sums = sums_;
    EncodeSums(**sums.Sum({}), wire);  // which nothing stops
  }
  EncodeTree(gauge_tree_, wire);
  for (const NodeSums& gauge : gauges_) gauge.Encode(wire);
}
// Both trees are checked before their sums are read.
template <class Question>
void TreeCore<Question>::Decode(PartialReader* wire) {
  SumTree sums(sums_.columns());
  DecodeSums(wire, &sums);
  if (wire->ok()) sums_ = SumPile(std::move(sums));
  DecodeTree(wire, &gauge_tree_);
  for (NodeSums& gauge : gauges_) {
    if (wire->ok()) gauge.Decode(wire, gauge_tree_.size());
  }
}

// The sides of a difference must measure the same, but their profile types may have different
// names.
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

// Puts averages into the columns of the tree. A gauge's groups have no labels here: there is one
// group for each side.
absl::Status AddAverages(const std::vector<NodeSums>& gauges, int64_t scale,
                         const CallContext& call, FrameTree* tree) {
  for (size_t side = 0; side < gauges.size(); ++side) {
    DOLERITE_ASSIGN_OR_RETURN(const auto groups, gauges[side].Values(*tree, scale, true, call));
    for (const auto& [group, values] : groups) {
      for (const auto& [node, value] : values) tree->AddSelf(node, side, value);
    }
  }
  return absl::OkStatus();
}

// value * numerator / denominator to the nearest integer, halves away from 0.
// In 128 bits, with the signs apart, so that rounding is the same on both sides of 0.
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

// Scales the base so that both sides have one total. Each self value is rounded, so totals are
// summed anew.
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

// The measures of the sides are joined first: their finest unit is that of the answer.
template <class Question>
absl::StatusOr<Tree> TreeCore<Question>::Finish(const std::vector<Measure>& measures,
                                                const typename Question::Finish& how,
                                                const CallContext& call) {
  DOLERITE_ASSIGN_OR_RETURN(const Measure both, MeasureOfSides(measures));
  DOLERITE_ASSIGN_OR_RETURN(const bool gauges, AreGauges(this->question_.kinds, measures));
  Tree tree;
  if (gauges) {
    // Averages are rounded once, when all of a series' profiles are known.
    FrameTree averages = gauge_tree_;
    DOLERITE_RETURN_IF_ERROR(AddAverages(gauges_, both.scale(), call, &averages));
    DOLERITE_ASSIGN_OR_RETURN(tree, averages.Finish(call));
    tree.aggregate = "average";
  } else {
    DOLERITE_ASSIGN_OR_RETURN(const SumTree* sums, sums_.Sum(call));
    DOLERITE_ASSIGN_OR_RETURN(tree, FinishTree(*sums, both.scale(), call));
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
