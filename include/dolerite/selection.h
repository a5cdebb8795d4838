// Says which samples a question is about.
#ifndef DOLERITE_SELECTION_H_
#define DOLERITE_SELECTION_H_

#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "dolerite/export.h"
#include "dolerite/labels.h"

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

// A selection made ready to ask: regular expressions are compiled once. Copies share them. Safe
// from many threads.
class DOLERITE_EXPORT SelectionFilter {
 public:
  // InvalidArgument for a bad regular expression, with the label's name.
  static absl::StatusOr<SelectionFilter> Make(const Selection& selection);

  // Whether profiles of this type and series are selected at some time.
  bool TakesSeries(std::string_view profile_type, const LabelSet& series) const;
  // Whether [min_nanos, max_nanos], both inclusive, has a time that is selected.
  bool TakesTimes(int64_t min_nanos, int64_t max_nanos) const;
  bool TakesTime(int64_t nanos) const { return TakesTimes(nanos, nanos); }

  const Selection& selection() const;

 private:
  struct State;
  std::shared_ptr<const State> state_;
};

}  // namespace dolerite

#endif  // DOLERITE_SELECTION_H_
