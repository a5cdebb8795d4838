#include "archive/source_filter.h"

#include <algorithm>
#include <span>
#include <string_view>

#include "base/status.h"
#include "query/scan/scan.h"

namespace dolerite {

absl::Status SourceFilter::Add(const Selection& selection) {
  DOLERITE_ASSIGN_OR_RETURN(SelectionFilter filter, SelectionFilter::Make(selection));
  filters_.push_back(std::move(filter));
  return absl::OkStatus();
}

template <class Takes>
bool SourceFilter::Any(int64_t min_time_nanos, int64_t max_time_nanos, const Takes& takes) const {
  return std::any_of(filters_.begin(), filters_.end(), [&](const SelectionFilter& filter) {
    const auto& matchers = FilterAccess::Of(filter).matchers;
    return filter.TakesTimes(min_time_nanos, max_time_nanos) &&
           std::all_of(matchers.begin(), matchers.end(), [&](const CompiledMatcher& matcher) {
             return matcher.name() != label_ || takes(matcher);
           });
  });
}

bool SourceFilter::WantsPage(const PageEntry& page) const {
  return Any(page.min_time_nanos, page.max_time_nanos, [&](const CompiledMatcher& matcher) {
    return matcher.MayTakeBetween(page.first, page.last);
  });
}

bool SourceFilter::WantsBlock(const BlockEntry& block) const {
  return std::any_of(block.datasets.begin(), block.datasets.end(), [&](const DatasetEntry& d) {
    const std::string_view name = d.name;
    return Any(d.min_time_nanos, d.max_time_nanos,
               [&](const CompiledMatcher& matcher) { return matcher.Takes(std::span(&name, 1)); });
  });
}

bool SourceFilter::WantsDataset(const FooterDataset& dataset) const {
  return std::any_of(filters_.begin(), filters_.end(),
                     [&](const SelectionFilter& filter) { return MayTake(filter, dataset); });
}

bool SourceFilter::WantsSegment(const SegmentName& name) const {
  return std::any_of(filters_.begin(), filters_.end(), [&](const SelectionFilter& filter) {
    return filter.TakesTimes(name.min_time_nanos(), name.max_time_nanos());
  });
}

}  // namespace dolerite
