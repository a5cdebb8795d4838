// Files by descriptor: what was opened is what is read, whatever happens to its name.
#include "store/posix.h"

#include <algorithm>
#include <cerrno>
#include <memory>
#include <system_error>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/status.h"
#include "store/errors.h"
#include "store/ranges.h"

namespace dolerite {
namespace {

// Between pieces the host is asked whether to go on.
constexpr uint64_t kPieceBytes = 4 << 20;

// What callers tell apart: absent, in the way, not allowed, full, not possible. All else may pass.
absl::StatusCode CodeOf(int error) {
  switch (error) {
    case ENOENT:
    case ENOTDIR:
      return absl::StatusCode::kNotFound;
    case EEXIST:
      return absl::StatusCode::kAlreadyExists;
    case EISDIR:
      return absl::StatusCode::kFailedPrecondition;
    case EACCES:
    case EPERM:
    case EROFS:
    case ELOOP:
      return absl::StatusCode::kPermissionDenied;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
    case EMFILE:
    case ENFILE:
    case ENOMEM:
      return absl::StatusCode::kResourceExhausted;
    case ENAMETOOLONG:
      return absl::StatusCode::kInvalidArgument;
    case EXDEV:
    case EOPNOTSUPP:
      return absl::StatusCode::kUnimplemented;
    default:
      return absl::StatusCode::kUnavailable;
  }
}

// A file that is replaced gets another inode or another time of change. The size is for file
// systems with coarse clocks.
std::string VersionOf(const struct stat& stat) {
#ifdef __APPLE__
  const struct timespec& changed = stat.st_mtimespec;
#else
  const struct timespec& changed = stat.st_mtim;
#endif
  return Concat(stat.st_ino, "-", stat.st_size, "-", changed.tv_sec, ".", changed.tv_nsec);
}

// O_NONBLOCK, so that a pipe in place of a file does not block; close-on-exec, since the host may
// start programs.
Fd Open(const SystemCalls& calls, int directory, const std::string& name, int flags) {
  constexpr mode_t kMode = 0666;  // less the process's mask
  int fd;
  do {
    fd = calls.openat(directory, name.c_str(), flags | O_CLOEXEC | O_NONBLOCK, kMode);
  } while (fd < 0 && errno == EINTR);
  return Fd(fd, calls);
}

}  // namespace

Fd::~Fd() {
  if (fd_ >= 0) close(fd_);
}

absl::Status ErrnoStatus(int error, std::string_view doing, std::string_view key) {
  return MakeStatus(CodeOf(error), doing, " ", key, ": ", std::generic_category().message(error));
}

const SystemCalls& RealSystemCalls() {
  // Not the functions themselves: openat takes its mode as one of any number of arguments.
  static constexpr SystemCalls kReal = {
      [](int directory, const char* name, int flags, mode_t mode) {
        return ::openat(directory, name, flags, mode);
      },
      [](int fd, void* buffer, size_t size, off_t offset) {
        return ::pread(fd, buffer, size, offset);
      },
      [](int fd, const void* bytes, size_t size) { return ::write(fd, bytes, size); },
      [](int fd) { return ::fsync(fd); },
      [](int fd, int operation) { return ::flock(fd, operation); }};
  return kReal;
}

Fd OpenAt(const Fd& directory, const std::string& name, int flags) {
  return Open(directory.calls(), directory.get(), name, flags);
}

Fd OpenPath(const SystemCalls& calls, const std::string& path, int flags) {
  return Open(calls, AT_FDCWD, path, flags);
}

absl::StatusOr<struct stat> StatObject(std::string_view key, const Fd& file) {
  struct stat stat;
  if (fstat(file.get(), &stat) != 0) return ErrnoStatus(errno, "stat of", key);
  if (!S_ISREG(stat.st_mode)) return NoSuchObject(key);
  return stat;
}

ObjectInfo InfoOf(std::string_view key, const struct stat& stat) {
  return {std::string(key), static_cast<uint64_t>(stat.st_size), VersionOf(stat)};
}

absl::StatusOr<ReadResult> ReadObject(std::string_view key, const Fd& file, const ByteRange& range,
                                      const CallOptions& options) {
  DOLERITE_ASSIGN_OR_RETURN(const struct stat stat, StatObject(key, file));
  ObjectInfo info = InfoOf(key, stat);
  // Before anything is read; the open file can't become another one afterwards.
  if (!options.version.empty() && options.version != info.version) return VersionChanged(key);
  DOLERITE_ASSIGN_OR_RETURN(const ByteRange place, Resolve(key, range, info.size));
  // Not set to zeros first, as every byte is written or the read fails.
  std::shared_ptr<char[]> buffer(new char[place.length]);
  for (uint64_t done = 0; done < place.length;) {
    // Piece by piece, so that the host can stop a long read.
    if (done > 0) DOLERITE_RETURN_IF_ERROR(options.context.Check());
    const size_t piece = std::min(place.length - done, kPieceBytes);
    const ssize_t n = file.calls().pread(file.get(), buffer.get() + done, piece,
                                         static_cast<off_t>(place.offset + done));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return ErrnoStatus(errno, "read of", key);
    // The file became shorter since its size was asked for: there is nothing to wait for.
    if (n == 0) return Unavailable("file of ", key, " was cut");
    done += n;
  }
  const std::string_view bytes(buffer.get(), place.length);
  return ReadResult{{bytes, std::move(buffer)}, place.offset, info.size, std::move(info.version)};
}

absl::Status WriteAll(std::string_view key, const Fd& file, std::string_view bytes,
                      const CallContext& call) {
  for (bool first = true; !bytes.empty(); first = false) {
    if (!first) DOLERITE_RETURN_IF_ERROR(call.Check());
    const size_t piece = std::min<size_t>(bytes.size(), kPieceBytes);
    const ssize_t n = file.calls().write(file.get(), bytes.data(), piece);
    // Nothing was written then, or the call would have said how much.
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return ErrnoStatus(errno, "write of", key);
    // A write may take a part of the bytes.
    bytes.remove_prefix(n);
  }
  return absl::OkStatus();
}

absl::Status Sync(std::string_view key, const Fd& file) {
  // Never again after a failure: the kernel may have dropped what it could not write.
  return file.calls().fsync(file.get()) == 0 ? absl::OkStatus()
                                             : ErrnoStatus(errno, "flush of", key);
}

}  // namespace dolerite
