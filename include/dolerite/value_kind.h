// How values that were measured at different times and places go together.
#ifndef DOLERITE_VALUE_KIND_H_
#define DOLERITE_VALUE_KIND_H_

#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "dolerite/export.h"

namespace dolerite {

enum class ValueKind : uint8_t {  // frozen: in splits
  kCounter = 0,                   // what happened in a profile's time: values add up
  kGauge = 1,  // a level at a profile's time: averaged over time, added over series
};

// Kinds by profile type and sample type ("heap", "inuse_space"); a profile type of "" means any.
// All else is a counter: an empty table gives plain sums.
using ValueKinds = std::map<std::pair<std::string, std::string>, ValueKind>;

// Gauges: memory in use, goroutines, threads.
DOLERITE_EXPORT const ValueKinds& DefaultValueKinds();

}  // namespace dolerite

#endif  // DOLERITE_VALUE_KIND_H_
