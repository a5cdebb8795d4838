// google/pprof's -tagfocus and -tagignore.
#ifndef DOLERITE_QUERY_SELECT_TAG_FILTER_H_
#define DOLERITE_QUERY_SELECT_TAG_FILTER_H_

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "dolerite/symbols.h"
#include "dolerite/units.h"
#include "query/select/regex.h"

namespace dolerite {

// A number with a unit, in the smallest unit of its dimension.
struct Quantity {
  Dimension dimension = Dimension::kOther;
  __int128 amount = 0;
  std::string unit;  // kOther only
};
Quantity QuantityOf(int64_t value, std::string_view unit);

// `[key=]regex[,regex]` is about text labels, `[key=]range` about numbers. Without a key any label
// will do, and each of the expressions, which see `key:value`, must find one; with a key one of
// them is enough.
class TagFilter {
 public:
  // `place` begins error messages.
  static absl::StatusOr<TagFilter> Make(std::string_view text, std::string_view place);

  bool Takes(const Symbols& symbols, AttributeSetId set) const;

 private:
  struct Bound {
    int64_t value = 0;
    Quantity quantity;
  };
  absl::Status SetRange(std::string_view text, std::string_view place, bool* is_range);
  bool TakesNumber(int64_t value, std::string_view unit) const;
  bool TakesText(const Symbols& symbols, AttributeSetId set) const;

  std::optional<std::string> key_;
  bool is_range_ = false;
  std::optional<Bound> least_, most_;
  std::vector<Regex> regexes_;
};

}  // namespace dolerite

#endif  // DOLERITE_QUERY_SELECT_TAG_FILTER_H_
