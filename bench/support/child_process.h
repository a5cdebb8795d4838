// Work in a process of its own, so that it leaves the memory of this one as it is.
#ifndef DOLERITE_BENCH_SUPPORT_CHILD_PROCESS_H_
#define DOLERITE_BENCH_SUPPORT_CHILD_PROCESS_H_

#include <sys/wait.h>
#include <unistd.h>

#include <string>

#include "support/table.h"

namespace dolerite::bench {

// The bytes that `work` returns in a copy of this process.
template <class Work>
std::string InChildProcess(const Work& work) {
  int pipe_ends[2];
  Require(pipe(pipe_ends) == 0, "no pipe");
  const pid_t child = fork();
  Require(child >= 0, "no child process");
  if (child == 0) {
    close(pipe_ends[0]);
    const std::string bytes = work();
    for (size_t sent = 0; sent < bytes.size();) {
      const ssize_t n = write(pipe_ends[1], bytes.data() + sent, bytes.size() - sent);
      if (n <= 0) _exit(1);
      sent += static_cast<size_t>(n);
    }
    _exit(0);
  }
  close(pipe_ends[1]);
  std::string bytes;
  char piece[1 << 16];
  for (ssize_t n; (n = read(pipe_ends[0], piece, sizeof piece)) > 0;) {
    bytes.append(piece, static_cast<size_t>(n));
  }
  close(pipe_ends[0]);
  int status = 0;
  Require(waitpid(child, &status, 0) == child && status == 0, "a child process failed");
  return bytes;
}

}  // namespace dolerite::bench

#endif  // DOLERITE_BENCH_SUPPORT_CHILD_PROCESS_H_
