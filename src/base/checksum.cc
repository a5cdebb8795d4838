#include "base/checksum.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <cstring>

#include "absl/hash/hash.h"

namespace dolerite {

// XXH3 with its default secret and no seed: stored in files, so it must never change.
uint64_t Checksum64(std::string_view bytes) { return XXH3_64bits(bytes.data(), bytes.size()); }

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
uint64_t SeedFor(const void* object) {
  return absl::HashOf(reinterpret_cast<uintptr_t>(object), uint64_t{0x9e3779b97f4a7c15});
}

}  // namespace dolerite
