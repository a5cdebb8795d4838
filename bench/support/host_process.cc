#include "support/host_process.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>

#include "support/table.h"

namespace dolerite::bench {
namespace {

// What follows `prefix` on the next line.
std::string LineAfter(const std::string& prefix, FILE* in) {
  char line[256] = "";
  Require(fgets(line, sizeof line, in) != nullptr, "the host did not start");
  std::string text = line;
  Require(text.starts_with(prefix), "the host printed: " + text);
  return text.substr(prefix.size(), text.size() - prefix.size() - 1);
}

}  // namespace

HostProcess::HostProcess() {
  char name[] = "/tmp/dolerite-host-XXXXXX";
  Require(mkdtemp(name) != nullptr, "no temporary directory");
  directory_ = name;
  int pipe_ends[2];
  Require(pipe(pipe_ends) == 0, "no pipe");
  process_ = fork();
  Require(process_ >= 0, "no child process");
  if (process_ == 0) {
    dup2(pipe_ends[1], STDOUT_FILENO);
    close(pipe_ends[0]);
    execl(DOLERITE_HOST_PROGRAM, DOLERITE_HOST_PROGRAM, "--store", directory_.c_str(), "--http",
          "127.0.0.1:0", "--grpc", "127.0.0.1:0", nullptr);
    _exit(127);
  }
  close(pipe_ends[1]);
  FILE* out = fdopen(pipe_ends[0], "r");
  http_ = LineAfter("http://", out);
  grpc_ = "127.0.0.1:" + LineAfter("gRPC on port ", out);
  fclose(out);
}

HostProcess::~HostProcess() {
  kill(process_, SIGTERM);
  waitpid(process_, nullptr, 0);
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

size_t HostProcess::StatusBytes(const std::string& field) const {
  std::ifstream in("/proc/" + std::to_string(process_) + "/status");
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with(field + ":")) return std::stoul(line.substr(field.size() + 1)) << 10;
  }
  return 0;
}

}  // namespace dolerite::bench
