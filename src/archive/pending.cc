#include "archive/pending.h"

#include <algorithm>
#include <utility>

#include "base/status.h"

namespace dolerite {

absl::StatusOr<PendingDeletions> PendingDeletions::Make(const Manifest& manifest,
                                                        const std::string& dataset_label) {
  PendingDeletions out;
  for (const Tombstone& tombstone : manifest.tombstones) {
    SourceFilter filter(dataset_label);
    DOLERITE_RETURN_IF_ERROR(filter.Add(tombstone.selection()));
    out.deletions_.push_back({tombstone.number, std::move(filter)});
  }
  return out;
}

bool PendingDeletions::IsPending(size_t deletion, const BlockEntry& block) const {
  const Deletion& d = deletions_[deletion];
  return d.number > block.cleaned && d.filter.WantsBlock(block);
}

bool PendingDeletions::IsPending(size_t deletion, const PageEntry& page) const {
  const Deletion& d = deletions_[deletion];
  return d.number > page.min_cleaned && d.filter.WantsPage(page);
}

bool PendingDeletions::HasSome(const PageEntry& page) const {
  for (size_t i = 0; i < deletions_.size(); ++i) {
    if (IsPending(i, page)) return true;
  }
  return false;
}

uint64_t PendingDeletions::FirstFor(const BlockEntry& block) const {
  for (size_t i = 0; i < deletions_.size(); ++i) {
    if (IsPending(i, block)) return deletions_[i].number;
  }
  return 0;
}

absl::Status RaiseCleaned(const std::set<BlockName>& clean, const std::string& dataset_label,
                          Manifest* next) {
  DOLERITE_ASSIGN_OR_RETURN(const auto pending, PendingDeletions::Make(*next, dataset_label));
  const uint64_t newest = next->last_tombstone;
  for (BlockEntry& block : next->blocks) {
    const uint64_t first = pending.FirstFor(block);
    const bool all = first == 0 || (first == newest && clean.count(block.name) > 0);
    block.cleaned = std::max(block.cleaned, all ? newest : first - 1);
  }
  return absl::OkStatus();
}

}  // namespace dolerite
