// Sorting byte by byte: the order of std::stable_sort, and the host's status.
#include "base/radix_sort.h"

#include <catch2/catch.hpp>
#include <random>

#include "base/sort_by_key.h"

namespace dolerite::testing {
namespace {

struct Item {
  uint64_t key;
  uint32_t place;

  friend bool operator==(const Item&, const Item&) = default;
};

// Keys of at most so many different values, spread over all 64 bits or over the lower ones.
std::vector<Item> Items(size_t count, uint64_t values, uint64_t factor) {
  std::mt19937_64 random(count + values);
  std::vector<Item> items(count);
  for (uint32_t i = 0; i < count; ++i) items[i] = {random() % values * factor, i};
  return items;
}

TEST_CASE("items are sorted by key, and equal keys keep their order") {
  for (const size_t count : {0u, 1u, 63u, 64u, 1'000u, 40'000u}) {
    for (const uint64_t values : {1u, 2u, 300u, 100'000u}) {
      for (const uint64_t factor : {uint64_t{1}, uint64_t{1} << 24, uint64_t{0x0123456789abcdef}}) {
        std::vector<Item> items = Items(count, values, factor), expected = items;
        std::stable_sort(expected.begin(), expected.end(),
                         [](const Item& a, const Item& b) { return a.key < b.key; });
        REQUIRE(SortStablyByKey(&items, [](const Item& item) { return item.key; }).ok());
        CHECK((items == expected));
      }
    }
  }
}

TEST_CASE("rows of one key are sorted by what else there is") {
  std::vector<uint32_t> rows(5'000), expected;
  for (uint32_t i = 0; i < rows.size(); ++i) rows[i] = (i * 7'919) % 5'000;
  expected = rows;
  const auto key = [](uint32_t row) { return uint64_t{row} % 10 << 40; };
  const auto less = [](uint32_t a, uint32_t b) { return a > b; };
  std::sort(expected.begin() + 100, expected.end(), [&](uint32_t a, uint32_t b) {
    return key(a) != key(b) ? key(a) < key(b) : less(a, b);
  });
  SortByKey(&rows, 100, key, less);
  CHECK((rows == expected));
}

TEST_CASE("a radix sort stops when the host says so") {
  size_t left = 0;
  const CallContext call{.check = [&] {
    return left > 0 ? (--left, absl::OkStatus()) : absl::CancelledError("stop");
  }};
  const std::vector<Item> items = Items(40'000, 60'000, 1);
  const auto key = [](const Item& item) { return item.key; };
  size_t after = 0;
  for (;; ++after) {
    std::vector<Item> copy = items;
    left = after;
    const absl::Status status = SortStablyByKey(&copy, key, call);
    if (status.ok()) break;
    CHECK(status == absl::CancelledError("stop"));
  }
  CHECK(after == 6);  // two bytes, three pieces each
}

}  // namespace
}  // namespace dolerite::testing
