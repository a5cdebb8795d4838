// Threads that do the host's work, so that those of the network never wait.
#ifndef DOLERITE_EXAMPLES_HOST_WORKERS_H_
#define DOLERITE_EXAMPLES_HOST_WORKERS_H_

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "dolerite/executor.h"

namespace dolerite::host {

// Safe from many threads, its own among them.
class Workers : public Executor {
 public:
  // At most `most_waiting` tasks wait for a thread.
  Workers(size_t threads, size_t most_waiting);
  ~Workers() override { Stop(); }

  // False if too many tasks wait, or after Stop: the task does not run then.
  bool Post(std::function<void()> task);
  // Waits until all tasks that were posted have run. None is taken afterwards.
  void Stop();

  // The library's work: the caller takes part, so that it goes on when all threads are busy.
  size_t width() const override { return threads_.size() + 1; }
  void Run(size_t tasks, const std::function<void(size_t)>& task) override;

 private:
  void Work();

  const size_t most_waiting_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> waiting_;
  bool stopped_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace dolerite::host

#endif  // DOLERITE_EXAMPLES_HOST_WORKERS_H_
