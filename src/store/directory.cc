// Objects never lie behind links: a link below the root could lead out of it.
#include "store/directory.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <utility>

#include "base/status.h"

namespace dolerite {
namespace {

// Regular file, directory, or anything else (0).
// Without a stat where the file system says it with the name.
mode_t KindOf(const Fd& directory, const dirent& entry) {
  if (entry.d_type == DT_REG) return S_IFREG;
  if (entry.d_type == DT_DIR) return S_IFDIR;
  struct stat stat;
  if (entry.d_type != DT_UNKNOWN ||  // file systems that do not say
      fstatat(directory.get(), entry.d_name, &stat, AT_SYMLINK_NOFOLLOW) != 0) {
    return 0;
  }
  return stat.st_mode & S_IFMT;
}

}  // namespace

// Step by step without following links, so that a link below the root leads nowhere.
// Where a part is missing, so is all below it.
absl::StatusOr<Fd> OpenDirectory(const Fd& root, std::string_view path) {
  constexpr int kFlags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW;
  Fd at = OpenAt(root, ".", kFlags);
  for (size_t begin = 0; at.ok() && begin < path.size();) {
    const size_t end = std::min(path.find('/', begin), path.size());
    at = OpenAt(at, std::string(path.substr(begin, end - begin)), kFlags);
    begin = end + 1;
  }
  if (at.ok()) return at;
  // A symbolic link gives ENOTDIR on Linux and ELOOP elsewhere.
  return ErrnoStatus(errno == ELOOP ? ENOTDIR : errno, "open of directory", path);
}

absl::StatusOr<std::vector<DirectoryEntry>> ReadDirectory(const Fd& directory,
                                                          std::string_view path) {
  // A descriptor of its own: the stream moves its position, and closes it.
  Fd again = OpenAt(directory, ".", O_RDONLY | O_DIRECTORY);
  std::unique_ptr<DIR, int (*)(DIR*)> stream(again.ok() ? fdopendir(again.get()) : nullptr,
                                             closedir);
  if (!stream) return ErrnoStatus(errno, "listing of directory", path);
  // It belongs to the stream now.
  again.release();
  std::vector<DirectoryEntry> entries;
  for (;;) {
    // The only way to tell the end from an error.
    errno = 0;
    const dirent* entry = readdir(stream.get());
    if (entry == nullptr) break;
    const std::string_view name = entry->d_name;
    const mode_t kind = name == "." || name == ".." ? 0 : KindOf(directory, *entry);
    if (kind == S_IFREG || kind == S_IFDIR) entries.push_back({std::string(name), kind == S_IFDIR});
  }
  if (errno != 0) return ErrnoStatus(errno, "reading of directory", path);
  return entries;
}

}  // namespace dolerite
