// A plan cuts a question into splits that hosts execute anywhere: it looks at footers only,
// leaves out datasets that cannot hold anything selected, and fills each split with datasets of
// one block up to the wanted size. What executes them is in execute.cc.
#include "dolerite/plan.h"

#include <algorithm>
#include <utility>

#include "base/out_of_memory.h"
#include "base/status.h"
#include "block/label_summary.h"
#include "query/envelope.h"
#include "query/partial.h"
#include "query/question_fields.h"
#include "query/select/selection_state.h"
#include "query/split_content.h"

namespace dolerite {

namespace {

// Whether all that a selection selects of a dataset can be answered from heads. Whole groups are,
// so a dataset whose times all lie in the selection needs no bodies.
bool HeadsSuffice(const Selection& s, const DatasetSummary& dataset) {
  return !s.cuts_sample_times() && !s.selects_links() && s.profile_ids.empty() &&
         s.start_nanos <= dataset.min_time_nanos &&
         (s.end_nanos > dataset.max_time_nanos || s.end_nanos == INT64_MAX);
}

class Planner {
 public:
  Planner(const QueryCore& core, const PlanOptions& options) : core_(core), options_(options) {}

  absl::StatusOr<QueryPlan> Plan(const BlockViews& views) {
    DOLERITE_ASSIGN_OR_RETURN(filters_, CompileFilters(core_));
    for (const BlockView& view : views.blocks) PlanBlock(view, views.snapshot);
    return std::move(plan_);
  }

 private:
  // Datasets are put into splits in the block's order. A dataset larger than a split gets a split
  // of its own.
  void PlanBlock(const BlockView& view, const SnapshotId& snapshot) {
    const BlockReader& block = *view.block;
    const std::vector<FooterDataset>& datasets = BlockAccess::Of(block).footer.datasets;
    const size_t splits = plan_.splits.size();
    SplitContent content{BlockAccess::Of(block).key, block.summary().id, snapshot, {}, {}};
    Split split = OpeningOf(view);
    for (uint32_t d = 0; d < datasets.size(); ++d) {
      const auto takes = [&](const SelectionFilter& f) { return MayTake(f, datasets[d]); };
      if (std::none_of(filters_.begin(), filters_.end(), takes)) {
        ++plan_.pruned_datasets;
        continue;
      }
      const uint64_t bytes = EstimateBytes(BlockAccess::Of(block), d);
      if (!content.datasets.empty() && split.estimated_bytes + bytes > options_.split_bytes) {
        Close(std::move(split), content);
        split = OpeningOf(view), content.datasets.clear(), content.omissions.clear();
      }
      const Omission* omission = view.OmissionOf(d);
      content.datasets.push_back(d);
      content.omissions.push_back(omission == nullptr ? Omission() : *omission);
      split.datasets.push_back(datasets[d].summary.name);
      split.estimated_bytes += bytes;
      split.estimated_requests += Estimate(BlockAccess::Of(block), d);
    }
    if (!content.datasets.empty()) Close(std::move(split), content);
    ++plan_.blocks;
    plan_.datasets += datasets.size();
    plan_.pruned_blocks += plan_.splits.size() == splits;
  }

  // A split without datasets: what opening its block costs.
  static Split OpeningOf(const BlockView& view) {
    Split split;
    const auto [requests, bytes] = BlockAccess::Of(*view.block).CostOfOpening();
    split.estimated_requests = requests, split.estimated_bytes = bytes;
    return split;
  }

  // The bytes hold all that Execute needs, so a plan may travel without its blocks.
  // The question is in every split: a split is self-contained.
  void Close(Split split, const SplitContent& content) {
    PartialWriter wire;
    wire(content);
    WriteQuestion(core_, &wire);
    split.bytes = Seal(kSplitEnvelope, wire.bytes());
    split.block = content.block;
    plan_.splits.push_back(std::move(split));
  }

  // Whether the answer needs a kind of section of the dataset, as far as the selections tell.
  bool Needs(SectionKind kind, const DatasetSummary& dataset) const {
    const auto any = [&](const auto& asks) {
      return std::any_of(filters_.begin(), filters_.end(),
                         [&](const SelectionFilter& f) { return asks(f.selection()); });
    };
    switch (kind) {
      case SectionKind::kProfiles:
        return true;
      case SectionKind::kLinkFilter:
      case SectionKind::kLinks:
        return any([](const Selection& s) { return s.selects_links(); });
      case SectionKind::kTimestamps:
        return core_.reads_samples() &&
               any([](const Selection& s) { return s.cuts_sample_times(); });
      case SectionKind::kBodies:
        return core_.reads_samples() &&
               any([&](const Selection& s) { return !HeadsSuffice(s, dataset); });
      case SectionKind::kHeads:
      case SectionKind::kStacks:
      case SectionKind::kSymbols:
        return core_.reads_samples();
      default:
        return false;
    }
  }

