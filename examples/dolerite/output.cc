#include "output.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>

#include "remove_on_signal.h"

namespace dolerite::cli {
namespace {

namespace fs = std::filesystem;

absl::Status SystemError(const std::string& path) { return absl::ErrnoToStatus(errno, path); }

absl::Status WriteAll(int fd, const std::string& path, std::string_view bytes) {
  // A call may write less than it was given, as to a full pipe, and may be interrupted.
  while (!bytes.empty()) {
    const ssize_t wrote = write(fd, bytes.data(), bytes.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return SystemError(path);
    bytes.remove_prefix(static_cast<size_t>(wrote));
  }
  return absl::OkStatus();
}

// A file beside the one that it becomes. It goes with the process if a signal ends that.
class NewFile {
 public:
  explicit NewFile(const std::string& path) : path_(path), temporary_(path + ".XXXXXX") {
    // A signal between the two calls would leave the file behind.
    const SignalsHeld held;
    fd_ = mkstemp(temporary_.data());
    if (fd_ >= 0) RemoveOnSignal(temporary_.c_str());
  }
  // Not renamed, so it is not whole: it goes.
  ~NewFile() {
    if (fd_ < 0) return;
    close(fd_);
    const SignalsHeld held;
    unlink(temporary_.c_str());
    RemoveOnSignal(nullptr);
  }
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;

  absl::Status Append(std::string_view bytes) {
    return fd_ < 0 ? SystemError(path_) : WriteAll(fd_, path_, bytes);
  }

  // The file takes its name when it is whole and on the disk: whoever looks sees the old file or
  // the new one. mkstemp made it private, so it gets the rights that the process's mask leaves.
  absl::Status TakeName() {
    if (fd_ < 0) return SystemError(path_);
    // The mask can only be read by setting it.
    const mode_t mask = umask(0);
    umask(mask);
    if (fchmod(fd_, 0666 & ~mask) != 0 || fsync(fd_) != 0) return SystemError(path_);
    // Held, so that a signal finds either the file or nothing to remove.
    const SignalsHeld held;
    if (rename(temporary_.c_str(), path_.c_str()) != 0) return SystemError(path_);
    RemoveOnSignal(nullptr);
    close(fd_);
    // The destructor has nothing left to do.
    fd_ = -1;
    return absl::OkStatus();
  }

 private:
  std::string path_, temporary_;
  int fd_;
};

// Pipes, devices and the like are written in place.
// Replacing a device by a file would be wrong, and for a pipe no reader would see it.
bool IsSpecial(const std::string& path) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  return fs::exists(status) && !fs::is_regular_file(status) && !fs::is_directory(status);
}

// The file that a symbolic link names, which need not be there yet: a link stays one.
std::string BehindLinks(fs::path path) {
  constexpr int kMostLinks = 40;  // as the system follows
  std::error_code error;
  for (int i = 0; i < kMostLinks && fs::is_symlink(path, error); ++i) {
    path = path.parent_path() / fs::read_symlink(path, error);
  }
  return path.string();
}

// What was written before an error stays written: a pipe takes nothing back.
absl::Status WriteSpecial(const std::string& path,
                          const std::function<absl::Status(const ByteSink&)>& write) {
  // stdout is duplicated, so that closing it, which can fail, tells whether all was written.
  const int fd = path == "-" ? dup(STDOUT_FILENO) : open(path.c_str(), O_WRONLY);
  const std::string name = path == "-" ? "stdout" : path;
  if (fd < 0) return SystemError(name);
  absl::Status status = write([&](std::string_view bytes) { return WriteAll(fd, name, bytes); });
  // The first error is the one to say.
  if (close(fd) != 0 && status.ok()) status = SystemError(name);
  return status;
}

}  // namespace

// The bytes of one write may come in any number of pieces; the file appears when all have come.
absl::Status WriteOutput(const std::string& path,
                         const std::function<absl::Status(const ByteSink&)>& write) {
  if (path == "-" || IsSpecial(path)) return WriteSpecial(path, write);
  NewFile file(BehindLinks(path));
  absl::Status status = write([&](std::string_view bytes) { return file.Append(bytes); });
  if (status.ok()) status = file.TakeName();
  return status;
}

absl::Status WriteOutput(const std::string& path, std::string_view bytes) {
  return WriteOutput(path, [bytes](const ByteSink& sink) { return sink(bytes); });
}

// What can be known before the work: an answer may take minutes, and a mistyped name should not
// cost it.
absl::Status CheckOutput(const std::string& path, bool binary) {
  std::error_code error;
  if (path == "-") {
    if (!binary || isatty(STDOUT_FILENO) == 0) return absl::OkStatus();
    // A terminal would show binary data as commands to itself.
    return absl::InvalidArgumentError("this is binary: give -o FILE or send stdout elsewhere");
  }
  if (path.empty()) return absl::InvalidArgumentError("the output needs a name");
  if (fs::is_directory(path, error)) {
    return absl::InvalidArgumentError(path + ": is a directory, not a file to write");
  }
  // Folders are never made: a name that is mistyped should not go unnoticed.
  const fs::path folder = fs::path(path).parent_path();
  if (!folder.empty() && !fs::is_directory(folder, error)) {
    return absl::NotFoundError(path + ": its folder is not there");
  }
  return absl::OkStatus();
}

absl::Status CheckNoInput(const std::string& path, const std::vector<std::string>& inputs) {
  std::error_code error;
  // A file that is not there can't be an input.
  if (path == "-" || !fs::is_regular_file(path, error)) return absl::OkStatus();
  for (const std::string& input : inputs) {
    // The same file under another name, too.
    if (!fs::equivalent(path, input, error)) continue;
    return absl::InvalidArgumentError(path + ": is the output and an input too: name another file");
  }
  return absl::OkStatus();
}

// One line, whatever is in the strings: bytes that are not UTF-8 become U+FFFD, and what could
// upset a terminal is escaped.
std::string JsonLine(const Json& json) {
  return PlainJson(json.dump(-1, ' ', false, Json::error_handler_t::replace)) + "\n";
}

}  // namespace dolerite::cli
