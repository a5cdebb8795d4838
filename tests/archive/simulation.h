// A whole life of an archive from one seed: writers, compactors, deleters, retainers, collectors
// and readers, each with a clock of its own, on a store that fails; and a model beside it.
#ifndef DOLERITE_TESTS_ARCHIVE_SIMULATION_H_
#define DOLERITE_TESTS_ARCHIVE_SIMULATION_H_

#include <cstdint>
#include <string>
#include <vector>

namespace dolerite::testing {

struct SimulationResult {
  std::vector<std::string> violations;  // of the laws; empty if all hold
  uint64_t trace = 0;                   // a hash of all that happened, in order
  std::vector<std::string> log;         // the same in words, if it was asked for
  uint64_t requests = 0, faults = 0, deaths = 0, answers = 0, commits = 0;
};

// Runs the life of a seed: the actors until each has done its work, then what heals and settles the
// archive, then the laws once more.
SimulationResult Simulate(uint64_t seed, bool keep_log = false);

}  // namespace dolerite::testing

#endif  // DOLERITE_TESTS_ARCHIVE_SIMULATION_H_
