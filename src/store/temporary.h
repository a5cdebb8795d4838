// Files that are being written, before they have a name.
#ifndef DOLERITE_STORE_TEMPORARY_H_
#define DOLERITE_STORE_TEMPORARY_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "store/posix.h"

namespace dolerite {

// A file with a passing name in `directory`, removed at the end. Its lock lasts as
// long as the process, so that others can tell it from what a dead process left.
struct Temporary {
  Fd directory, file;
  std::string name;

  Temporary() = default;
  Temporary(Temporary&&) = default;
  ~Temporary();
  // The name is gone: there is nothing to remove.
  void Forget() { file = Fd(); }
};

// Writes one; `key` is for messages.
absl::StatusOr<Temporary> WriteTemporary(Fd directory, std::string_view key, std::string_view bytes,
                                         bool sync);

// Removes what dead processes left, as far as that is possible.
void SweepTemporaries(const Fd& directory);

}  // namespace dolerite

#endif  // DOLERITE_STORE_TEMPORARY_H_
