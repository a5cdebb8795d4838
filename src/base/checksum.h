// XXH3: checksums in files, ids from content, hashes of tables in memory.
#ifndef DOLERITE_BASE_CHECKSUM_H_
#define DOLERITE_BASE_CHECKSUM_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace dolerite {

// XXH3-64 without seed: what files hold.
uint64_t Checksum64(std::string_view bytes);

// XXH3-128 without seed, in its canonical (big-endian) byte order.
std::array<uint8_t, 16> ContentHash128(std::string_view bytes);

// XXH3-64 with a seed, for tables in memory only.
uint64_t SeededHash(const void* data, size_t size, uint64_t seed);

// A seed that outsiders cannot guess, another one for each object.
uint64_t SeedFor(const void* object);

}  // namespace dolerite

#endif  // DOLERITE_BASE_CHECKSUM_H_
