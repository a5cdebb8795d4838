// Which blocks, pages and segments may hold something that is selected, as far as names and the
// list of blocks tell: nothing is read for it.
#ifndef DOLERITE_ARCHIVE_SOURCE_FILTER_H_
#define DOLERITE_ARCHIVE_SOURCE_FILTER_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "archive/keys.h"
#include "archive/manifest.h"
#include "block/footer.h"
#include "dolerite/selection.h"
#include "query/select/selection_state.h"

namespace dolerite {

// Some selections, of which one must take something. "No" is certain, but for profiles that a cut
// hides.
class SourceFilter {
 public:
  explicit SourceFilter(std::string dataset_label) : label_(std::move(dataset_label)) {}

  absl::Status Add(const Selection& selection);

  bool WantsPage(const PageEntry& page) const;
  bool WantsBlock(const BlockEntry& block) const;
  // A segment's name says its times, but not its datasets.
  bool WantsSegment(const SegmentName& name) const;
  // As the dataset's footer tells, which knows labels.
  bool WantsDataset(const FooterDataset& dataset) const;

 private:
  // Whether a selection takes something of these times, and `takes` is true of all its matchers of
  // the dataset label.
  template <class Takes>
  bool Any(int64_t min_time_nanos, int64_t max_time_nanos, const Takes& takes) const;

  std::string label_;
  std::vector<SelectionFilter> filters_;
};

}  // namespace dolerite

#endif  // DOLERITE_ARCHIVE_SOURCE_FILTER_H_
