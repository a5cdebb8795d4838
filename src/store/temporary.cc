#include "store/temporary.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <utility>

#include "base/status.h"
#include "base/text.h"
#include "store/directory.h"

namespace dolerite {

// Also after link(2), which gave the file a second name.
Temporary::~Temporary() {
  if (file.ok()) unlinkat(directory.get(), name.c_str(), 0);
}

namespace {

// Without the lock another process's sweep would take the file for what a dead process left. False
// if one did so before the lock was taken. A file system that has no locks does without.
bool LockAsOurs(const Fd& file) {
  if (file.calls().flock(file.get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) return false;
  struct stat found;
  return fstat(file.get(), &found) != 0 || found.st_nlink > 0;
}

}  // namespace

// One directory for all, so that a crash leaves files in one known place.
absl::StatusOr<Temporary> MakeTemporary(Fd directory, std::string_view key) {
  // Counts in the process, for several stores may have one root.
  static std::atomic<uint64_t> next{0};
  Temporary made;
  made.directory = std::move(directory);
  do {
    // The name may be that of a dead process with the same id: then the next number is tried.
    made.name = Concat(getpid(), "-", next++);
    made.file = OpenAt(made.directory, made.name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW);
  } while (made.file.ok() ? !LockAsOurs(made.file) : errno == EEXIST);
  if (!made.file.ok()) return ErrnoStatus(errno, "temporary file of", key);
  return made;
}

// Errors are ignored: left files cost room, not answers.
void SweepTemporaries(const Fd& directory) {
  auto entries = ReadDirectory(directory, "");
  if (!entries.ok()) return;
  for (const DirectoryEntry& entry : *entries) {
    // The lock can be had only if the writer is dead.
    const Fd file = OpenAt(directory, entry.name, O_WRONLY | O_NOFOLLOW);
    if (!file.ok() || directory.calls().flock(file.get(), LOCK_EX | LOCK_NB) != 0) continue;
    unlinkat(directory.get(), entry.name.c_str(), 0);
  }
}

}  // namespace dolerite
