#include "formats/pprof/message.h"

namespace dolerite::pprof {

// Lenient: an index outside the table reads as "". Index 0 of a missing table is not counted.
StringId Message::BadString(const char* name, uint64_t index) {
  if (!ok()) return {};
  if (!input_.options.lenient) {
    Fail(name, Concat(static_cast<int64_t>(index), " is not in the string table"));
  } else if (index != 0) {
    ++input_.report.strings_replaced;
  }
  return {};
}

}  // namespace dolerite::pprof
