// Makes marks of shared tables: for the views of the library alone.
#ifndef DOLERITE_MODEL_TABLES_MARKER_H_
#define DOLERITE_MODEL_TABLES_MARKER_H_

#include <memory>

#include "dolerite/profile.h"

namespace dolerite {

struct TablesMarker {
  // Differs from all marks that are kept. Whoever marks tables gives away const profiles only, and
  // changes rows that a profile has only with a new mark.
  static TablesMark New() { return TablesMark(std::make_shared<const char>()); }
};

}  // namespace dolerite

#endif  // DOLERITE_MODEL_TABLES_MARKER_H_
