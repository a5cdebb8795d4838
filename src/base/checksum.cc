#include "base/checksum.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <cstring>

#include "absl/hash/hash.h"
#include "base/checksum_in_steps.h"

namespace dolerite {

// XXH3 with its default secret and no seed: stored in files, so it must never change.
uint64_t Checksum64(std::string_view bytes) { return XXH3_64bits(bytes.data(), bytes.size()); }

// The host is asked once a MiB, which takes less than a tenth of a millisecond to hash.
absl::StatusOr<uint64_t> ChecksumInSteps(std::string_view bytes,
                                         const std::function<absl::Status()>& check) {
  constexpr size_t kStep = 1 << 20;
  if (bytes.size() <= kStep) return Checksum64(bytes);
  XXH3_state_t state;
  XXH3_64bits_reset(&state);
  for (; !bytes.empty(); bytes.remove_prefix(std::min(kStep, bytes.size()))) {
    if (absl::Status status = check(); !status.ok()) return status;
    XXH3_64bits_update(&state, bytes.data(), std::min(kStep, bytes.size()));
  }
  return XXH3_64bits_digest(&state);
}

std::array<uint8_t, 16> ContentHash128(std::string_view bytes) {
  XXH128_canonical_t canonical;
  // Highest byte first, on every machine.
  XXH128_canonicalFromHash(&canonical, XXH3_128bits(bytes.data(), bytes.size()));
  std::array<uint8_t, 16> out;
  std::memcpy(out.data(), canonical.digest, out.size());
  return out;
}

uint64_t SeededHash(const void* data, size_t size, uint64_t seed) {
  return XXH3_64bits_withSeed(data, size, seed);
}

// absl::Hash is salted with where the program was loaded.
// Seeds differ from run to run, so that nobody can prepare input whose hashes collide. The address
// makes them differ from object to object too.
uint64_t SeedFor(const void* object) {
  return absl::HashOf(reinterpret_cast<uintptr_t>(object), uint64_t{0x9e3779b97f4a7c15});
}

}  // namespace dolerite
