// Runs a function in a process of its own, with a limit on memory, and measures what it took.
#ifndef DOLERITE_TESTS_SUPPORT_CHILD_PROCESS_H_
#define DOLERITE_TESTS_SUPPORT_CHILD_PROCESS_H_

#include <cstddef>
#include <functional>
#include <optional>
#include <string>

namespace dolerite::testing {

constexpr size_t kMiB = size_t{1} << 20;

struct ChildReport {
  // False if a signal ended the child or an exception left the function.
  bool returned = false;
  // What the function returned, at most 255; only if `returned`.
  int result = 0;
  // In words, for a test's message: "returned 0", "std::bad_alloc", "signal 11".
  std::string how;
  // The most memory that the child had resident beyond what it had at the start.
  size_t peak_bytes = 0;
  double cpu_seconds = 0;
};

// Forks, lets the child take at most `address_bytes` beyond what it has, and runs `work` in it.
// Nothing that `work` changes is seen by the caller, and Catch2 assertions in it are lost: let it
// return a number. Empty, with a warning in the test's output, where memory cannot be measured
// (sanitizers, systems other than Linux).
std::optional<ChildReport> RunInChild(const std::function<int()>& work,
                                      size_t address_bytes = size_t{2} << 30);

}  // namespace dolerite::testing

#endif  // DOLERITE_TESTS_SUPPORT_CHILD_PROCESS_H_
