// Whatever the executor, each task runs once and each worker has one task at a time.
#include "base/run_tasks.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "support/executors.h"

namespace dolerite::testing {
namespace {

TEST_CASE("each task is run once, and no worker has two at once") {
  Threads one(1), three(3), many(50);
  Backwards backwards;
  const std::vector<Executor*> executors = {nullptr, &one, &three, &many, &backwards};
  Executor* const executor = executors[GENERATE(range(size_t{0}, size_t{5}))];
  const size_t tasks = GENERATE(size_t{0}, size_t{1}, size_t{2}, size_t{40});
  const size_t workers = WorkersFor(executor, tasks);
  CHECK(workers <= tasks);
  std::vector<std::atomic<int>> runs(tasks), busy(workers);
  std::atomic<bool> sound = true;
  const absl::Status status = RunEach(executor, tasks, [&](size_t task, size_t worker) {
    if (worker >= workers || busy[worker]++ != 0) sound = false;
    ++runs[task];
    if (worker < workers) --busy[worker];
    return absl::OkStatus();
  });
  CHECK(status.ok());
  CHECK(sound);
  for (const std::atomic<int>& count : runs) CHECK(count == 1);
}

TEST_CASE("the first failure by number is told, and the tasks behind it run") {
  Threads three(3);
  Backwards backwards;
  const std::vector<Executor*> executors = {nullptr, &three, &backwards};
  Executor* const executor = executors[GENERATE(range(size_t{0}, size_t{3}))];
  std::atomic<int> runs = 0;
  const absl::Status status = RunEach(executor, 30, [&](size_t task, size_t) {
    ++runs;
    return task % 10 == 7 ? absl::AbortedError(std::to_string(task)) : absl::OkStatus();
  });
  CHECK(status == absl::AbortedError("7"));
  CHECK(runs == 30);
}

}  // namespace
}  // namespace dolerite::testing
