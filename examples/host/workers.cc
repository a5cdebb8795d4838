#include "workers.h"

#include <algorithm>
#include <memory>
#include <utility>

namespace dolerite::host {
namespace {

// Some numbers of tasks that several threads work off. A helper that comes late finds no number
// left and does not touch the task, which may be gone by then.
struct Share {
  explicit Share(size_t n) : tasks(n) {}

  void Help(const std::function<void(size_t)>& task) {
    std::unique_lock<std::mutex> lock(mutex);
    while (next < tasks) {
      const size_t mine = next++;
      lock.unlock();
      task(mine);
      lock.lock();
      if (++done == tasks) all_done.notify_all();
    }
  }

  const size_t tasks;
  std::mutex mutex;
  std::condition_variable all_done;
  size_t next = 0, done = 0;
};

}  // namespace

Workers::Workers(size_t threads, size_t most_waiting) : most_waiting_(most_waiting) {
  for (size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { Work(); });
}

bool Workers::Post(std::function<void()> task) {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (stopped_ || waiting_.size() >= most_waiting_) return false;
    waiting_.push_back(std::move(task));
  }
  changed_.notify_one();
  return true;
}

void Workers::Stop() {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    stopped_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

void Workers::Work() {
  for (;;) {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [this] { return stopped_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    const std::function<void()> task = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    task();
  }
}

void Workers::Run(size_t tasks, const std::function<void(size_t)>& task) {
  const auto share = std::make_shared<Share>(tasks);
  for (size_t i = 1; i < std::min(tasks, width()); ++i) {
    if (!Post([share, &task] { share->Help(task); })) break;
  }
  share->Help(task);
  std::unique_lock<std::mutex> lock(share->mutex);
  share->all_done.wait(lock, [&] { return share->done == tasks; });
}

}  // namespace dolerite::host
