// What a selection compiles to.
#ifndef DOLERITE_QUERY_SELECT_SELECTION_STATE_H_
#define DOLERITE_QUERY_SELECT_SELECTION_STATE_H_

#include <optional>
#include <string_view>
#include <vector>

#include "dolerite/selection.h"
#include "query/select/regex.h"
#include "query/select/tag_filter.h"

namespace dolerite {

class CompiledMatcher {
 public:
  static absl::StatusOr<CompiledMatcher> Make(const LabelMatcher& matcher);

  const std::string& name() const { return name_; }
  // If a name has several values, a positive matcher takes the set if one of them matches, and a
  // negative one if none of them does.
  template <class Values>
  bool Takes(const Values& values) const {
    bool found = false;
    for (std::string_view value : values) found = found || IsOne(value);
    return found != negative_;
  }
  // Whether a value from `first` to `last` may be taken; true if that can't be told.
  bool MayTakeBetween(std::string_view first, std::string_view last) const {
    return regex_ || negative_ || (first <= value_ && value_ <= last);
  }

 private:
  bool IsOne(std::string_view value) const {
    return regex_ ? regex_.MatchesAllOf(value) : value == value_;
  }

  std::string name_, value_;
  Regex regex_;
  bool negative_ = false;
};

struct SelectionFilter::State {
  Selection selection;
  // Pyroscope's five parts: name, sample type and unit, period type and unit.
  std::optional<std::array<std::string, 5>> type_parts;
  std::vector<CompiledMatcher> matchers, sample_matchers;
  std::optional<TagFilter> tag_focus, tag_ignore;
  Regex focus, ignore, hide, show, show_from, drop, keep;

  // Whether profile types of this name may be selected.
  bool TakesTypeName(std::string_view name) const;
};

// The library's way into a filter.
struct FilterAccess {
  static const SelectionFilter::State& Of(const SelectionFilter& filter) { return *filter.state_; }
};

}  // namespace dolerite

#endif  // DOLERITE_QUERY_SELECT_SELECTION_STATE_H_
