// Files that are being written and do not have an object's name yet.
#ifndef DOLERITE_STORE_TEMPORARY_H_
#define DOLERITE_STORE_TEMPORARY_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "store/posix.h"

namespace dolerite {

// A file with a temporary name in `directory`. The destructor removes the name. The file's lock
// shows other processes that its writer is alive.
struct Temporary {
  Fd directory, file;
  std::string name;

  Temporary() = default;
  Temporary(Temporary&&) = default;
  ~Temporary();
  // Call it when the file was renamed: there is no name to remove.
  void Forget() { file = Fd(); }
};

// A new empty file with a temporary name in `directory`; `key` is for messages.
absl::StatusOr<Temporary> MakeTemporary(Fd directory, std::string_view key);

// Removes files that dead processes left. Ignores errors.
void SweepTemporaries(const Fd& directory);

}  // namespace dolerite

#endif  // DOLERITE_STORE_TEMPORARY_H_
