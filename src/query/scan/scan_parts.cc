// All that is decided here comes from the profile table: which profiles are selected, and which
// part of the answer each counts for.
#include "query/scan/scan_parts.h"

#include <algorithm>
#include <utility>

#include "query/select/label_selection.h"

namespace dolerite {

// Columns are needed by the sink or by a filter.
ScanNeeds NeedsOf(const DatasetScan& dataset, const RowWants& wants) {
  const Selection& selection = dataset.filter.selection();
  return {wants.labels || SelectsLabels(dataset.filter), wants.links || selection.selects_links(),
          wants.times || selection.cuts_sample_times()};
}

namespace {

// How each row group of a chunk is read. Heads answer a group if all its profiles count for one
// cell, unless `only_bodies`.
ScanPart PartOf(const DatasetScan& dataset, const RowWants& wants, bool only_bodies, uint32_t c) {
  ScanPart part;
  part.chunk = c;
  for (const RowGroup& group : dataset.table->groups_of(dataset.table->chunks[c])) {
    const uint32_t first = CellOf(dataset, wants, group.first_profile);
    bool any = first != kNoCell, same = true;
    for (uint32_t i = 1; i < group.profiles; ++i) {
      const uint32_t cell = CellOf(dataset, wants, group.first_profile + i);
      any = any || cell != kNoCell;
      same = same && cell == first;
    }
    const bool heads = same && !only_bodies;
    part.uses.push_back(!any ? GroupUse::kSkip : heads ? GroupUse::kHeads : GroupUse::kBodies);
    part.cells.push_back(first);
    part.bodies = part.bodies || part.uses.back() == GroupUse::kBodies;
    part.cells_differ = part.cells_differ || !same;
  }
  return part;
}

}  // namespace

// A chunk whose type lacks the meant value is passed over.
std::vector<ScanPart> ChooseParts(const DatasetScan& dataset, const RowWants& wants) {
  // Links, times and the profile of a row are in bodies alone.
  const ScanNeeds needs = NeedsOf(dataset, wants);
  const bool only_bodies = !wants.heads || needs.links || needs.times || wants.profiles;
  const ProfileTable& table = *dataset.table;
  std::vector<ScanPart> parts;
  for (uint32_t c = 0; c < table.chunks.size(); ++c) {
    if (wants.meant_value && dataset.values[table.chunks[c].type].row == kNoValue) continue;
    ScanPart part = PartOf(dataset, wants, only_bodies, c);
    const auto used = [](GroupUse use) { return use != GroupUse::kSkip; };
    if (std::any_of(part.uses.begin(), part.uses.end(), used)) parts.push_back(std::move(part));
  }
  return parts;
}

absl::Status FetchParts(const DatasetScan& dataset, const ScanNeeds& needs,
                        const std::vector<ScanPart>& parts) {
  if (parts.empty()) return absl::OkStatus();
  DatasetReader& reader = *dataset.reader;
  std::vector<DatasetReader::Key> keys;
  // Tables that are decoded already need no bytes.
  reader.AddStackKeys(dataset.types, &keys);
  if (needs.labels && !reader.HasLabels()) keys.emplace_back(SectionKind::kLabels, 0);
  for (const ScanPart& part : parts) {
    keys.emplace_back(SectionKind::kHeads, part.chunk);
    if (part.bodies) keys.emplace_back(SectionKind::kBodies, part.chunk);
    if (needs.links) keys.emplace_back(SectionKind::kLinks, part.chunk);
    if (needs.times) keys.emplace_back(SectionKind::kTimestamps, part.chunk);
  }
  return reader.Fetch(keys);
}

// An upper bound: 32 bytes for each row, and 24 for each value of a row.
uint64_t DecodedBytes(const DatasetScan& dataset, const RowWants& wants, const ScanPart& part) {
  const ProfileTable& table = *dataset.table;
  const Chunk& chunk = table.chunks[part.chunk];
  // Heads have a row for each run, bodies one for each sample.
  uint64_t runs = 0, samples = 0;
  for (const RowGroup& group : table.groups_of(chunk)) {
    runs += group.runs;
    for (uint32_t p = 0; p < group.profiles; ++p) {
      samples += table.profiles[group.first_profile + p].samples;
    }
  }
  const size_t values = wants.meant_value ? 1 : table.types[chunk.type].sample_types.size();
  const uint64_t row = 32 + 24 * values;
  return runs * row + (part.bodies ? samples * row : 0);
}

}  // namespace dolerite
