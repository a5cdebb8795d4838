// The child lets its parent trace it (ptrace). The parent stops it before and after each system
// call, counts those that change files, and ends or spoils the one that is asked for.
#include "support/killed_child.h"

#include <fcntl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <ctime>

namespace dolerite::testing {
namespace {

void Must(bool ok) {
  if (!ok) std::abort();
}

[[noreturn]] void RunChild(const std::function<int()>& work) {
  // Catch2's handlers would report the child's end as the parent's.
  for (int signal : {SIGABRT, SIGSEGV, SIGFPE, SIGILL, SIGTERM}) std::signal(signal, SIG_DFL);
  int result = 255;
  try {
    result = work();
  } catch (...) {
    result = 254;
  }
  _exit(result);  // without the parent's exit handlers
}

ChildEnd EndOf(int status) {
  ChildEnd end;
  end.killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
  end.result = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return end;
}

#if defined(__linux__) && defined(__x86_64__) && !defined(__SANITIZE_THREAD__)

// Whether a call makes or enlarges a file.
bool NeedsRoom(const user_regs_struct& call) {
  switch (call.orig_rax) {
    case SYS_openat:
      return (call.rdx & O_CREAT) != 0;
    case SYS_write:
    case SYS_pwrite64:
    case SYS_mkdirat:
    case SYS_linkat:
      return true;
    default:
      return false;
  }
}

bool Changes(const user_regs_struct& call) {
  switch (call.orig_rax) {
    case SYS_fsync:
    case SYS_fdatasync:
    case SYS_renameat:
    case SYS_renameat2:
    case SYS_unlinkat:
    case SYS_ftruncate:
      return true;
    default:
      return NeedsRoom(call);
  }
}

class Tracer {
 public:
  Tracer(pid_t child, const Interruption& interruption)
      : child_(child), interruption_(interruption) {}

  ChildEnd Run() {
    int status = 0;
    Must(waitpid(child_, &status, 0) == child_ && WIFSTOPPED(status));
    // Stops for system calls differ from signals then; and the child dies with its parent.
    Must(ptrace(PTRACE_SETOPTIONS, child_, 0, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL) == 0);
    long signal = 0;
    while (true) {
      Must(ptrace(PTRACE_SYSCALL, child_, 0, signal) == 0);
      Must(waitpid(child_, &status, 0) == child_);
      if (!WIFSTOPPED(status)) break;
      const bool at_call = WSTOPSIG(status) == (SIGTRAP | 0x80);
      signal = at_call ? 0 : WSTOPSIG(status);
      if (!at_call) continue;
      inside_ = !inside_;
      if (inside_ ? Enter() : Leave()) {
        kill(child_, SIGKILL);
        Must(waitpid(child_, &status, 0) == child_);
        break;
      }
    }
    ChildEnd end = EndOf(status);
    end.calls = calls_;
    return end;
  }

 private:
  using Kind = Interruption::Kind;

  // Both: whether the child is to be killed now.
  bool Enter() {
    user_regs_struct call;
    Must(ptrace(PTRACE_GETREGS, child_, 0, &call) == 0);
    chosen_ = spoiled_ = false;
    if (!Changes(call)) return false;
    ++calls_;
    chosen_ = calls_ == interruption_.call;
    if (chosen_ && interruption_.kind == Kind::kKillBefore) return true;
    spoiled_ =
        (chosen_ && interruption_.kind == Kind::kFail) ||
        (calls_ >= interruption_.call && interruption_.kind == Kind::kFailAll && NeedsRoom(call));
    if (spoiled_) {
      call.orig_rax = ~0ull;  // no call: the kernel does nothing
      Must(ptrace(PTRACE_SETREGS, child_, 0, &call) == 0);
    }
    return false;
  }

  bool Leave() {
    if (spoiled_) {
      user_regs_struct call;
      Must(ptrace(PTRACE_GETREGS, child_, 0, &call) == 0);
      call.rax = static_cast<unsigned long long>(-interruption_.error);
      Must(ptrace(PTRACE_SETREGS, child_, 0, &call) == 0);
    }
    return chosen_ && interruption_.kind == Kind::kKillAfter;
  }

  const pid_t child_;
  const Interruption& interruption_;
  uint64_t calls_ = 0;
  bool inside_ = false;   // between a call's two stops
  bool chosen_ = false;   // the present call is the one that was asked for
  bool spoiled_ = false;  // it fails
};

}  // namespace

ChildEnd RunInterrupted(const Interruption& interruption, const std::function<int()>& work) {
  const pid_t child = fork();
  Must(child >= 0);
  if (child == 0) {
    if (ptrace(PTRACE_TRACEME, 0, 0, 0) != 0) _exit(253);
    raise(SIGSTOP);
    RunChild(work);
  }
  return Tracer(child, interruption).Run();
}

bool CanInterrupt() {
  const pid_t child = fork();
  Must(child >= 0);
  if (child == 0) _exit(ptrace(PTRACE_TRACEME, 0, 0, 0) == 0 ? 0 : 1);
  const ChildEnd end = WaitFor(child);
  if (end.result == 0) return true;
  std::fprintf(stderr, "SKIPPED: processes can't be traced here\n");
  return false;
}

#else

}  // namespace

ChildEnd RunInterrupted(const Interruption&, const std::function<int()>&) { return {}; }

bool CanInterrupt() {
  std::fprintf(stderr, "SKIPPED: processes can't be traced in this build\n");
  return false;
}

#endif

pid_t StartMortal(uint64_t micros, const std::function<int()>& work) {
  const pid_t child = fork();
  Must(child >= 0);
  if (child != 0) return child;
  sigevent event = {};
  event.sigev_notify = SIGEV_SIGNAL;
  event.sigev_signo = SIGKILL;
  timer_t timer;
  Must(timer_create(CLOCK_MONOTONIC, &event, &timer) == 0);
  itimerspec when = {};
  when.it_value.tv_sec = static_cast<time_t>(micros / 1'000'000);
  when.it_value.tv_nsec = static_cast<long>(micros % 1'000'000 * 1'000 + 1);
  Must(timer_settime(timer, 0, &when, nullptr) == 0);
  RunChild(work);
}

ChildEnd WaitFor(pid_t child) {
  int status = 0;
  Must(waitpid(child, &status, 0) == child);
  return EndOf(status);
}

}  // namespace dolerite::testing
