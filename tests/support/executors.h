// Executors that keep their contract in ways that differ.
#ifndef DOLERITE_TESTS_SUPPORT_EXECUTORS_H_
#define DOLERITE_TESTS_SUPPORT_EXECUTORS_H_

#include <functional>
#include <thread>
#include <vector>

#include "dolerite/executor.h"

namespace dolerite::testing {

// A thread for each task.
class Threads : public Executor {
 public:
  explicit Threads(size_t width) : width_(width) {}
  size_t width() const override { return width_; }
  void Run(size_t tasks, const std::function<void(size_t)>& task) override {
    std::vector<std::thread> threads;
    for (size_t i = 0; i < tasks; ++i) threads.emplace_back([&task, i] { task(i); });
    for (std::thread& thread : threads) thread.join();
  }

 private:
  size_t width_;
};

// On the caller's thread, the last one first.
class Backwards : public Executor {
 public:
  size_t width() const override { return 5; }
  void Run(size_t tasks, const std::function<void(size_t)>& task) override {
    for (size_t i = tasks; i-- > 0;) task(i);
  }
};

}  // namespace dolerite::testing

#endif  // DOLERITE_TESTS_SUPPORT_EXECUTORS_H_
