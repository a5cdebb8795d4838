// Tag filters as google/pprof reads them: `[key=]low:high` with units compares numbers, anything
// else is a list of expressions that are looked for in labels that are texts.
#include "query/select/tag_filter.h"

#include <algorithm>
#include <charconv>

#include "base/text.h"

namespace dolerite {

namespace {

bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// Takes `[+-]digits[letters]` from the front.
// The sign stays with the digits, but from_chars takes no plus.
bool TakeNumber(std::string_view* text, std::string_view* digits, std::string_view* unit) {
  size_t at = !text->empty() && (text->front() == '+' || text->front() == '-') ? 1 : 0;
  const size_t first_digit = at;
  while (at < text->size() && (*text)[at] >= '0' && (*text)[at] <= '9') ++at;
  if (at == first_digit) return false;
  *digits = text->substr(text->front() == '+' ? 1 : 0, at - (text->front() == '+' ? 1 : 0));
  const size_t first_letter = at;
  while (at < text->size() && IsLetter((*text)[at])) ++at;
  *unit = text->substr(first_letter, at - first_letter);
  text->remove_prefix(at);
  return true;
}

// A number without a unit is in the unit that its key names.
std::string_view UnitOf(std::string_view key, std::string_view unit) {
  if (!unit.empty()) return unit;
  return key == "alignment" || key == "request" ? "bytes" : key;
}

}  // namespace

// All units of a dimension in the smallest one, in 128 bits, so that comparisons do not round.
Quantity QuantityOf(int64_t value, std::string_view name) {
  const Unit unit = UnitNamed(name);
  if (unit.dimension == Dimension::kOther) return {unit.dimension, value, std::string(name)};
  return {unit.dimension, __int128{value} * unit.factor, ""};
}

// Reads `number`, `number:`, `:number` and `number:number`. Anything else is no range.
absl::Status TagFilter::SetRange(std::string_view text, std::string_view place, bool* is_range) {
  *is_range = false;
  std::string_view rest = text, digits[2], units[2];
  const bool open_below = rest.starts_with(":");
  if (open_below) rest.remove_prefix(1);
  if (!TakeNumber(&rest, &digits[0], &units[0])) return absl::OkStatus();
  const bool has_colon = !open_below && rest.starts_with(":");
  if (has_colon) rest.remove_prefix(1);
  const bool has_second = has_colon && TakeNumber(&rest, &digits[1], &units[1]);
  if (!rest.empty()) return absl::OkStatus();
  Bound bounds[2];
  for (int i = 0; i <= has_second; ++i) {
    const char* end = digits[i].data() + digits[i].size();
    if (std::from_chars(digits[i].data(), end, bounds[i].value).ec != std::errc()) {
      return InvalidArgument(place, ": the number ", digits[i], " leaves 64 bits");
    }
    bounds[i].quantity = QuantityOf(bounds[i].value, units[i]);
  }
  const Quantity &low = bounds[0].quantity, &high = bounds[1].quantity;
  // Bounds of two dimensions make a regular expression of it, as in google/pprof.
  if (has_second && (low.dimension != high.dimension || low.unit != high.unit))
    return absl::OkStatus();
  *is_range = true;
  if (!open_below) least_ = bounds[0];
  if (open_below || !has_colon) most_ = bounds[0];
  if (has_second) most_ = bounds[1];
  return absl::OkStatus();
}

// A range, if the text is one; else a list of expressions, separated by commas.
absl::StatusOr<TagFilter> TagFilter::Make(std::string_view text, std::string_view place) {
  TagFilter filter;
  if (const size_t equals = text.find('='); equals != std::string_view::npos) {
    filter.key_ = std::string(text.substr(0, equals));
    text.remove_prefix(equals + 1);
  }
  DOLERITE_RETURN_IF_ERROR(filter.SetRange(text, place, &filter.is_range_));
  while (!filter.is_range_) {
    const size_t comma = text.find(',');
    DOLERITE_ASSIGN_OR_RETURN(Regex regex, Regex::Make(text.substr(0, comma), place));
    filter.regexes_.push_back(std::move(regex));
    if (comma == std::string_view::npos) break;
    text.remove_prefix(comma + 1);
  }
  return filter;
}

// A number in an unknown unit is compared as it is.
bool TagFilter::TakesNumber(int64_t value, std::string_view unit) const {
  const Quantity quantity = QuantityOf(value, unit);
  const auto compare = [&](const Bound& bound, bool at_least) {
    const bool plain = quantity.dimension == Dimension::kOther;
    if (!plain && bound.quantity.dimension != quantity.dimension) return false;
    const __int128 mine = plain ? value : quantity.amount;
    const __int128 theirs = plain ? bound.value : bound.quantity.amount;
    return at_least ? mine >= theirs : mine <= theirs;
  };
  return (!least_ || compare(*least_, true)) && (!most_ || compare(*most_, false));
}

// With a key one expression must be found in its value; without one all must be found in the
// `key:value` of some label.
bool TagFilter::TakesText(const Symbols& symbols, AttributeSetId set) const {
  const Attributes& labels = symbols.attributes;
  const auto found = [&](const Regex& regex) {
    for (const AttributeId* l = symbols.attribute_sets.begin(set.value);
         l != symbols.attribute_sets.end(set.value); ++l) {
      if (labels.kind[l->value] != AttributeKind::kString) continue;
      const std::string_view key = symbols.strings[labels.key[l->value]];
      const std::string_view value =
          symbols.strings[StringId{static_cast<uint32_t>(labels.value[l->value])}];
      if (key_ ? key == *key_ && regex.FoundIn(value) : regex.FoundIn(Concat(key, ":", value))) {
        return true;
      }
    }
    return false;
  };
  return key_ ? std::any_of(regexes_.begin(), regexes_.end(), found)
              : std::all_of(regexes_.begin(), regexes_.end(), found);
}

// Ranges look at numbers, expressions at texts: as in google/pprof a label of the other kind never
// matches.
bool TagFilter::Takes(const Symbols& symbols, AttributeSetId set) const {
  if (!is_range_) return TakesText(symbols, set);
  const Attributes& labels = symbols.attributes;
  return std::any_of(symbols.attribute_sets.begin(set.value), symbols.attribute_sets.end(set.value),
                     [&](AttributeId label) {
                       if (labels.kind[label.value] != AttributeKind::kInteger) return false;
                       const std::string_view key = symbols.strings[labels.key[label.value]];
                       if (key_ && key != *key_) return false;
                       return TakesNumber(static_cast<int64_t>(labels.value[label.value]),
                                          UnitOf(key, symbols.strings[labels.unit[label.value]]));
                     });
}

}  // namespace dolerite
