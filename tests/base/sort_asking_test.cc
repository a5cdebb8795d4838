// Sorting that a host can stop: the order of std::sort, and the host's status.
#include "base/sort_asking.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdint>
#include <functional>
#include <random>

namespace dolerite::testing {
namespace {

std::vector<uint32_t> Numbers(size_t count, uint32_t below) {
  std::mt19937 random(static_cast<uint32_t>(count) + below);
  std::vector<uint32_t> out(count);
  for (uint32_t& number : out) number = static_cast<uint32_t>(random() % below);
  return out;
}

TEST_CASE("pieces and merged runs are in order") {
  for (const size_t count : {0u, 1u, 100u, 16'384u, 16'385u, 50'000u, 70'000u}) {
    for (const uint32_t below : {2u, 1'000u, 1'000'000u}) {
      std::vector<uint32_t> numbers = Numbers(count, below), expected = numbers;
      std::sort(expected.begin(), expected.end());
      REQUIRE(SortAsking(std::span(numbers), std::less<uint32_t>(), {}).ok());
      CHECK((numbers == expected));
      // What is in order stays so.
      REQUIRE(SortAsking(std::span(numbers), std::less<uint32_t>(), {}).ok());
      CHECK((numbers == expected));
    }
  }
}

TEST_CASE("sorting stops when the host says so") {
  size_t left = SIZE_MAX;
  const CallContext call{.check = [&] {
    return left > 0 ? (--left, absl::OkStatus()) : absl::CancelledError("stop");
  }};
  const std::vector<uint32_t> numbers = Numbers(50'000, 1'000'000);
  size_t after = 0;
  for (;; ++after) {
    std::vector<uint32_t> copy = numbers;
    left = after;
    const absl::Status status = SortAsking(std::span(copy), std::less<uint32_t>(), call);
    if (status.ok()) break;
    CHECK(status == absl::CancelledError("stop"));
  }
  CHECK(after >= 7);  // four pieces, and merges of 32 k and of 50 k rows
}

}  // namespace
}  // namespace dolerite::testing
