// Blocks as bytes, in manifests and in pages. The order of fields is the format: ARCHIVE.md has the
// same list.
#ifndef DOLERITE_ARCHIVE_MANIFEST_FIELDS_H_
#define DOLERITE_ARCHIVE_MANIFEST_FIELDS_H_

#include <algorithm>

#include "archive/manifest.h"
#include "query/partial_wire.h"

namespace dolerite {

template <class Wire>
void Fields(Wire& wire, BlockName& name) {
  wire(name.base, name.job);
}
template <class Wire>
void Fields(Wire& wire, DatasetEntry& d) {
  wire(d.name, d.profiles, d.min_time_nanos, d.max_time_nanos, d.sums_alone);
}
template <class Wire>
void Fields(Wire& wire, MergeDropped& c) {
  wire(c.profiles, c.sample_types, c.labels, c.bodies);
}
template <class Wire>
void Fields(Wire& wire, BlockEntry& b) {
  wire(b.name, b.content, b.bytes, b.level, b.cleaned, b.dropped, b.datasets);
}
// The last field, so that an object that was cut off is not taken for one with fewer entries.
inline constexpr uint64_t kEndMark = 0x646e65;
// Real manifests and pages take 2 to 6 bytes of memory a byte. More is refused before it is taken:
// a count in a hostile one can't claim more memory than its bytes allow.
inline constexpr size_t kMemoryPerByte = 32;

// Sorted by what `key` gives, each once.
template <class Entries, class Key>
bool Ascends(const Entries& entries, const Key& key) {
  return std::adjacent_find(entries.begin(), entries.end(), [&](const auto& a, const auto& b) {
           return !(key(a) < key(b));
         }) == entries.end();
}

inline constexpr auto kNameOf = [](const auto& entry) -> const auto& { return entry.name; };

// A block's base is older than the manifest that names it, and it applies no tombstone that was not
// given.
bool IsSound(const BlockEntry& block, const Manifest& manifest);

}  // namespace dolerite

#endif  // DOLERITE_ARCHIVE_MANIFEST_FIELDS_H_
