// Deletions beside the blocks that they may still take something of.
#ifndef DOLERITE_ARCHIVE_PENDING_H_
#define DOLERITE_ARCHIVE_PENDING_H_

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "archive/manifest.h"
#include "archive/source_filter.h"

namespace dolerite {

// The deletions of a manifest. A deletion is pending for a block if it was not applied to the block
// and may take something of it, as far as the list of blocks tells.
class PendingDeletions {
 public:
  static absl::StatusOr<PendingDeletions> Make(const Manifest& manifest,
                                               const std::string& dataset_label);

  bool HasSome(const BlockEntry& block) const { return FirstFor(block) != 0; }
  // Of a block of the page.
  bool HasSome(const PageEntry& page) const;
  // Whether a deletion, by its place in the manifest, is pending.
  bool IsPending(size_t deletion, const BlockEntry& block) const;
  bool IsPending(size_t deletion, const PageEntry& page) const;

  // The number of the first deletion that is pending for the block; 0: none.
  uint64_t FirstFor(const BlockEntry& block) const;

 private:
  struct Deletion {
    uint64_t number = 0;
    SourceFilter filter;
  };
  std::vector<Deletion> deletions_;  // in the order of the manifest
};

// Raises `cleaned` of the manifest's own blocks as far as no deletion is pending for them. The
// newest deletion counts as applied to `clean` blocks, of which it takes nothing.
absl::Status RaiseCleaned(const std::set<BlockName>& clean, const std::string& dataset_label,
                          Manifest* next);

}  // namespace dolerite

#endif  // DOLERITE_ARCHIVE_PENDING_H_
