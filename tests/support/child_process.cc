#include "support/child_process.h"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <new>
#include <string>

#include "support/must.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || \
    __has_feature(memory_sanitizer)
#define DOLERITE_SANITIZED
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || !defined(__linux__)
#define DOLERITE_SANITIZED
#endif

namespace dolerite::testing {

#ifdef DOLERITE_SANITIZED

std::optional<ChildReport> RunInChild(const std::function<int()>&, size_t) {
  std::fprintf(stderr, "peak memory is not measured in this build\n");
  return std::nullopt;
}

#else

namespace {

// What the child reports through the pipe.
struct Told {
  enum How : int { kReturned, kBadAlloc, kThrew } how = kReturned;
  int result = 0;
  size_t peak_bytes = 0;
};

struct Sizes {
  size_t address_space = 0, resident = 0;
};

Sizes SizesNow() {
  size_t pages = 0, resident = 0;
  std::FILE* file = std::fopen("/proc/self/statm", "r");
  Must(file != nullptr && std::fscanf(file, "%zu %zu", &pages, &resident) == 2);
  std::fclose(file);
  const size_t page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  return {pages * page, resident * page};
}

[[noreturn]] void RunChild(const std::function<int()>& work, size_t address_bytes, int to) {
  // Catch2's handlers would report the child's end as the parent's.
  for (int signal : {SIGABRT, SIGSEGV, SIGFPE, SIGILL, SIGTERM}) std::signal(signal, SIG_DFL);
  const Sizes before = SizesNow();
  const rlimit space = {before.address_space + address_bytes, before.address_space + address_bytes};
  Must(setrlimit(RLIMIT_AS, &space) == 0);
  Told told;
  try {
    told.result = work();
  } catch (const std::bad_alloc&) {
    told.how = Told::kBadAlloc;
  } catch (...) {
    told.how = Told::kThrew;
  }
  rusage usage = {};
  getrusage(RUSAGE_SELF, &usage);
  const size_t peak = static_cast<size_t>(usage.ru_maxrss) * 1024;
  told.peak_bytes = peak - std::min(peak, before.resident);
  const bool written = write(to, &told, sizeof told) == ssize_t{sizeof told};
  _exit(written ? 0 : 1);  // without the parent's exit handlers
}

}  // namespace

std::optional<ChildReport> RunInChild(const std::function<int()>& work, size_t address_bytes) {
  int ends[2];
  Must(pipe(ends) == 0);
  const pid_t child = fork();
  Must(child >= 0);
  if (child == 0) RunChild(work, address_bytes, ends[1]);
  close(ends[1]);
  Told told;
  const bool heard = read(ends[0], &told, sizeof told) == ssize_t{sizeof told};
  close(ends[0]);
  int status = 0;
  rusage usage = {};
  Must(wait4(child, &status, 0, &usage) == child);
  ChildReport report;
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  report.cpu_seconds = seconds(usage.ru_utime) + seconds(usage.ru_stime);
  report.peak_bytes = heard ? told.peak_bytes : static_cast<size_t>(usage.ru_maxrss) * 1024;
  report.returned = heard && told.how == Told::kReturned;
  report.result = told.result;
  if (WIFSIGNALED(status)) {
    report.how = "signal " + std::to_string(WTERMSIG(status));
  } else if (!heard) {
    report.how = "no report";
  } else if (told.how == Told::kReturned) {
    report.how = "returned " + std::to_string(told.result);
  } else {
    report.how = told.how == Told::kBadAlloc ? "std::bad_alloc" : "an exception";
  }
  return report;
}

#endif

}  // namespace dolerite::testing
