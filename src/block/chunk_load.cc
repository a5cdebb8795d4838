// How much one profile can add to each section of its chunk. Integers are counted at the most bytes
// that they can take (kMost32, kMost64), since encodings are chosen later.
#include "block/chunk_load.h"

#include "base/status.h"
#include "model/attribute_index.h"

namespace dolerite {

namespace {

// Go heap chunks, of four values: scale and size of a label set, and the excess of four sums.
constexpr uint64_t kHeapBytes = kMost32 + 2 * kMost64 + 4 * kMost64;
constexpr size_t kHeapValues = 4;

}  // namespace

ChunkLoad LoadOf(const LoadCounts& counts) {
  const uint64_t n = counts.samples, values = counts.sample_types;
  ChunkLoad load;
  load.most[ChunkLoad::kSamples] = n;
  load.most[ChunkLoad::kTimes] = counts.times;
  load.most[ChunkLoad::kTimedValues] = counts.timed_values;
  // Each sample may be a run of its own: stack, labels, length, and for each value the first and
  // the residual.
  load.most[ChunkLoad::kHeads] =
      n * (3 * kMost32 + 2 * values * kMost64 + (values == kHeapValues ? kHeapBytes : 0));
  // Ordinal, whether it has labels, labels, and the values.
  load.most[ChunkLoad::kBodies] = n * (3 * kMost32 + values * kMost64);
  // Codes, shapes, counts and sizes of what a profile does not have are stored where another
  // profile of its chunk has it.
  load.most[ChunkLoad::kLinks] = n * (kMost32 + (counts.links ? sizeof(LinkBytes) : 0));
  load.most[ChunkLoad::kTimestamps] =
      n * 2 * kMost32 + (counts.times + counts.timed_values) * kMost64;
  load.most[ChunkLoad::kPayloads] = counts.payload_bytes + 2 * kMost64;
  return load;
}

ChunkLoad LoadOf(const Profile& profile) {
  const Samples& samples = profile.samples;
  return LoadOf({samples.size(), profile.sample_types.size(), samples.timestamps.items.size(),
                 samples.timestamp_values.size(), !samples.link.empty(),
                 profile.payload.size() + profile.unknown_fields.size()});
}

// Rows and bytes have bounds of their own; a section also needs room for directory and headers.
uint64_t BoundOf(ChunkLoad::Part part, const FormatBounds& bounds) {
  if (part <= ChunkLoad::kTimedValues) return bounds.table_rows;
  return bounds.section_bytes < kSectionOverhead ? 0 : bounds.section_bytes - kSectionOverhead;
}

// A profile that passes a bound alone fits no chunk, so the builder refuses it.
absl::Status CheckLoad(const ChunkLoad& load, const FormatBounds& bounds) {
  for (size_t i = 0; i < ChunkLoad::kParts; ++i) {
    const uint64_t bound = BoundOf(static_cast<ChunkLoad::Part>(i), bounds);
    if (load.most[i] <= bound) continue;
    return CheckLimit(Concat("a profile's ", ChunkLoad::kNames[i]), load.most[i], bound);
  }
  return absl::OkStatus();
}

}  // namespace dolerite
