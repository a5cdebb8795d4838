// Runs tasks on a host's executor, without trusting that it keeps its contract.
#ifndef DOLERITE_BASE_RUN_TASKS_H_
#define DOLERITE_BASE_RUN_TASKS_H_

#include <cstddef>
#include <functional>

#include "absl/status/status.h"
#include "dolerite/executor.h"

namespace dolerite {

// Runs task(0) .. task(tasks - 1), each at most once. Internal if the executor left one out, ran
// one twice, or returned before all had ended. A task that comes late does nothing.
absl::Status RunTasks(Executor* executor, size_t tasks, const std::function<void(size_t)>& task);

// How many of so many tasks RunEach runs at once: as many as the executor is wide; 1 if it is null.
size_t WorkersFor(const Executor* executor, size_t tasks);

// Runs task(i, worker) for each i below `tasks`. A worker is below WorkersFor(executor, tasks) and
// runs one task at a time, so what is kept for each worker needs no lock. All tasks are run; the
// first failure by number is returned, whatever came first in time.
absl::Status RunEach(Executor* executor, size_t tasks,
                     const std::function<absl::Status(size_t task, size_t worker)>& task);

}  // namespace dolerite

#endif  // DOLERITE_BASE_RUN_TASKS_H_
