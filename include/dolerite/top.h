// A tree as a table of its functions.
#ifndef DOLERITE_TOP_H_
#define DOLERITE_TOP_H_

#include <cstdint>
#include <string>
#include <vector>

#include "dolerite/export.h"
#include "dolerite/tree.h"

namespace dolerite {

// One row of a table of functions (files, lines ..).
struct TopRow {
  std::string name;
  // One for each column of the tree: of the frame itself, and with all that it called. A frame that
  // calls itself counts once.
  std::vector<int64_t> flat, cum;
};

// The rows of a tree's names, heaviest flat value (of the last column) first, then by cum, then by
// name. Exact only for a tree that was not cut. Throws std::bad_alloc where memory runs out, as its
// result has no place for a status.
DOLERITE_EXPORT std::vector<TopRow> Top(const Tree& tree);

}  // namespace dolerite

#endif  // DOLERITE_TOP_H_
