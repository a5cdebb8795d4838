// Which blocks and segments a question needs: by the times in segments' names, by the datasets and
// times of the manifest's blocks, and by those of pages, of which only the ones are read that may
// name a wanted block.
#include <algorithm>

#include "archive/block_list.h"
#include "archive/snapshot_state.h"
#include "base/status.h"

namespace dolerite {

absl::StatusOr<ChosenSources> ChooseSources(const Snapshot::State& state,
                                            const SourceFilter& filter, const CallContext& call) {
  ChosenSources chosen;
  std::vector<Source>& sources = chosen.sources;
  const auto take = [&](const BlockEntry& block) {
    if (filter.WantsBlock(block)) sources.push_back(SourceOf(block));
  };
  const auto wants_page = [&](const PageEntry& page) { return filter.WantsPage(page); };
  DOLERITE_RETURN_IF_ERROR(
      VisitBlocks(*state.archive, *state.manifest, wants_page, take, &chosen.cost, call));
  // A block that is in several pages came once for each.
  std::sort(sources.begin(), sources.end(),
            [](const Source& a, const Source& b) { return a.name < b.name; });
  const auto same = [](const Source& a, const Source& b) { return a.name == b.name; };
  sources.erase(std::unique(sources.begin(), sources.end(), same), sources.end());
  for (const LiveSegment& segment : state.segments) {
    if (filter.WantsSegment(segment.name)) sources.push_back(SourceOf(segment));
  }
  chosen.pruned = state.summary.blocks + state.summary.segments - sources.size();
  return chosen;
}

}  // namespace dolerite
