// Says which samples a question is about.
#ifndef DOLERITE_SELECTION_H_
#define DOLERITE_SELECTION_H_

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "dolerite/export.h"

namespace dolerite {

// A condition on one label of a series. A series without the label has it as "".
// Regular expressions (RE2) match the whole value.
struct LabelMatcher {
  enum class Op { kEqual, kNotEqual, kMatch, kNoMatch };
  std::string name;
  Op op = Op::kEqual;
  std::string value;
};

// Parses `{a="b", c!="d", e=~"f.*", g!~"h"}`; the braces may be left out.
// InvalidArgument, with the position, for anything else.
DOLERITE_EXPORT absl::StatusOr<std::vector<LabelMatcher>> ParseMatchers(std::string_view text);

struct Selection {
  // Profiles with start <= time < end; all if left as they are.
  int64_t start_nanos = std::numeric_limits<int64_t>::min();
  int64_t end_nanos = std::numeric_limits<int64_t>::max();
  std::vector<LabelMatcher> matchers;
  std::string profile_type;  // "": the one that there is
  std::string sample_type;   // "": the default one, else the last
};

}  // namespace dolerite

#endif  // DOLERITE_SELECTION_H_
