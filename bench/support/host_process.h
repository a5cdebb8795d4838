// A dolerite-host in a process of its own, so that its memory can be told from a benchmark's.
#ifndef DOLERITE_BENCH_SUPPORT_HOST_PROCESS_H_
#define DOLERITE_BENCH_SUPPORT_HOST_PROCESS_H_

#include <sys/types.h>

#include <string>

namespace dolerite::bench {

// Listens on free ports of the loopback interface; its store is a new directory. The destructor
// ends the process and removes the directory.
class HostProcess {
 public:
  HostProcess();
  ~HostProcess();
  HostProcess(const HostProcess&) = delete;
  HostProcess& operator=(const HostProcess&) = delete;

  const std::string& directory() const { return directory_; }
  const std::string& http() const { return http_; }  // 127.0.0.1:PORT
  const std::string& grpc() const { return grpc_; }
  // Of memory that is in use now, and the most until now.
  size_t ResidentBytes() const { return StatusBytes("VmRSS"); }
  size_t PeakBytes() const { return StatusBytes("VmHWM"); }

 private:
  size_t StatusBytes(const std::string& field) const;

  std::string directory_, http_, grpc_;
  pid_t process_ = 0;
};

}  // namespace dolerite::bench

#endif  // DOLERITE_BENCH_SUPPORT_HOST_PROCESS_H_
