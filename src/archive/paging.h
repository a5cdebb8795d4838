// Keeps the manifest short: its blocks go to pages when there are too many.
#ifndef DOLERITE_ARCHIVE_PAGING_H_
#define DOLERITE_ARCHIVE_PAGING_H_

#include <cstddef>
#include <set>

#include "absl/status/status.h"
#include "archive/block_list.h"
#include "archive/commits.h"
#include "archive/manifest.h"

namespace dolerite {

// Writes pages if the next manifest holds more than `most` entries of blocks, or remembers more
// than `most` dropped blocks because pages have them still. A commit calls it last.
absl::Status PageOut(const ArchiveAccess& archive, size_t most, Manifest* next,
                     const CallContext& call);

// Takes runs back into the manifest whose pages have some of these blocks, so that the commit can
// change what is said of the blocks: those runs whose pages weigh less than the blocks. Only
// `wanted` pages are looked at. A run that can't be read stays as it is.
absl::Status TakeBack(const ArchiveAccess& archive, const std::set<BlockName>& blocks,
                      const PageFilter& wanted, Manifest* next, const CallContext& call);

}  // namespace dolerite

#endif  // DOLERITE_ARCHIVE_PAGING_H_
