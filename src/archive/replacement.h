// What a compaction job does to the manifest: its inputs go, its outputs come.
#ifndef DOLERITE_ARCHIVE_REPLACEMENT_H_
#define DOLERITE_ARCHIVE_REPLACEMENT_H_

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "archive/manifest.h"

namespace dolerite {

struct Replacement {
  uint64_t base = 0;  // number of the manifest in which the inputs were found live
  std::vector<SegmentName> segments;
  std::vector<BlockEntry> blocks;
  std::vector<BlockEntry> outputs;
  // Inputs that could not be read, and why. They stay live: they are in neither list above.
  std::vector<std::pair<std::string, absl::Status>> damaged;
};

// OK if all inputs are live still, by a manifest not older than the base. FailedPrecondition names
// one that is not.
absl::Status CheckLive(const Replacement& replacement, const Manifest& manifest);

// Replaces the inputs by the outputs in the next manifest, if that is still right.
absl::Status Replace(const Replacement& replacement, Manifest* next);

// Takes blocks out of the live ones.
void DropBlocks(std::span<const BlockEntry> blocks, Manifest* next);

// Names a live input as damaged. The first reason stays.
void Quarantine(const std::string& key, const absl::Status& reason, Manifest* next);

}  // namespace dolerite

#endif  // DOLERITE_ARCHIVE_REPLACEMENT_H_
