// What files hold must never change.
#include "base/checksum.h"

#include <catch2/catch.hpp>
#include <string>

namespace dolerite {
namespace {

TEST_CASE("checksums are XXH3 with its published values") {
  CHECK(Checksum64("") == 0x2d06800538d394c2);
  const std::array<uint8_t, 16> empty = {0x99, 0xaa, 0x06, 0xd3, 0x01, 0x47, 0x98, 0xd8,
                                         0x60, 0x01, 0xc3, 0x24, 0x46, 0x8d, 0x49, 0x7f};
  CHECK(ContentHash128("") == empty);
}

TEST_CASE("each bit counts") {
  std::string bytes(300, 'x');
  const uint64_t sound = Checksum64(bytes);
  for (size_t at = 0; at < bytes.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      bytes[at] = static_cast<char>('x' ^ (1 << bit));
      CHECK(Checksum64(bytes) != sound);
    }
    bytes[at] = 'x';
  }
}

TEST_CASE("seeds differ, and so do hashes under them") {
  int a = 0, b = 0;
  CHECK(SeedFor(&a) != SeedFor(&b));
  CHECK(SeededHash("abc", 3, 1) != SeededHash("abc", 3, 2));
  CHECK(SeededHash("abc", 3, 1) == SeededHash("abcd", 3, 1));
}

}  // namespace
}  // namespace dolerite
