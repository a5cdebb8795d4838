// Profiles as text: a stack and a value a line, or a stack a line.
#ifndef DOLERITE_EXAMPLES_HOST_FOLDED_H_
#define DOLERITE_EXAMPLES_HOST_FOLDED_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "dolerite/profile.h"

namespace dolerite::host {

struct FoldedOptions {
  bool lines = false;  // each line is a stack that counts 1; else `a;b;c 12`
  std::string type = "cpu", unit = "nanoseconds";
  int64_t factor = 10'000'000;  // of each value
};

// Stacks have the root first. InvalidArgument, with the line, for a line without a value, for a sum
// that leaves 64 bits, for more than 8,192 frames, or if there is no stack.
absl::StatusOr<Profile> ReadFolded(std::string_view text, const FoldedOptions& options);

}  // namespace dolerite::host

#endif  // DOLERITE_EXAMPLES_HOST_FOLDED_H_
