// Manifests come from a store that anyone may have written to: after the checksum each rule of
// ARCHIVE.md ("Manifest") is checked, so that the rest of the archive can rely on order and bounds.
#include "archive/manifest.h"

#include <algorithm>
#include <limits>

#include "archive/manifest_fields.h"
#include "base/status.h"
#include "query/envelope.h"

#include "query/question_fields.h"

namespace dolerite {

// The order of fields is the format: ARCHIVE.md has the same list.
template <class Wire>
void Fields(Wire& wire, SegmentName& name) {
  wire(name.created_nanos, name.from_minute, name.to_minute, name.hash);
}
template <class Wire>
void Fields(Wire& wire, ConsumedSegment& c) {
  wire(c.name, c.manifest);
}
template <class Wire>
void Fields(Wire& wire, DroppedBlock& d) {
  wire(d.name, d.manifest, d.paged);
}
template <class Wire>
void Fields(Wire& wire, PageEntry& p) {
  wire(p.name, p.hash, p.bytes, p.entries, p.first, p.last, p.min_time_nanos, p.max_time_nanos);
  wire(p.min_level, p.min_cleaned);
}
template <class Wire>
void Fields(Wire& wire, DroppedPage& d) {
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
  wire(m.blocks, m.pages, m.paged_blocks, m.paged_bytes, m.consumed, m.dropped, m.dropped_pages);
  wire(m.tombstones, m.cuts, m.quarantined, m.rules.sample_types, m.rules.labels);
}
template <class Wire>
void Fields(Wire& wire, ArchiveHeader& h) {
  wire(h.id, h.dataset_label);
}

namespace {

constexpr Envelope kManifestEnvelope = {"DOLMANI", 1, "manifest"};
constexpr Envelope kHeaderEnvelope = {"DOLARCH", 1, "header of an archive"};

// The rules that a reader checks (ARCHIVE.md, "Header and manifest"), one group after the other.
// Order first: the searches of later rules rely on it.
class Rules {
 public:
  explicit Rules(const Manifest& manifest) : m_(manifest) {}

  absl::Status Check() const {
    if (m_.number == 0 || m_.floor > m_.number) return Wrong("its number or floor is out of range");
    DOLERITE_RETURN_IF_ERROR(CheckBlocks());
    DOLERITE_RETURN_IF_ERROR(CheckPages());
    DOLERITE_RETURN_IF_ERROR(CheckGivenUp());
    DOLERITE_RETURN_IF_ERROR(CheckRules());
    return CheckDeletions();
  }

 private:
  absl::Status Wrong(std::string_view what) const {
    return DataLoss("manifest ", m_.number, ": ", what);
  }
  // Whether all entries came with a manifest of this chain.
  template <class Entries>
  bool AllSince(const Entries& entries) const {
    return std::all_of(entries.begin(), entries.end(), [&](const auto& entry) {
      return entry.manifest >= 1 && entry.manifest <= m_.number;
    });
  }

  absl::Status CheckBlocks() const {
    if (!Ascends(m_.blocks, kNameOf)) return Wrong("blocks are not in order");
    for (const BlockEntry& block : m_.blocks) {
      if (!IsSound(block, m_)) return Wrong("a block's entry contradicts itself");
    }
    return absl::OkStatus();
  }

  absl::Status CheckPages() const {
    if (!Ascends(m_.pages, kNameOf)) return Wrong("pages are not in order");
    for (const PageEntry& page : m_.pages) {
      if (page.name.base >= m_.number || page.entries == 0 || page.first > page.last ||
          page.min_time_nanos > page.max_time_nanos || page.min_cleaned > m_.last_tombstone) {
        return Wrong("a page's entry contradicts itself");
      }
    }
    if (m_.pages.empty() && (m_.paged_blocks > 0 || m_.paged_bytes > 0)) {
      return Wrong("it counts blocks in pages but names no page");
    }
    return absl::OkStatus();
  }

  absl::Status CheckGivenUp() const {
    if (!Ascends(m_.consumed, kNameOf) || !Ascends(m_.dropped, kNameOf) ||
        !Ascends(m_.dropped_pages, kNameOf)) {
      return Wrong("names that were given up are not in order");
    }
    if (!AllSince(m_.consumed) || !AllSince(m_.dropped) || !AllSince(m_.dropped_pages)) {
      return Wrong("a name was given up by a manifest that is not there yet");
    }
    // Live and dropped at once would let the collector delete what snapshots show.
    for (const DroppedBlock& dropped : m_.dropped) {
      if (m_.FindBlock(dropped.name) != nullptr) return Wrong("a block is live and dropped");
    }
    for (const PageEntry& page : m_.pages) {
      if (m_.FindDroppedPage(page.name) != nullptr) return Wrong("a page is live and dropped");
    }
    return absl::OkStatus();
  }

  absl::Status CheckRules() const {
    const auto self = [](const std::string& name) -> const std::string& { return name; };
    if (Ascends(m_.rules.sample_types, self) && Ascends(m_.rules.labels, self)) {
      return absl::OkStatus();
    }
    return Wrong("names of dropped sample types or labels are not in order");
  }

