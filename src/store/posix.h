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

namespace dolerite {

// An open file, closed at the end.
class Fd {
 public:
  explicit Fd(int fd = -1) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Fd();

  bool ok() const { return fd_ >= 0; }
  int get() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

// What errno `error` means to a caller of a store; `doing` goes before the key in the message.
absl::Status ErrnoStatus(int error, std::string_view doing, std::string_view key);

// openat without being interrupted, waiting for a pipe, or passing the file on to children.
Fd OpenAt(int directory, const std::string& name, int flags);

// The file of an object. NotFound unless it is a regular file.
absl::StatusOr<struct stat> StatObject(std::string_view key, const Fd& file);

ObjectInfo InfoOf(std::string_view key, const struct stat& stat);

// ObjectStore::DoRead of an open file.
absl::StatusOr<ReadResult> ReadObject(std::string_view key, const Fd& file, const ByteRange& range,
                                      const CallOptions& options);

absl::Status WriteAll(std::string_view key, const Fd& file, std::string_view bytes);

// Flushes a file or directory to the disk.
absl::Status Sync(std::string_view key, const Fd& file);

}  // namespace dolerite

#endif  // DOLERITE_STORE_POSIX_H_
