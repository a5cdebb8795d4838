// What a compaction job does to the manifest: its inputs go, its outputs come.
#ifndef DOLERITE_ARCHIVE_REPLACEMENT_H_
#define DOLERITE_ARCHIVE_REPLACEMENT_H_

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "archive/manifest.h"
#include "dolerite/archive.h"

namespace dolerite {

struct Replacement {
  uint64_t base = 0;  // number of the manifest in which the inputs were found live
  std::vector<SegmentName> segments;
  std::vector<BlockEntry> blocks;
  std::vector<BlockEntry> outputs;
  // Inputs that could not be read, and why. They stay live: they are in neither list above.
  std::vector<std::pair<std::string, absl::Status>> damaged;

  bool IsEmpty() const {
    return segments.empty() && blocks.empty() && outputs.empty() && damaged.empty();
  }
};

// OK if all inputs, which were live in the base, are live in this manifest, whose floor is not
// above the base. FailedPrecondition names one that is not.
absl::Status CheckLive(const Replacement& replacement, const Manifest& manifest);

// Adds the names of sample types and labels that a job takes out. False if all are there.
bool AddRules(const CompactionRules& more, MergeRules* rules);
// FailedPrecondition if a deletion after the one of this number asks for a label that a job takes
// out: it stays pending for the job's outputs, and would find nothing in them.
absl::Status CheckDeletions(const CompactionRules& rules, uint64_t last_tombstone,
                            const Manifest& manifest);

// Replaces the inputs by the outputs in the next manifest, if that is still right.
absl::Status Replace(const Replacement& replacement, Manifest* next);

// Takes live blocks out of the manifest: they are dropped from then on.
void DropBlocks(std::span<const BlockEntry> blocks, Manifest* next);
// Takes out datasets of the manifest's own blocks that lie before a cut as a whole, and drops
// blocks that have no other. What lies before a cut only in part stays: snapshots leave it out,
// compaction rewrites it.
void DropCut(Manifest* next);

// Takes a block out of the numbers that tell what is in pages.
void Subtract(const BlockEntry& block, Manifest* next);

// Names a live input as damaged. The first reason stays.
void Quarantine(const std::string& key, const absl::Status& reason, Manifest* next);

}  // namespace dolerite

#endif  // DOLERITE_ARCHIVE_REPLACEMENT_H_