  absl::Status CheckDeletions() const {
    const auto number = [](const Tombstone& t) { return t.number; };
    const auto given = [&](const Tombstone& t) {
      return t.number >= 1 && t.number <= m_.last_tombstone;
    };
    if (!Ascends(m_.tombstones, number) || !AllSince(m_.tombstones) ||
        !std::all_of(m_.tombstones.begin(), m_.tombstones.end(), given)) {
      return Wrong("tombstones are not in order");
    }
    const auto place = [](const Cut& cut) { return cut.place(); };
    const auto named = [](const Cut& cut) { return !cut.all_datasets || cut.dataset.empty(); };
    if (!Ascends(m_.cuts, place) || !std::all_of(m_.cuts.begin(), m_.cuts.end(), named)) {
      return Wrong("cuts are not in order");
    }
    const auto key = [](const QuarantinedInput& q) { return std::string_view(q.key); };
    const auto brief = [](const QuarantinedInput& q) { return q.reason.size() <= kMostReason; };
    if (!Ascends(m_.quarantined, key) || !AllSince(m_.quarantined) ||
        !std::all_of(m_.quarantined.begin(), m_.quarantined.end(), brief)) {
      return Wrong("quarantined inputs are not in order");
    }
    return absl::OkStatus();
  }

  const Manifest& m_;
};

// By halving, as names ascend.
template <class T, class Name>
const T* FindByName(const std::vector<T>& entries, const Name& name) {
  const auto at = std::lower_bound(entries.begin(), entries.end(), name,
                                   [](const T& e, const Name& n) { return e.name < n; });
  return at != entries.end() && at->name == name ? &*at : nullptr;
}

}  // namespace

bool IsSound(const BlockEntry& block, const Manifest& m) {
  const auto in_order = [](const DatasetEntry& d) { return d.min_time_nanos <= d.max_time_nanos; };
  return block.name.base < m.number && block.cleaned <= m.last_tombstone &&
         !block.datasets.empty() && Ascends(block.datasets, kNameOf) &&
         std::all_of(block.datasets.begin(), block.datasets.end(), in_order);
}

// Datasets of blocks ascend by name, as those of entries do.
void BlockEntry::Describe(const BlockSummary& block) {
  content = block.id;
  bytes = block.bytes;
  datasets.clear();
  for (const DatasetSummary& d : block.datasets) {
    datasets.push_back({d.name, d.profiles, d.min_time_nanos, d.max_time_nanos, false});
  }
}

bool MayTake(const Cut& cut, const PageEntry& page) {
  const bool there = cut.all_datasets || (page.first <= cut.dataset && cut.dataset <= page.last);
  return there && page.min_time_nanos < cut.before_nanos;
}

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

const DroppedBlock* Manifest::FindDropped(const BlockName& name) const {
  return FindByName(dropped, name);
}

const DroppedPage* Manifest::FindDroppedPage(const BlockName& name) const {
  return FindByName(dropped_pages, name);
}

const QuarantinedInput* Manifest::FindQuarantined(std::string_view key) const {
  const auto at =
      std::lower_bound(quarantined.begin(), quarantined.end(), key,
                       [](const QuarantinedInput& q, std::string_view k) { return q.key < k; });
  return at != quarantined.end() && at->key == key ? &*at : nullptr;
}

int64_t Manifest::CutOf(std::string_view dataset) const {
  // The cut of all datasets comes first, as `place` has it. The later of the two counts.
  int64_t before = std::numeric_limits<int64_t>::min();
  if (cuts.empty()) return before;
  if (cuts.front().all_datasets) before = cuts.front().before_nanos;
  const auto at =
      std::lower_bound(cuts.begin(), cuts.end(), std::pair(true, dataset),
                       [](const Cut& cut, const auto& place) { return cut.place() < place; });
  const bool own = at != cuts.end() && at->dataset == dataset;
  return own ? std::max(before, at->before_nanos) : before;
}

std::string EncodeManifest(const Manifest& manifest) {
  PartialWriter wire;
  wire(manifest, kEndMark);
  return Seal(kManifestEnvelope, wire.bytes());
}

absl::StatusOr<Manifest> DecodeManifest(std::string_view bytes) {
  DOLERITE_ASSIGN_OR_RETURN(const std::string_view content, Unseal(kManifestEnvelope, bytes));
  // The checksum has found damage. What follows is for bytes that someone has made on purpose.
  PartialReader wire(content, "manifest", content.size() * kMemoryPerByte);
  Manifest manifest;
  uint64_t end = 0;
  wire(manifest, end);
  if (wire.ok() && end != kEndMark) wire.Fail("no end mark");
  DOLERITE_RETURN_IF_ERROR(wire.End());
  DOLERITE_RETURN_IF_ERROR(Rules(manifest).Check());
  return manifest;
}

std::string EncodeArchiveHeader(const ArchiveHeader& header) {
  PartialWriter wire;
  wire(header);
  return Seal(kHeaderEnvelope, wire.bytes());
}

absl::StatusOr<ArchiveHeader> DecodeArchiveHeader(std::string_view bytes) {
  DOLERITE_ASSIGN_OR_RETURN(const std::string_view content, Unseal(kHeaderEnvelope, bytes));
  PartialReader wire(content, "header of an archive");
  ArchiveHeader header;
  wire(header);
  DOLERITE_RETURN_IF_ERROR(wire.End());
  if (header.dataset_label.empty()) return DataLoss("header of an archive: no dataset label");
  return header;
}

}  // namespace dolerite
