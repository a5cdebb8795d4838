// Runs tasks on a host's executor, without trusting that it keeps its contract.
#ifndef DOLERITE_QUERY_RUN_TASKS_H_
#define DOLERITE_QUERY_RUN_TASKS_H_

#include <cstddef>
#include <functional>
#include <new>
#include <stdexcept>

#include "absl/status/status.h"
#include "dolerite/executor.h"

namespace dolerite {

// Runs task(0) .. task(tasks - 1), each at most once. Internal if the executor left one out, ran
// one twice, or returned before all had ended. A task that comes late does nothing.
absl::Status RunTasks(Executor* executor, size_t tasks, const std::function<void(size_t)>& task);

// What `work` returns, a status or StatusOr; ResourceExhausted if memory could not be allocated.
// Exceptions do not cross the library's interface.
template <class Work>
auto WithoutExceptions(const Work& work) -> decltype(work()) {
  try {
    return work();
  } catch (const std::bad_alloc&) {
    return absl::ResourceExhaustedError("out of memory");
  } catch (const std::length_error&) {
    return absl::ResourceExhaustedError("out of memory");
  }
}

}  // namespace dolerite

#endif  // DOLERITE_QUERY_RUN_TASKS_H_
