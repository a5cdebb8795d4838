// Runs actors one at a time, in an order that a seed decides.
#ifndef DOLERITE_TESTS_ARCHIVE_SIMULATION_SCHEDULER_H_
#define DOLERITE_TESTS_ARCHIVE_SIMULATION_SCHEDULER_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <semaphore>
#include <string>
#include <vector>

#include "support/generate.h"

namespace dolerite::testing {

// Archive calls block, so each actor has a thread of its own. But only one thread runs at any time:
// it hands over to the next one where it calls Pause. So nothing needs a lock, and the same seed
// gives the same order, step by step.
class Scheduler {
 public:
  explicit Scheduler(uint64_t seed) : random_(seed) {}

  // Before Run. `life` runs on its own thread and may throw.
  void Add(std::string name, std::function<void()> life);

  // Returns when all lives are over. An exception of a life is a failure, named here.
  std::vector<std::string> Run();

  // Called by an actor: others may run before it returns, for a moment or for long. Does nothing
  // outside Run.
  void Pause();

  // For decisions of whoever runs.
  Random& random() { return random_; }
  uint64_t steps() const { return steps_; }
  const std::string& name() const;  // of the running actor; "" outside Run

 private:
  struct Actor {
    std::string name;
    std::function<void()> life;
    uint64_t asleep_until = 0;  // a step
    bool over = false;
    std::binary_semaphore turn{0};
  };

  void Live(size_t actor);
  // Chooses who runs next; the actor count if all are over.
  size_t Choose();
  void HandOver(size_t next);

  Random random_;
  std::vector<std::unique_ptr<Actor>> actors_;
  std::binary_semaphore all_over_{0};
  std::vector<std::string> failures_;
  uint64_t steps_ = 0;
  size_t running_ = SIZE_MAX;  // outside Run: nobody
};

}  // namespace dolerite::testing

#endif  // DOLERITE_TESTS_ARCHIVE_SIMULATION_SCHEDULER_H_
