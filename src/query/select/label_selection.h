// Which label sets of a dataset a selection takes.
#ifndef DOLERITE_QUERY_SELECT_LABEL_SELECTION_H_
#define DOLERITE_QUERY_SELECT_LABEL_SELECTION_H_

#include <string>
#include <vector>

#include "dolerite/selection.h"
#include "dolerite/symbols.h"

namespace dolerite {

// A label's value as text: what matchers compare and groups are named by. Doubles as the shortest
// decimals that give them back; bytes and structures as they are.
std::string LabelText(const Symbols& symbols, AttributeId label);

// The texts of all values that a set has for one name; {""} if it has none.
std::vector<std::string> LabelTexts(const Symbols& symbols, AttributeSetId set,
                                    std::string_view name);

bool SelectsLabels(const SelectionFilter& filter);

// By label set, each looked at once.
std::vector<char> SelectLabelSets(const SelectionFilter& filter, const Symbols& symbols);

}  // namespace dolerite

#endif  // DOLERITE_QUERY_SELECT_LABEL_SELECTION_H_
