// The statuses that stores alone need. Messages carry keys and paths, never contents.
#ifndef DOLERITE_STORE_ERRORS_H_
#define DOLERITE_STORE_ERRORS_H_

#include <string_view>

#include "absl/status/status.h"
#include "base/status.h"

namespace dolerite {

// The answers that every store gives.
inline absl::Status NoSuchObject(std::string_view key) { return NotFound("no object ", key); }
inline absl::Status ObjectExists(std::string_view key) {
  return AlreadyExists("there is already an object ", key);
}
inline absl::Status VersionChanged(std::string_view key) {
  return FailedPrecondition("object ", key, " has another version");
}

// Whether the same call may succeed when it is made again.
inline bool MayPass(const absl::Status& status) {
  return absl::IsUnavailable(status) || absl::IsAborted(status) ||
         absl::IsResourceExhausted(status);
}

}  // namespace dolerite

#endif  // DOLERITE_STORE_ERRORS_H_
