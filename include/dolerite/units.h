// Units of values by their names.
#ifndef DOLERITE_UNITS_H_
#define DOLERITE_UNITS_H_

#include <cstdint>
#include <string_view>

#include "dolerite/export.h"

namespace dolerite {

// What a unit measures. Values in units of one dimension, except kOther, can be added up.
enum class Dimension : uint8_t { kOther, kBytes, kTime };

struct Unit {
  Dimension dimension = Dimension::kOther;
  // How many bytes or nanoseconds it is; 1 for kOther. Of two factors of one dimension the smaller
  // divides the larger.
  int64_t factor = 1;
};

// The unit of this name, in any letter case, singular or plural: "ns", "Nanoseconds", "B", "By",
// "KiB", "kilobytes" .. As in google/pprof a kilobyte has 1,024 bytes. kOther for names that are
// not known: counts, samples, "".
DOLERITE_EXPORT Unit UnitNamed(std::string_view name);

// Whether values in these units are values of one kind: the names are equal or name units of one
// dimension.
DOLERITE_EXPORT bool SameDimension(std::string_view unit, std::string_view other);

}  // namespace dolerite

#endif  // DOLERITE_UNITS_H_
