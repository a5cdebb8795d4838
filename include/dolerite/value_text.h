// Values written for people.
#ifndef DOLERITE_VALUE_TEXT_H_
#define DOLERITE_VALUE_TEXT_H_

#include <string>
#include <string_view>

#include "dolerite/export.h"

namespace dolerite {

// About three digits in the largest step of the unit that leaves 1 or more: `1.50s` for 1.5e9
// nanoseconds, `2.00KiB` for 2048 bytes, `12.3k samples`. Units are those of units.h; others are
// counted in thousands, and follow the number unless they are "count". A dash if not finite.
DOLERITE_EXPORT std::string ValueText(double value, std::string_view unit);

}  // namespace dolerite

#endif  // DOLERITE_VALUE_TEXT_H_
