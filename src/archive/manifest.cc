// Manifests come from a store that anyone may have written to: after the checksum each rule of
// ARCHIVE.md ("Manifest") is checked, so that the rest of the archive can rely on order and bounds.
#include "archive/manifest.h"

#include <algorithm>
#include <limits>

#include "base/status.h"
#include "query/envelope.h"
#include "query/partial_wire.h"
#include "query/question_fields.h"

namespace dolerite {

// The order of fields is the format: ARCHIVE.md has the same list.
template <class Wire>
void Fields(Wire& wire, SegmentName& name) {
  wire(name.created_nanos, name.from_minute, name.to_minute, name.hash);
}
template <class Wire>
void Fields(Wire& wire, BlockName& name) {
  wire(name.base, name.job);
}
template <class Wire>
void Fields(Wire& wire, DatasetEntry& d) {
  wire(d.name, d.profiles, d.min_time_nanos, d.max_time_nanos);
}
template <class Wire>
void Fields(Wire& wire, RuleCounts& c) {
  wire(c.profiles, c.sample_types, c.labels, c.bodies);
}
template <class Wire>
void Fields(Wire& wire, BlockEntry& b) {
  wire(b.name, b.content, b.bytes, b.level, b.cleaned, b.dropped, b.datasets);
}
template <class Wire>
void Fields(Wire& wire, ConsumedSegment& c) {
  wire(c.name, c.manifest);
}
template <class Wire>
void Fields(Wire& wire, DroppedBlock& d) {
  wire(d.name, d.manifest);
}
template <class Wire>
void Fields(Wire& wire, Tombstone& t) {
  wire(t.number, t.manifest, t.committed_nanos, t.commit, t.matchers, t.profile_ids, t.start_nanos,
       t.end_nanos);
}
template <class Wire>
void Fields(Wire& wire, Cut& c) {
  wire(c.dataset, c.all_datasets, c.before_nanos);
}
template <class Wire>
void Fields(Wire& wire, QuarantinedInput& q) {
  wire(q.key, q.reason, q.manifest);
}
template <class Wire>
void Fields(Wire& wire, Manifest& m) {
  wire(m.archive, m.number, m.commit, m.time_nanos, m.floor, m.last_tombstone);
  wire(m.blocks, m.consumed, m.dropped, m.tombstones, m.cuts, m.quarantined);
}
template <class Wire>
void Fields(Wire& wire, ArchiveHeader& h) {
  wire(h.id, h.dataset_label);
}

namespace {

constexpr Envelope kManifestEnvelope = {"DOLMANI", 1, "manifest"};
constexpr Envelope kHeaderEnvelope = {"DOLARCH", 1, "archive header"};
// Stands at the end, so that a manifest that was cut is not taken for one with fewer entries.
constexpr uint64_t kEndMark = 0x646e65;
// Real manifests take 2 to 6 bytes of memory a byte.
// More is refused before it is taken: a count in a hostile manifest can't claim more memory than
// its bytes allow.
constexpr size_t kMemoryPerByte = 32;

// Sorted by what `key` gives, each once.
template <class Entries, class Key>
bool Ascends(const Entries& entries, const Key& key) {
  return std::adjacent_find(entries.begin(), entries.end(), [&](const auto& a, const auto& b) {
           return !(key(a) < key(b));
         }) == entries.end();
}

auto NameOf = [](const auto& entry) -> const auto& { return entry.name; };
// The cut of all datasets comes first.
auto CutKey = [](const Cut& cut) {
  return std::pair(!cut.all_datasets, std::string_view(cut.dataset));
};

// A block's base is older than the manifest that names it, and it applies no tombstone that was not
// given.
bool IsSound(const BlockEntry& block, const Manifest& m) {
  const auto in_order = [](const DatasetEntry& d) { return d.min_time_nanos <= d.max_time_nanos; };
  return block.name.base < m.number && block.cleaned <= m.last_tombstone &&
         !block.datasets.empty() && Ascends(block.datasets, NameOf) &&
         std::all_of(block.datasets.begin(), block.datasets.end(), in_order);
}

// Order first: the searches of later rules rely on it.
absl::Status CheckRules(const Manifest& m) {
  const auto wrong = [&](std::string_view what) {
    return DataLoss("manifest ", m.number, ": ", what);
  };
  if (m.number == 0 || m.floor > m.number) return wrong("its number or floor is out of range");
  const auto since = [&](const auto& entry) {
    return entry.manifest >= 1 && entry.manifest <= m.number;
  };
  if (!Ascends(m.blocks, NameOf) || !Ascends(m.consumed, NameOf) || !Ascends(m.dropped, NameOf)) {
    return wrong("names are not in order");
  }
  for (const BlockEntry& block : m.blocks) {
    if (!IsSound(block, m)) return wrong("a block's entry contradicts itself");
  }
  if (!std::all_of(m.consumed.begin(), m.consumed.end(), since) ||
      !std::all_of(m.dropped.begin(), m.dropped.end(), since)) {
    return wrong("a name was given up by a manifest that is not there yet");
  }
  // Live and dropped at once would let the collector delete what snapshots show.
  for (const DroppedBlock& dropped : m.dropped) {
    if (m.FindBlock(dropped.name) != nullptr) return wrong("a block is live and dropped");
  }
  const auto number = [](const Tombstone& t) { return t.number; };
  if (!Ascends(m.tombstones, number) ||
      !std::all_of(m.tombstones.begin(), m.tombstones.end(), [&](const Tombstone& t) {
        return since(t) && t.number >= 1 && t.number <= m.last_tombstone;
      })) {
    return wrong("tombstones are not in order");
  }
  const auto named = [](const Cut& cut) { return !cut.all_datasets || cut.dataset.empty(); };
  if (!Ascends(m.cuts, CutKey) || !std::all_of(m.cuts.begin(), m.cuts.end(), named)) {
    return wrong("cuts are not in order");
  }
  const auto key = [](const QuarantinedInput& q) { return std::string_view(q.key); };
  const auto sound = [&](const QuarantinedInput& q) {
    return since(q) && q.reason.size() <= kMostReason;
  };
  if (!Ascends(m.quarantined, key) ||
      !std::all_of(m.quarantined.begin(), m.quarantined.end(), sound)) {
    return wrong("quarantined inputs are not in order");
  }
  return absl::OkStatus();
}

// By halving, as names ascend.
template <class T, class Name>
const T* FindByName(const std::vector<T>& entries, const Name& name) {
  const auto at = std::lower_bound(entries.begin(), entries.end(), name,
                                   [](const T& e, const Name& n) { return e.name < n; });
  return at != entries.end() && at->name == name ? &*at : nullptr;
}

}  // namespace

int64_t BlockEntry::min_time_nanos() const {
  int64_t min = std::numeric_limits<int64_t>::max();
  for (const DatasetEntry& dataset : datasets) min = std::min(min, dataset.min_time_nanos);
  return min;
}

int64_t BlockEntry::max_time_nanos() const {
  int64_t max = std::numeric_limits<int64_t>::min();
  for (const DatasetEntry& dataset : datasets) max = std::max(max, dataset.max_time_nanos);
  return max;
}

Selection Tombstone::selection() const {
  Selection selection;
  selection.start_nanos = start_nanos;
  selection.end_nanos = end_nanos;
  selection.matchers = matchers;
  selection.profile_ids = profile_ids;
  return selection;
}

const BlockEntry* Manifest::FindBlock(const BlockName& name) const {
  return FindByName(blocks, name);
}

const ConsumedSegment* Manifest::FindConsumed(const SegmentName& name) const {
  return FindByName(consumed, name);
}

const QuarantinedInput* Manifest::FindQuarantined(std::string_view key) const {
  const auto at =
      std::lower_bound(quarantined.begin(), quarantined.end(), key,
                       [](const QuarantinedInput& q, std::string_view k) { return q.key < k; });
  return at != quarantined.end() && at->key == key ? &*at : nullptr;
}

int64_t Manifest::CutOf(std::string_view dataset) const {
  int64_t before = std::numeric_limits<int64_t>::min();
  for (const Cut& cut : cuts) {
    if (cut.all_datasets || cut.dataset == dataset) before = std::max(before, cut.before_nanos);
  }
  return before;
}

std::string EncodeManifest(const Manifest& manifest) {
  PartialWriter wire;
  wire(manifest, kEndMark);
  return Seal(kManifestEnvelope, wire.bytes());
}

absl::StatusOr<Manifest> DecodeManifest(std::string_view bytes) {
  DOLERITE_ASSIGN_OR_RETURN(const std::string_view content, Unseal(kManifestEnvelope, bytes));
  PartialReader wire(content, "manifest", content.size() * kMemoryPerByte);
  Manifest manifest;
  uint64_t end = 0;
  wire(manifest, end);
  if (wire.ok() && end != kEndMark) wire.Fail("no end mark");
  DOLERITE_RETURN_IF_ERROR(wire.End());
  DOLERITE_RETURN_IF_ERROR(CheckRules(manifest));
  return manifest;
}

std::string EncodeArchiveHeader(const ArchiveHeader& header) {
  PartialWriter wire;
  wire(header);
  return Seal(kHeaderEnvelope, wire.bytes());
}

absl::StatusOr<ArchiveHeader> DecodeArchiveHeader(std::string_view bytes) {
  DOLERITE_ASSIGN_OR_RETURN(const std::string_view content, Unseal(kHeaderEnvelope, bytes));
  PartialReader wire(content, "archive header");
  ArchiveHeader header;
  wire(header);
  DOLERITE_RETURN_IF_ERROR(wire.End());
  if (header.dataset_label.empty()) return DataLoss("archive header: no dataset label");
  return header;
}

}  // namespace dolerite
