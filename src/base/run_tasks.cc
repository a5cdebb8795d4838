// Executors are code of the host. A ledger notes which task began and ended: whatever the executor
// does wrong becomes an error, and no task runs once RunTasks has returned.
#include "base/run_tasks.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <vector>

#include "base/status.h"

namespace dolerite {

namespace {

// Which tasks ran. Calls of the executor share the ledger with RunTasks: a call that comes after
// the end must find it alive, and then does nothing.
class Ledger {
 public:
  explicit Ledger(size_t tasks) : started_(tasks, 0) {}

  // Whether the task may run now.
  bool Begin(size_t task) {
    const std::lock_guard lock(mutex_);
    if (closed_) return false;
    if (task >= started_.size() || started_[task]) {
      misused_ = true;
      return false;
    }
    started_[task] = 1;
    ++running_;
    return true;
  }
  void End() {
    const std::lock_guard lock(mutex_);
    if (--running_ == 0) idle_.notify_all();
  }

  // No task begins any more, and all that began have ended: what they use may go.
  absl::Status Close() {
    std::unique_lock lock(mutex_);
    closed_ = true;
    // Tasks that still run must end before what they use goes.
    const bool early = running_ > 0;
    idle_.wait(lock, [this] { return running_ == 0; });
    const auto ran = std::count(started_.begin(), started_.end(), 1);
    if (ran < std::ssize(started_)) {
      return Internal("executor: ran ", ran, " of ", started_.size(), " tasks");
    }
    if (misused_) return Internal("executor: ran a task twice, or one that is not there");
    if (early) return Internal("executor: returned before all tasks had ended");
    return absl::OkStatus();
  }

 private:
  std::mutex mutex_;
  std::condition_variable idle_;
  std::vector<char> started_;
  size_t running_ = 0;
  bool closed_ = false, misused_ = false;
};

}  // namespace

// `task` lives until Close has returned; the ledger lets no call use it later.
absl::Status RunTasks(Executor* executor, size_t tasks, const std::function<void(size_t)>& task) {
  const auto ledger = std::make_shared<Ledger>(tasks);
  executor->Run(tasks, [ledger, &task](size_t i) {
    if (!ledger->Begin(i)) return;
    task(i);
    ledger->End();
  });
  return ledger->Close();
}

size_t WorkersFor(const Executor* executor, size_t tasks) {
  const size_t width = executor == nullptr ? 1 : executor->width();
  return std::min(std::max<size_t>(width, 1), tasks);
}

absl::Status RunEach(Executor* executor, size_t tasks,
                     const std::function<absl::Status(size_t task, size_t worker)>& task) {
  std::vector<absl::Status> statuses(tasks);
  std::atomic<size_t> next{0};
  // Each worker takes the next task that nobody has taken.
  const auto work = [&](size_t worker) {
    for (size_t i; (i = next.fetch_add(1)) < tasks;) statuses[i] = task(i, worker);
  };
  const size_t workers = WorkersFor(executor, tasks);
  if (workers > 1) {
    DOLERITE_RETURN_IF_ERROR(RunTasks(executor, workers, work));
  } else {
    work(0);
  }
  for (const absl::Status& status : statuses) DOLERITE_RETURN_IF_ERROR(status);
  return absl::OkStatus();
}

}  // namespace dolerite
