#include "archive/simulation_scheduler.h"

#include <exception>
#include <thread>
#include <utility>

namespace dolerite::testing {

void Scheduler::Add(std::string name, std::function<void()> life) {
  auto actor = std::make_unique<Actor>();
  actor->name = std::move(name);
  actor->life = std::move(life);
  actors_.push_back(std::move(actor));
}

std::vector<std::string> Scheduler::Run() {
  std::vector<std::thread> threads;
  for (size_t i = 0; i < actors_.size(); ++i) threads.emplace_back([this, i] { Live(i); });
  HandOver(Choose());
  all_over_.acquire();
  for (std::thread& thread : threads) thread.join();
  running_ = SIZE_MAX;
  return std::move(failures_);
}

const std::string& Scheduler::name() const {
  static const std::string nobody;
  return running_ < actors_.size() ? actors_[running_]->name : nobody;
}

void Scheduler::Live(size_t actor) {
  Actor& self = *actors_[actor];
  self.turn.acquire();
  try {
    self.life();
  } catch (const std::exception& e) {
    failures_.push_back(self.name + " threw: " + e.what());
  } catch (...) {
    failures_.push_back(self.name + " threw");
  }
  self.over = true;
  HandOver(Choose());
}

void Scheduler::Pause() {
  if (running_ >= actors_.size()) return;
  Actor& self = *actors_[running_];
  // Now and then an actor stalls for so long that others live whole lives meanwhile.
  if (random_.OneIn(20)) self.asleep_until = steps_ + random_.Below(300);
  const size_t next = Choose();
  if (next == running_) return;
  HandOver(next);
  self.turn.acquire();
}

size_t Scheduler::Choose() {
  ++steps_;
  std::vector<size_t> awake;
  size_t first = actors_.size();  // that wakes up
  for (size_t i = 0; i < actors_.size(); ++i) {
    if (actors_[i]->over) continue;
    if (actors_[i]->asleep_until <= steps_) awake.push_back(i);
    if (first == actors_.size() || actors_[i]->asleep_until < actors_[first]->asleep_until) {
      first = i;
    }
  }
  return awake.empty() ? first : awake[random_.Below(awake.size())];
}

void Scheduler::HandOver(size_t next) {
  running_ = next;
  (next == actors_.size() ? all_over_ : actors_[next]->turn).release();
}

}  // namespace dolerite::testing
