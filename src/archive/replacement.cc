#include "archive/replacement.h"

#include <algorithm>
#include <iterator>
#include <set>

#include "base/status.h"

namespace dolerite {
namespace {

absl::Status NotLive(std::string_view key) {
  return FailedPrecondition(key, " is no longer live: another job has consumed it");
}

// Adds entries to a list and keeps it in the order of names.
template <class Entry>
void Merge(std::vector<Entry> added, std::vector<Entry>* entries) {
  const auto by_name = [](const Entry& a, const Entry& b) { return a.name < b.name; };
  std::move(added.begin(), added.end(), std::back_inserter(*entries));
  std::sort(entries->begin(), entries->end(), by_name);
}

// What is no longer live is no longer reported either.
void Forgive(const std::set<std::string>& keys, Manifest* next) {
  std::erase_if(next->quarantined,
                [&](const QuarantinedInput& q) { return keys.count(q.key) > 0; });
}

}  // namespace

// What was live in the base has been given up since only if the manifest says so: names are
// remembered as long as anyone may work on a base that is not below the floor.
absl::Status CheckLive(const Replacement& replacement, const Manifest& manifest) {
  for (const SegmentName& segment : replacement.segments) {
    if (manifest.FindConsumed(segment) != nullptr) return NotLive(segment.key());
  }
  for (const BlockEntry& block : replacement.blocks) {
    const bool here = manifest.FindBlock(block.name) != nullptr;
    // It may be in a page, and then it is as long as nobody has dropped it.
    const bool paged = !manifest.pages.empty() && manifest.FindDropped(block.name) == nullptr;
    if (!here && !paged) return NotLive(block.name.key());
  }
  return absl::OkStatus();
}

bool AddRules(const CompactionRules& more, MergeRules* rules) {
  const size_t before = rules->sample_types.size() + rules->labels.size();
  const auto add = [](const std::vector<std::string>& names, std::vector<std::string>* all) {
    all->insert(all->end(), names.begin(), names.end());
    std::sort(all->begin(), all->end());
    all->erase(std::unique(all->begin(), all->end()), all->end());
  };
  add(more.drop_sample_types, &rules->sample_types);
  add(more.drop_labels, &rules->labels);
  return rules->sample_types.size() + rules->labels.size() > before;
}

absl::Status CheckDeletions(const CompactionRules& rules, uint64_t last_tombstone,
                            const Manifest& manifest) {
  const std::vector<std::string>& dropped = rules.drop_labels;
  for (const Tombstone& tombstone : manifest.tombstones) {
    if (tombstone.number <= last_tombstone) continue;
    for (const LabelMatcher& matcher : tombstone.matchers) {
      if (std::find(dropped.begin(), dropped.end(), matcher.name) == dropped.end()) continue;
      return FailedPrecondition("a deletion by the label \"", matcher.name,
                                "\" came while the job took this label out of profiles");
    }
  }
  return absl::OkStatus();
}

absl::Status Replace(const Replacement& replacement, Manifest* next) {
  // Below the floor the collector takes outputs that are not named yet for orphans.
  if (replacement.base < next->floor) {
    return FailedPrecondition("the job took so long that its blocks may have been collected");
  }
  // If any input was consumed meanwhile all of the job is void: half of it would show profiles
  // twice.
  DOLERITE_RETURN_IF_ERROR(CheckLive(replacement, *next));
  std::vector<ConsumedSegment> consumed;
  std::set<std::string> keys;
  for (const SegmentName& segment : replacement.segments) {
    consumed.push_back({segment, next->number});
    keys.insert(segment.key());
  }
  Merge(std::move(consumed), &next->consumed);
  Forgive(keys, next);
  DropBlocks(replacement.blocks, next);
  Merge(replacement.outputs, &next->blocks);
  for (const auto& [key, reason] : replacement.damaged) Quarantine(key, reason, next);
  return absl::OkStatus();
}

void DropBlocks(std::span<const BlockEntry> blocks, Manifest* next) {
  std::vector<DroppedBlock> dropped;
  std::set<BlockName> names;
  std::set<std::string> keys;
  for (const BlockEntry& block : blocks) {
    // Pages are not written for it: they have it still, and its name is remembered until they do
    // not.
    const bool paged = next->FindBlock(block.name) == nullptr;
    if (paged) Subtract(block, next);
    dropped.push_back({block.name, next->number, paged});
    names.insert(block.name);
    keys.insert(block.name.key());
  }
  std::erase_if(next->blocks, [&](const BlockEntry& b) { return names.count(b.name) > 0; });
  Merge(std::move(dropped), &next->dropped);
  Forgive(keys, next);
}

void DropCut(Manifest* next) {
  std::vector<BlockEntry> dead;
  for (BlockEntry& block : next->blocks) {
    std::erase_if(block.datasets,
                  [&](const DatasetEntry& dataset) { return next->IsCut(dataset); });
    if (block.datasets.empty()) dead.push_back(block);
  }
  DropBlocks(dead, next);
}

// Never below zero, whatever a forged manifest says.
void Subtract(const BlockEntry& block, Manifest* next) {
  next->paged_blocks -= std::min<uint64_t>(next->paged_blocks, 1);
  next->paged_bytes -= std::min(next->paged_bytes, block.bytes);
}

// A reason is cut: messages of stores may be of any length.
void Quarantine(const std::string& key, const absl::Status& reason, Manifest* next) {
  if (next->FindQuarantined(key) != nullptr) return;
  const auto at =
      std::lower_bound(next->quarantined.begin(), next->quarantined.end(), key,
                       [](const QuarantinedInput& q, const std::string& k) { return q.key < k; });
  const std::string text(ToStd(reason.message()).substr(0, kMostReason));
  next->quarantined.insert(at, {key, text, next->number});
}

}  // namespace dolerite
