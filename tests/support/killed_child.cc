// The child lets its parent trace it (ptrace, with a seccomp filter). The kernel stops it before
// each system call that changes a file; the parent counts these, and ends or spoils the one that is
// asked for.
#include "support/killed_child.h"

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <vector>

#include "support/must.h"

namespace dolerite::testing {
namespace {

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
    case SYS_write:
    case SYS_pwrite64:
    case SYS_mkdirat:
    case SYS_linkat:
      return true;
    default:
      return false;
  }
}

// From now on the kernel stops this process at calls that change a file, and at no others: a stop
// at each call would take most of a test's time. False if the kernel does not do so.
bool StopAtChanges() {
  std::vector<sock_filter> program = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat, 0, 4),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, args[2])),
      BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, O_CREAT, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
  for (unsigned call : {SYS_write, SYS_pwrite64, SYS_mkdirat, SYS_linkat, SYS_fsync, SYS_fdatasync,
                        SYS_renameat, SYS_renameat2, SYS_unlinkat, SYS_ftruncate}) {
    program.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1));
    program.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE));
  }
  program.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
  const sock_fprog filter = {static_cast<unsigned short>(program.size()), program.data()};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

class Tracer {
 public:
  Tracer(pid_t child, const Interruption& interruption)
      : child_(child), interruption_(interruption) {}

  ChildEnd Run() {
    int status = 0;
    Must(waitpid(child_, &status, 0) == child_ && WIFSTOPPED(status));
    // Ends of system calls differ from signals then; and the child dies with its parent.
    Must(ptrace(PTRACE_SETOPTIONS, child_, 0,
                PTRACE_O_TRACESECCOMP | PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL) == 0);
    long signal = 0;
    while (true) {
      Must(ptrace(to_end_of_call_ ? PTRACE_SYSCALL : PTRACE_CONT, child_, 0, signal) == 0);
      Must(waitpid(child_, &status, 0) == child_);
      if (!WIFSTOPPED(status)) break;
      const bool entered = status >> 8 == (SIGTRAP | PTRACE_EVENT_SECCOMP << 8);
      const bool left = WSTOPSIG(status) == (SIGTRAP | 0x80);
      signal = entered || left ? 0 : WSTOPSIG(status);
      if (left || (entered && Enter())) {
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

  // Before a call that changes a file. True if the child is to be killed now.
  bool Enter() {
    const bool chosen = ++calls_ == interruption_.call;
    if (chosen && interruption_.kind == Kind::kKillBefore) return true;
    to_end_of_call_ = chosen && interruption_.kind == Kind::kKillAfter;
    user_regs_struct call;
    Must(ptrace(PTRACE_GETREGS, child_, 0, &call) == 0);
    const bool fails =
        (chosen && interruption_.kind == Kind::kFail) ||
        (calls_ >= interruption_.call && interruption_.kind == Kind::kFailAll && NeedsRoom(call));
    if (fails) {
      call.orig_rax = ~0ull;  // no call: the kernel does nothing, and returns what is in rax
      call.rax = static_cast<unsigned long long>(-interruption_.error);
      Must(ptrace(PTRACE_SETREGS, child_, 0, &call) == 0);
    }
    return false;
  }

  const pid_t child_;
  const Interruption& interruption_;
  uint64_t calls_ = 0;
  bool to_end_of_call_ = false;  // where the child is to be killed
};

}  // namespace

ChildEnd RunInterrupted(const Interruption& interruption, const std::function<int()>& work) {
  const pid_t child = fork();
  Must(child >= 0);
  if (child == 0) {
    if (ptrace(PTRACE_TRACEME, 0, 0, 0) != 0) _exit(253);
    raise(SIGSTOP);
    if (!StopAtChanges()) _exit(252);
    RunChild(work);
  }
  return Tracer(child, interruption).Run();
}

bool CanInterrupt() {
  const pid_t child = fork();
  Must(child >= 0);
  if (child == 0) _exit(ptrace(PTRACE_TRACEME, 0, 0, 0) == 0 && StopAtChanges() ? 0 : 1);
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
