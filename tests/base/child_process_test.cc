// The measure that tests of hostile input rely on.
#include "support/child_process.h"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <vector>

namespace dolerite::testing {
namespace {

constexpr size_t kMiB = size_t{1} << 20;

// Touches `bytes` of memory, so that they are resident.
int Touch(size_t bytes) {
  std::vector<char> memory(bytes, 1);
  return memory[bytes / 2];
}

TEST_CASE("a child tells its result and its peak of memory") {
  const auto small = RunInChild([] { return Touch(1) + 6; });
  if (!small) return;
  CHECK(small->returned);
  CHECK(small->result == 7);
  CHECK(small->peak_bytes < 8 * kMiB);
  const auto large = RunInChild([] { return Touch(64 * kMiB); });
  CHECK(large->returned);
  // The kernel adds up its counts of pages in batches, a CPU each.
  CHECK(large->peak_bytes >= 63 * kMiB);
  CHECK(large->peak_bytes < 80 * kMiB);
}

TEST_CASE("a child cannot take more than it may, and its end is reported") {
  const auto greedy = RunInChild([] { return Touch(512 * kMiB); }, 256 * kMiB);
  if (!greedy) return;
  CHECK_FALSE(greedy->returned);
  CHECK(greedy->how == "std::bad_alloc");
  CHECK(RunInChild([]() -> int { std::abort(); })->how == "signal 6");
  CHECK(RunInChild([]() -> int { throw std::runtime_error(""); })->how == "an exception");
}

}  // namespace
}  // namespace dolerite::testing
