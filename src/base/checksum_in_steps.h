// A checksum of large inputs, for calls that can be stopped.
#ifndef DOLERITE_BASE_CHECKSUM_IN_STEPS_H_
#define DOLERITE_BASE_CHECKSUM_IN_STEPS_H_

#include <cstdint>
#include <functional>
#include <string_view>

#include "absl/status/statusor.h"

namespace dolerite {

// Checksum64 of the bytes. Asks `check` before each MiB of more than one, and returns what it says
// if that is not OK.
absl::StatusOr<uint64_t> ChecksumInSteps(std::string_view bytes,
                                         const std::function<absl::Status()>& check);

}  // namespace dolerite

#endif  // DOLERITE_BASE_CHECKSUM_IN_STEPS_H_
