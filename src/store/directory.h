// Directories below a root, reached without following symbolic links.
#ifndef DOLERITE_STORE_DIRECTORY_H_
#define DOLERITE_STORE_DIRECTORY_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "store/posix.h"

namespace dolerite {

// `path` is names between slashes, none of them `..`; "" is the root itself.
// NotFound if a part is missing or something else, a symbolic link included.
absl::StatusOr<Fd> OpenDirectory(const Fd& root, std::string_view path);

struct DirectoryEntry {
  std::string name;
  bool is_directory;
};

// The regular files and directories in it; `path` is for messages.
absl::StatusOr<std::vector<DirectoryEntry>> ReadDirectory(const Fd& directory,
                                                          std::string_view path);

}  // namespace dolerite

#endif  // DOLERITE_STORE_DIRECTORY_H_
