// The live blocks of a manifest, wherever they stand: in it, or in pages.
#ifndef DOLERITE_ARCHIVE_BLOCK_LIST_H_
#define DOLERITE_ARCHIVE_BLOCK_LIST_H_

#include <functional>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "archive/commits.h"
#include "archive/manifest.h"
#include "archive/pages.h"
#include "dolerite/query.h"

namespace dolerite {

// Which pages are needed.
using PageFilter = std::function<bool(const PageEntry& page)>;
inline bool AllPages(const PageEntry&) { return true; }

// Decides about a page that can't be read: OK goes on without it, an error ends the call. `status`
// is Aborted if the page is gone: the manifest is older than the collector's grace.
using UnreadPage = std::function<absl::Status(const PageEntry& page, const absl::Status& status)>;
inline absl::Status NoneUnread(const PageEntry&, const absl::Status& status) { return status; }
// Passes over damage, for callers that can work on the rest.
inline absl::Status PassOverDamage(const PageEntry&, const absl::Status& status) {
  return CannotBeRead(status) ? absl::OkStatus() : status;
}

// Pages of a manifest, in its order. They are read side by side where the host has an executor, and
// not at all if the archive has them in memory. `cost`, if not null, grows by what was read.
absl::StatusOr<std::vector<std::shared_ptr<const Page>>> ReadPages(
    const ArchiveAccess& archive, const Manifest& manifest, const PageFilter& wanted,
    const UnreadPage& unread, QueryCost* cost, const CallContext& call);

// Visits live blocks: those of the manifest, then those of some pages, which come with their
// datasets in the page, and once for each page.
absl::Status VisitBlocks(const ArchiveAccess& archive, const Manifest& manifest,
                         const PageFilter& wanted,
                         const std::function<void(const BlockEntry& block)>& visit, QueryCost* cost,
                         const CallContext& call);

// Puts parts of blocks together: each block once, by name.
std::vector<BlockEntry> JoinParts(std::vector<BlockEntry> parts);

// Live blocks by name, each with all its datasets in the manifest or in wanted pages.
absl::StatusOr<std::vector<BlockEntry>> ReadBlocks(const ArchiveAccess& archive,
                                                   const Manifest& manifest,
                                                   const PageFilter& wanted,
                                                   const UnreadPage& unread,
                                                   const CallContext& call);

}  // namespace dolerite

#endif  // DOLERITE_ARCHIVE_BLOCK_LIST_H_
