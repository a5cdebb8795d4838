// Lives of archives, each from a seed.
#include "archive/simulation.h"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <iostream>
#include <set>

#include "support/share.h"

namespace dolerite::testing {
namespace {

// The number in a variable of the environment, or `otherwise`.
uint64_t NumberOf(const char* variable, uint64_t otherwise) {
  const char* text = std::getenv(variable);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

struct LifeSums {
  uint64_t requests = 0, faults = 0, deaths = 0, answers = 0, commits = 0;
};

// Once more with a log, whose end says what went wrong.
std::string Story(uint64_t seed) {
  const SimulationResult result = Simulate(seed, true);
  std::string story = "seed " + std::to_string(seed) + "\n";
  for (const std::string& line : result.log) story += line + "\n";
  return story;
}

LifeSums CheckSeeds(uint64_t first, uint64_t count) {
  LifeSums sums;
  for (uint64_t seed = first; seed < first + count; ++seed) {
    const SimulationResult result = Simulate(seed);
    sums.requests += result.requests;
    sums.faults += result.faults;
    sums.deaths += result.deaths;
    sums.answers += result.answers;
    sums.commits += result.commits;
    if (result.violations.empty()) continue;
    FAIL_CHECK(Story(seed));
  }
  return sums;
}

TEST_CASE("simulation: the same seed gives the same trace") {
  std::set<uint64_t> traces;
  for (uint64_t seed = 0; seed < 10; ++seed) {
    const SimulationResult first = Simulate(seed), second = Simulate(seed, true);
    CHECK(first.trace == second.trace);
    CHECK(first.requests == second.requests);
    CHECK(second.log.size() > 50);
    traces.insert(first.trace);
  }
  CHECK(traces.size() == 10);
}

TEST_CASE("simulation: archives keep their laws") {
  const LifeSums sums = CheckSeeds(1'000, ShareOf(500, 20));
  // They were lives, and not a quiet sleep.
  const uint64_t lives = ShareOf(500, 20);
  CHECK(sums.requests > 200 * lives);
  CHECK(sums.faults > 5 * lives);
  CHECK(sums.answers > 4 * lives);
  CHECK(sums.commits > 5 * lives);
  CHECK(sums.deaths > lives / 4);
}

// For tests/long.sh.
TEST_CASE("simulation: as many lives as are asked for", "[.long]") {
  const uint64_t lives = NumberOf("DOLERITE_LIVES", 100);
  const LifeSums sums = CheckSeeds(NumberOf("DOLERITE_FIRST_LIFE", 100'000), lives);
  std::cout << lives << " lives, " << sums.requests << " requests, " << sums.faults << " faults, "
            << sums.deaths << " deaths, " << sums.answers << " answers, " << sums.commits
            << " commits\n";
}

}  // namespace
}  // namespace dolerite::testing