  // Whether the answer may need the stacks of the type of that row. Types are in the order of their
  // names, so a row is the name's where all names differ.
  bool NeedsStacks(const std::vector<std::string_view>& types, uint32_t row) const {
    return row >= types.size() ||
           std::any_of(filters_.begin(), filters_.end(), [&](const SelectionFilter& f) {
             return FilterAccess::Of(f).TakesTypeName(types[row]);
           });
  }

  // Whether the hot part of a dataset comes along with what is read of it, as DatasetReader
  // fetches.
  bool TakesHotPart(const BlockReader::Internal& block, const FooterDataset& dataset) const {
    const auto looks_up = [](const SelectionFilter& f) {
      return !f.selection().profile_ids.empty() || f.selection().selects_links();
    };
    if (!core_.reads_samples() || std::any_of(filters_.begin(), filters_.end(), looks_up)) {
      return false;
    }
    uint64_t bytes = 0;
    bool outside = false;
    for (const SectionEntry& section : block.footer.SectionsOf(dataset)) {
      if (!ComesAlong(section.kind)) continue;
      bytes += section.stored;
      outside |= !block.InSuffix(section) && Needs(section.kind, dataset.summary);
    }
    return outside && bytes <= kHotPartBytes;
  }

  // Stored bytes that are read beside the suffix: sections that are needed, of stacks those of the
  // types that are asked for, and what comes along. An estimate: fewer chunks may suffice, and
  // addresses and labels are not counted.
  uint64_t EstimateBytes(const BlockReader::Internal& block, uint32_t d) const {
    const FooterDataset& dataset = block.footer.datasets[d];
    const std::optional<LabelSummary> summary = LabelSummary::Read(dataset.label_summary);
    const std::vector<std::string_view> types =
        summary ? summary->types() : std::vector<std::string_view>();
    const bool hot = TakesHotPart(block, dataset);
    uint64_t bytes = 0;
    for (const SectionEntry& section : block.footer.SectionsOf(dataset)) {
      if (block.InSuffix(section)) continue;
      const bool stacks = section.kind == SectionKind::kStacks;
      const bool needed =
          Needs(section.kind, dataset.summary) && (!stacks || NeedsStacks(types, section.part));
      if (needed || (hot && ComesAlong(section.kind))) bytes += section.stored;
    }
    return bytes;
  }

  // Requests for a dataset: what is not in the suffix that opening reads comes with one request for
  // the hot part and one for cold sections.
  uint64_t Estimate(const BlockReader::Internal& block, uint32_t d) const {
    const FooterDataset& dataset = block.footer.datasets[d];
    bool hot = false, cold = false;
    for (uint32_t i = 0; i < dataset.sections; ++i) {
      const SectionEntry& section = block.footer.sections[dataset.first_section + i];
      if (!Needs(section.kind, dataset.summary) || section.offset >= block.suffix_offset) continue;
      (section.kind >= SectionKind::kHeads ? hot : cold) = true;
    }
    return uint64_t{hot} + uint64_t{cold};
  }

  const QueryCore& core_;
  const PlanOptions& options_;
  std::vector<SelectionFilter> filters_;
  QueryPlan plan_;
};

}  // namespace

template <class Question>
absl::StatusOr<QueryPlan> MakePlan(std::span<const BlockReader* const> blocks,
                                   const Question& question, const PlanOptions& options) {
  return WithinMemory([&]() -> absl::StatusOr<QueryPlan> {
    BlockViews views;
    for (const BlockReader* block : blocks) views.blocks.push_back({block, {}});
    return Planner(*MakeCore(question), options).Plan(views);
  });
}
template <class Question>
absl::StatusOr<QueryPlan> MakePlan(const BlockViews& views, const Question& question,
                                   const PlanOptions& options) {
  return WithinMemory([&] { return Planner(*MakeCore(question), options).Plan(views); });
}

#define DOLERITE_DEFINE_PLAN(name, number)                                             \
  template DOLERITE_EXPORT absl::StatusOr<QueryPlan> MakePlan(                         \
      std::span<const BlockReader* const>, const name##Question&, const PlanOptions&); \
  template DOLERITE_EXPORT absl::StatusOr<QueryPlan> MakePlan(                         \
      const BlockViews&, const name##Question&, const PlanOptions&);
DOLERITE_QUESTIONS(DOLERITE_DEFINE_PLAN)
#undef DOLERITE_DEFINE_PLAN

}  // namespace dolerite
