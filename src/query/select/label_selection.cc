// Labels of samples are decided once for each distinct label set of a dataset: a scan then looks a
// sample up by the number of its set.
#include "query/select/label_selection.h"

#include "model/attribute_text.h"
#include "query/select/selection_state.h"

namespace dolerite {

std::string LabelText(const Symbols& symbols, AttributeId label) {
  const Attributes& a = symbols.attributes;
  const uint64_t value = a.value[label.value];
  if (!a.value_is_string(label.value)) return NumberText(a.kind[label.value], value);
  return std::string(symbols.strings[StringId{static_cast<uint32_t>(value)}]);
}

std::vector<std::string> LabelTexts(const Symbols& symbols, AttributeSetId set,
                                    std::string_view name) {
  std::vector<std::string> texts;
  for (const AttributeId* label = symbols.attribute_sets.begin(set.value);
       label != symbols.attribute_sets.end(set.value); ++label) {
    if (symbols.strings[symbols.attributes.key[label->value]] == name) {
      texts.push_back(LabelText(symbols, *label));
    }
  }
  // A label that is missing has the text "", as in Prometheus.
  if (texts.empty()) texts.emplace_back();
  return texts;
}

// Without conditions on labels a scan need not decode them.
bool SelectsLabels(const SelectionFilter& filter) {
  const SelectionFilter::State& s = FilterAccess::Of(filter);
  return !s.sample_matchers.empty() || s.tag_focus || s.tag_ignore;
}

namespace {

bool Takes(const SelectionFilter::State& s, const Symbols& symbols, AttributeSetId set) {
  // All matchers must agree; a set may have several values of one name.
  for (const CompiledMatcher& matcher : s.sample_matchers) {
    if (!matcher.Takes(LabelTexts(symbols, set, matcher.name()))) return false;
  }
  if (s.tag_focus && !s.tag_focus->Takes(symbols, set)) return false;
  return !s.tag_ignore || !s.tag_ignore->Takes(symbols, set);
}

}  // namespace

// Costs sets times matchers; samples then cost a look-up.
std::vector<char> SelectLabelSets(const SelectionFilter& filter, const Symbols& symbols) {
  std::vector<char> taken(symbols.attribute_sets.size());
  for (uint32_t set = 0; set < taken.size(); ++set) {
    taken[set] = Takes(FilterAccess::Of(filter), symbols, {set});
  }
  return taken;
}

}  // namespace dolerite
