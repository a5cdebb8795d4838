// Runs a function in a process of its own that dies in the midst of its work, or that the system
// refuses a call.
#ifndef DOLERITE_TESTS_SUPPORT_KILLED_CHILD_H_
#define DOLERITE_TESTS_SUPPORT_KILLED_CHILD_H_

#include <sys/types.h>

#include <cstdint>
#include <functional>

namespace dolerite::testing {

// System calls that change files: of each process they are counted from 1.
struct Interruption {
  enum class Kind {
    kNone,
    kKillBefore,  // SIGKILL instead of the call
    kKillAfter,   // SIGKILL once the call has taken place
    kFail,        // the call does nothing and fails with `error`
    kFailAll,     // so does each later one that needs room: opening new files, writing, mkdir
  };
  Kind kind = Kind::kNone;
  uint64_t call = 0;
  int error = 0;
};

struct ChildEnd {
  bool killed = false;
  int result = 0;      // what the function returned; if it was not killed
  uint64_t calls = 0;  // that change files, until the end
};

// False, with a warning in the test's output, where a process can't trace its children (containers
// that forbid it, thread sanitizers, systems other than Linux on x86-64).
bool CanInterrupt();

// Forks and runs `work` in the child. Catch2 assertions in it are lost: let it return 0 to 255.
ChildEnd RunInterrupted(const Interruption& interruption, const std::function<int()>& work);

// Starts `work` in a child that is killed after so many microseconds, wherever it is. Safe to call
// again before WaitFor.
pid_t StartMortal(uint64_t micros, const std::function<int()>& work);
ChildEnd WaitFor(pid_t child);

}  // namespace dolerite::testing

#endif  // DOLERITE_TESTS_SUPPORT_KILLED_CHILD_H_
