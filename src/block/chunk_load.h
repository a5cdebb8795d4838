// What profiles add to the sections of their chunk, as upper bounds that are known before
// anything is encoded.
#ifndef DOLERITE_BLOCK_CHUNK_LOAD_H_
#define DOLERITE_BLOCK_CHUNK_LOAD_H_

#include <array>
#include <cstdint>
#include <string_view>

#include "absl/status/status.h"
#include "block/format_bounds.h"
#include "dolerite/profile.h"

namespace dolerite {

// Bytes that one integer of a column takes at most, by its type, and what a section takes beside
// its columns' values: directory, headers, counts.
inline constexpr uint64_t kMost32 = 5;
inline constexpr uint64_t kMost64 = 9;
inline constexpr uint64_t kSectionOverhead = uint64_t{64} << 10;

struct ChunkLoad {
  enum Part { kSamples, kTimes, kTimedValues, kHeads, kBodies, kLinks, kTimestamps, kPayloads };
  static constexpr size_t kParts = 8;
  static constexpr std::array<std::string_view, kParts> kNames = {
      "samples",         "timestamps",     "timed values",        "bytes of heads",
      "bytes of bodies", "bytes of links", "bytes of timestamps", "bytes of payloads"};

  std::array<uint64_t, kParts> most{};

  ChunkLoad& operator+=(const ChunkLoad& other) {
    for (size_t i = 0; i < kParts; ++i) most[i] += other.most[i];
    return *this;
  }
};

// What a profile has that its load follows from.
struct LoadCounts {
  uint64_t samples = 0, sample_types = 0;
  uint64_t times = 0, timed_values = 0;
  bool links = false;
  uint64_t payload_bytes = 0;  // and unknown fields
};

ChunkLoad LoadOf(const LoadCounts& counts);
ChunkLoad LoadOf(const Profile& profile);

// The bound of one part of a chunk's load.
uint64_t BoundOf(ChunkLoad::Part part, const FormatBounds& bounds);
// ResourceExhausted, naming the part, unless a chunk takes this load.
absl::Status CheckLoad(const ChunkLoad& load, const FormatBounds& bounds);

}  // namespace dolerite

#endif  // DOLERITE_BLOCK_CHUNK_LOAD_H_
