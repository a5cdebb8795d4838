// Blocks and segments that are looked at together: opened, and without what is not to be seen.
#ifndef DOLERITE_ARCHIVE_SOURCES_H_
#define DOLERITE_ARCHIVE_SOURCES_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "archive/commits.h"
#include "archive/manifest.h"
#include "block/footer.h"
#include "dolerite/snapshot.h"

namespace dolerite {

struct LiveSegment {
  SegmentName name;
  uint64_t bytes = 0;
};

// An object with profiles, and what is known of it without a read.
struct Source {
  std::string key;
  uint64_t bytes = 0;
  uint32_t level = 0;                                   // 0: a segment
  uint64_t cleaned = 0;                                 // tombstones that it has already
  std::optional<BlockName> name;                        // none: a segment
  std::optional<Id128> content;                         // the block's own id; none: a segment
  std::shared_ptr<const BlockReader> reader = nullptr;  // if it is open already
};

// Whether `a`, and not `b`, keeps a profile that both have: the more compacted one does, as it will
// stay.
bool KeepsBefore(const Source& a, const Source& b);

Source SourceOf(const LiveSegment& segment);
Source SourceOf(const BlockEntry& block);

// Opens one source. DataLoss if it is not what its name or the manifest says.
absl::StatusOr<std::shared_ptr<const BlockReader>> OpenSource(const ArchiveAccess& archive,
                                                              const Source& source,
                                                              const CallContext& call);

// Reads all of a source and says whether it is a sound block of its name.
absl::StatusOr<bool> ReadsWell(const ArchiveAccess& archive, const Source& source,
                               const CallContext& call);

// The first block of these that the store does not have. Segments are not looked for.
absl::StatusOr<std::optional<size_t>> FindMissingBlock(const ArchiveAccess& archive,
                                                       const std::vector<Source>& sources,
                                                       const CallContext& call);

// Datasets of sources in which profiles are looked for that several sources have.
using DatasetFilter = std::function<bool(const FooterDataset& dataset)>;
inline bool AllDatasets(const FooterDataset&) { return true; }
inline bool NoDatasets(const FooterDataset&) { return false; }

// Opens sources, side by side on the host's executor. The views leave out what tombstones and cuts
// of the manifest take, and of `compared` datasets profiles that another of the sources has too:
// of all but the most compacted one.
absl::StatusOr<SnapshotBlocks> OpenSources(const ArchiveAccess& archive, const Manifest& manifest,
                                           const std::vector<Source>& sources,
                                           const CallContext& call,
                                           const DatasetFilter& compared = AllDatasets);

// The profiles of a block that its view does not leave out, by their number in the block.
absl::StatusOr<std::vector<size_t>> KeptProfiles(const BlockView& view, const CallContext& call);

// Visits these profiles of a block, with their series.
using SeriesVisitor = std::function<absl::Status(const LabelSet& series, const Profile& profile)>;
absl::Status VisitProfiles(const BlockReader& block, const std::vector<size_t>& profiles,
                           const SeriesVisitor& visit, const CallContext& call);

}  // namespace dolerite

#endif  // DOLERITE_ARCHIVE_SOURCES_H_
