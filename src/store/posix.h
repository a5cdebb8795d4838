// Files of the operating system, for the stores that live in them.
#ifndef DOLERITE_STORE_POSIX_H_
#define DOLERITE_STORE_POSIX_H_

#include <string>
#include <string_view>
#include <utility>

#include <sys/stat.h>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "dolerite/object_store.h"
#include "store/system_calls.h"

namespace dolerite {

// An open file, closed at the end, and the system calls that work on it.
class Fd {
 public:
  Fd() = default;
  Fd(int fd, const SystemCalls& calls) : fd_(fd), calls_(&calls) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)), calls_(other.calls_) {}
  Fd& operator=(Fd&& other) noexcept {
    std::swap(fd_, other.fd_);
    std::swap(calls_, other.calls_);
    return *this;
  }
  ~Fd();

  bool ok() const { return fd_ >= 0; }
  int get() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }
  const SystemCalls& calls() const { return *calls_; }

 private:
  int fd_ = -1;
  const SystemCalls* calls_ = &RealSystemCalls();
};

// The status for errno `error`; the message begins with `doing` and the key.
absl::Status ErrnoStatus(int error, std::string_view doing, std::string_view key);

// Opens `name` in a directory, or a path of the process. Repeats what a signal interrupts, does not
// wait for a pipe's other end, and does not pass the file on to child processes. Not ok(), with
// errno, on failure.
Fd OpenAt(const Fd& directory, const std::string& name, int flags);
Fd OpenPath(const SystemCalls& calls, const std::string& path, int flags);

// Size and times of an object's file. NotFound unless it is a regular file.
absl::StatusOr<struct stat> StatObject(std::string_view key, const Fd& file);

ObjectInfo InfoOf(std::string_view key, const struct stat& stat);

// ObjectStore::DoRead of an open file. Unavailable if the file is cut while it is read.
absl::StatusOr<ReadResult> ReadObject(std::string_view key, const Fd& file, const ByteRange& range,
                                      const CallOptions& options);

// Writes all bytes, in as many calls as that takes, and asks the host between them. After an error
// some may be written.
absl::Status WriteAll(std::string_view key, const Fd& file, std::string_view bytes,
                      const CallContext& call);

// Flushes a file or directory to the disk.
absl::Status Sync(std::string_view key, const Fd& file);

}  // namespace dolerite

#endif  // DOLERITE_STORE_POSIX_H_
