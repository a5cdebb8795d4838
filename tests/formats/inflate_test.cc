#include "formats/wire/inflate.h"

#include <zstd.h>

#include <catch2/catch.hpp>
#include <random>

#include "dolerite/decompress.h"

namespace dolerite::testing {
namespace {

// Letters that neither gzip nor zstd shrink to nothing.
std::string Noise(size_t size) {
  std::mt19937 random(7);
  std::string out(size, '\0');
  for (char& c : out) c = static_cast<char>('a' + random() % 16);
  return out;
}

std::string GzipOf(std::string_view bytes) { return *Gzip(bytes, 6); }

std::string ZstdOf(std::string_view bytes) {
  std::string out(ZSTD_compressBound(bytes.size()), '\0');
  out.resize(ZSTD_compress(out.data(), out.size(), bytes.data(), bytes.size(), 3));
  return out;
}

absl::Status InflateStatus(const std::string& bytes, const ReadLimits& limits = {}) {
  return Inflater().Inflate(bytes, limits).status();
}

TEST_CASE("hosts undo gzip and zstd by a public call, within the same limits") {
  const std::string bytes = Noise(3000);
  CHECK(*Decompress(GzipOf(bytes)) == bytes);
  CHECK(*Decompress(ZstdOf(bytes)) == bytes);
  CHECK(*Decompress(bytes) == bytes);
  CHECK(absl::IsInvalidArgument(Decompress(GzipOf(bytes).substr(0, 100)).status()));
  CHECK(absl::IsResourceExhausted(Decompress(GzipOf(bytes), {.profile_bytes = 2999}).status()));
}

TEST_CASE("inflating undoes gzip and zstd, member by member") {
  Inflater inflater;
  for (const auto& compress : {GzipOf, ZstdOf}) {
    for (size_t size : {0, 1, 1000, 5000, 300000}) {
      const std::string bytes = Noise(size);
      CHECK(*inflater.Inflate(compress(bytes), {}) == bytes);
      CHECK(*inflater.Inflate(compress(bytes) + compress("") + compress(bytes), {}) ==
            bytes + bytes);
    }
  }
  CHECK(*inflater.Inflate("plain", {}) == "plain");
}

TEST_CASE("gzip is deterministic and checks its level") {
  CHECK(GzipOf(Noise(1000)) == GzipOf(Noise(1000)));
  CHECK(absl::IsInvalidArgument(Gzip("x", 0).status()));
  CHECK(absl::IsInvalidArgument(Gzip("x", 13).status()));
}

TEST_CASE("skippable zstd frames hold nothing") {
  using namespace std::string_literals;
  const std::string skippable =
      "\x50\x2a\x4d\x18\x03\x00\x00\x00"
      "abc"s;
  CHECK(*Inflater().Inflate(skippable + ZstdOf("x"), {}) == "x");
}

TEST_CASE("the size of the content is limited") {
  for (const auto& compress : {GzipOf, ZstdOf}) {
    ReadLimits limits;
    limits.profile_bytes = 10000;
    CHECK(InflateStatus(compress(Noise(9999)), limits).ok());
    CHECK(InflateStatus(compress(Noise(10000)), limits).ok());
    CHECK(absl::IsResourceExhausted(InflateStatus(compress(Noise(10001)), limits)));
    const std::string half = compress(Noise(5001));
    CHECK(absl::IsResourceExhausted(InflateStatus(half + half, limits)));
    // Also with a buffer from before that would hold more.
    Inflater inflater;
    REQUIRE(inflater.Inflate(compress(Noise(50000)), {}).ok());
    CHECK(absl::IsResourceExhausted(inflater.Inflate(half + half, limits).status()));
  }
  ReadLimits limits;
  limits.profile_bytes = 3;
  CHECK(InflateStatus("abc", limits).ok());
  CHECK(absl::IsResourceExhausted(InflateStatus("abcd", limits)));
}

TEST_CASE("the ratio counts once there is a mebibyte") {
  const std::string zeros(8 << 20, '\0');
  for (const auto& compress : {GzipOf, ZstdOf}) {
    CHECK(absl::IsResourceExhausted(InflateStatus(compress(zeros))));
    CHECK(InflateStatus(compress(zeros.substr(0, 1 << 20))).ok());
    ReadLimits limits;
    limits.compression_ratio = 1'000'000;
    CHECK(InflateStatus(compress(zeros), limits).ok());
  }
}

TEST_CASE("members are limited") {
  ReadLimits limits;
  limits.gzip_members = 3;
  std::string bytes;
  for (int i = 0; i < 3; ++i) bytes += GzipOf("x");
  CHECK(InflateStatus(bytes, limits).ok());
  CHECK(absl::IsResourceExhausted(InflateStatus(bytes + GzipOf("x"), limits)));
}

TEST_CASE("bytes behind the last member are an error unless they are asked for") {
  for (const auto& compress : {GzipOf, ZstdOf}) {
    const std::string bytes = compress("content") + std::string(4, '\0');
    CHECK(absl::IsInvalidArgument(InflateStatus(bytes)));
    size_t trailing = 0;
    CHECK(*Inflater().Inflate(bytes, {}, &trailing) == "content");
    CHECK(trailing == 4);
  }
}

TEST_CASE("cut-off streams are errors") {
  for (const auto& compress : {GzipOf, ZstdOf}) {
    const std::string bytes = compress(Noise(500));
    for (size_t size = 4; size < bytes.size(); ++size) {
      CHECK(absl::IsInvalidArgument(InflateStatus(bytes.substr(0, size))));
    }
  }
}

}  // namespace
}  // namespace dolerite::testing
