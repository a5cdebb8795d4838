// Integers in bytes, and the reader that never goes past its end.
#include "base/bytes.h"

#include <catch2/catch.hpp>
#include <limits>

namespace dolerite {
namespace {

constexpr uint64_t kBorders[] = {0,
                                 1,
                                 127,
                                 128,
                                 16'383,
                                 16'384,
                                 (uint64_t{1} << 32) - 1,
                                 uint64_t{1} << 35,
                                 (uint64_t{1} << 63) - 1,
                                 uint64_t{1} << 63,
                                 UINT64_MAX};

TEST_CASE("varints come back, with the size that was told") {
  for (uint64_t value : kBorders) {
    std::string bytes;
    AppendVarint(&bytes, value);
    CHECK(bytes.size() == VarintSize(value));
    uint64_t read = ~value;
    ByteReader in(bytes);
    REQUIRE(in.ReadVarint(&read));
    CHECK(read == value);
    CHECK(in.empty());
    // No shorter part of it is a varint, and a failed read takes nothing.
    for (size_t size = 0; size < bytes.size(); ++size) {
      ByteReader cut(std::string_view(bytes).substr(0, size));
      CHECK_FALSE(cut.ReadVarint(&read));
      CHECK(cut.remaining() == size);
      CHECK(cut.position() == 0);
    }
  }
}

TEST_CASE("a varint ends where it ends, whatever follows it") {
  for (int bits = 0; bits <= 64; ++bits) {
    const uint64_t ones = bits == 0 ? 0 : UINT64_MAX >> (64 - bits);
    for (uint64_t value : {ones, ones & 0x5555555555555555, ones & 0x123456789abcdef0}) {
      std::string bytes;
      AppendVarint(&bytes, value);
      for (const char* more : {"", "\x01", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"}) {
        const std::string all = bytes + more;
        const ParsedVarint parsed = ParseVarint(all.data(), all.data() + all.size());
        CHECK(parsed.end == all.data() + bytes.size());
        CHECK(parsed.value == value);
      }
    }
  }
}

TEST_CASE("varints of more than ten bytes are refused, and bits past the 64th do not count") {
  uint64_t value = 0;
  CHECK_FALSE(ByteReader(std::string(10, '\x80') + '\x01').ReadVarint(&value));
  CHECK(ByteReader(std::string(9, '\xff') + '\x7f').ReadVarint(&value));
  CHECK(value == UINT64_MAX);
  CHECK(ByteReader(std::string_view("\x80\x80\x00", 3)).ReadVarint(&value));
  CHECK(value == 0);
}

TEST_CASE("zigzag is its own way back and keeps small numbers small") {
  for (uint64_t bits : kBorders) {
    const int64_t value = static_cast<int64_t>(bits);
    CHECK(UnZigZag(ZigZag(value)) == value);
  }
  CHECK(ZigZag(0) == 0);
  CHECK(ZigZag(-1) == 1);
  CHECK(ZigZag(1) == 2);
  CHECK(ZigZag(std::numeric_limits<int64_t>::min()) == UINT64_MAX);
}

TEST_CASE("a reader takes what is there or nothing") {
  const std::string bytes = "\x01\x02\x03\x04\x05\x06\x07\x08tail";
  ByteReader in(bytes);
  uint64_t word = 0;
  REQUIRE(in.ReadLittle(&word));
  CHECK(word == 0x0807060504030201);
  CHECK_FALSE(in.ReadLittle(&word));
  std::string_view view;
  for (uint64_t size : {uint64_t{5}, uint64_t{UINT32_MAX}, UINT64_MAX, UINT64_MAX - 7}) {
    CHECK_FALSE(in.ReadBytes(size, &view));
    CHECK(in.remaining() == 4);
  }
  REQUIRE(in.ReadBytes(4, &view));
  CHECK(view == "tail");
  CHECK(in.empty());
  CHECK(in.ReadBytes(0, &view));
  CHECK_FALSE(in.ReadVarint(&word));
  ByteReader none;
  CHECK(none.empty());
  CHECK_FALSE(none.ReadVarint(&word));
  CHECK_FALSE(none.ReadLittle(&word));
}

TEST_CASE("little endian it is") {
  std::string out;
  AppendLittle(&out, uint32_t{0x04030201});
  AppendLittle(&out, int64_t{-2});
  CHECK(out == std::string("\x01\x02\x03\x04\xfe\xff\xff\xff\xff\xff\xff\xff", 12));
  CHECK(LoadLittle<int64_t>(out.data() + 4) == -2);
}

}  // namespace
}  // namespace dolerite
