// Which blocks and segments a question needs: by the times in segments' names, by the datasets and
// times of the manifest's blocks, and by those of pages, of which only the ones are read that may
// name a wanted block.
#include <algorithm>
#include <utility>

#include "archive/block_list.h"
#include "archive/snapshot_state.h"
#include "base/status.h"
#include "query/select/selection_state.h"

namespace dolerite {
namespace {

// Some selections, of which one must take something.
class Chooser {
 public:
  explicit Chooser(std::string dataset_label) : label_(std::move(dataset_label)) {}

  absl::Status Add(const Selection& selection) {
    DOLERITE_ASSIGN_OR_RETURN(SelectionFilter filter, SelectionFilter::Make(selection));
    filters_.push_back(std::move(filter));
    return absl::OkStatus();
  }

  bool WantsPage(const PageEntry& page) const {
    return Any(page.min_time_nanos, page.max_time_nanos, [&](const CompiledMatcher& matcher) {
      return matcher.MayTakeBetween(page.first, page.last);
    });
  }
  bool WantsBlock(const BlockEntry& block) const {
    return std::any_of(block.datasets.begin(), block.datasets.end(), [&](const DatasetEntry& d) {
      const std::string_view name = d.name;
      return Any(d.min_time_nanos, d.max_time_nanos, [&](const CompiledMatcher& matcher) {
        return matcher.Takes(std::span(&name, 1));
      });
    });
  }
  // A segment's name tells its times, but not its datasets.
  bool WantsSegment(const SegmentName& name) const {
    return std::any_of(filters_.begin(), filters_.end(), [&](const SelectionFilter& filter) {
      return filter.TakesTimes(name.min_time_nanos(), name.max_time_nanos());
    });
  }

 private:
  // Whether a selection takes something of these times, and `takes` is true of all its matchers of
  // the dataset label.
  template <class Takes>
  bool Any(int64_t min_time_nanos, int64_t max_time_nanos, const Takes& takes) const {
    return std::any_of(filters_.begin(), filters_.end(), [&](const SelectionFilter& filter) {
      const auto& matchers = FilterAccess::Of(filter).matchers;
      return filter.TakesTimes(min_time_nanos, max_time_nanos) &&
             std::all_of(matchers.begin(), matchers.end(), [&](const CompiledMatcher& matcher) {
               return matcher.name() != label_ || takes(matcher);
             });
    });
  }

  const std::string label_;
  std::vector<SelectionFilter> filters_;
};

}  // namespace

absl::StatusOr<ChosenSources> ChooseSources(const Snapshot::State& state,
                                            const std::vector<const Selection*>& selections,
                                            const CallContext& call) {
  Chooser chooser(state.archive->header.dataset_label);
  for (const Selection* selection : selections) {
    DOLERITE_RETURN_IF_ERROR(chooser.Add(*selection));
  }
  ChosenSources chosen;
  std::vector<Source>& sources = chosen.sources;
  const auto take = [&](const BlockEntry& block) {
    if (chooser.WantsBlock(block)) sources.push_back(SourceOf(block));
  };
  const auto wants_page = [&](const PageEntry& page) { return chooser.WantsPage(page); };
  DOLERITE_RETURN_IF_ERROR(
      VisitBlocks(*state.archive, *state.manifest, wants_page, take, &chosen.cost, call));
  // A block that is in several pages came once for each.
  std::sort(sources.begin(), sources.end(),
            [](const Source& a, const Source& b) { return a.name < b.name; });
  const auto same = [](const Source& a, const Source& b) { return a.name == b.name; };
  sources.erase(std::unique(sources.begin(), sources.end(), same), sources.end());
  for (const LiveSegment& segment : state.segments) {
    if (chooser.WantsSegment(segment.name)) sources.push_back(SourceOf(segment));
  }
  chosen.pruned = state.summary.blocks + state.summary.segments - sources.size();
  return chosen;
}

}  // namespace dolerite
