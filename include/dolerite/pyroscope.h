// A tree as Pyroscope's clients read it.
#ifndef DOLERITE_PYROSCOPE_H_
#define DOLERITE_PYROSCOPE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "dolerite/export.h"
#include "dolerite/tree.h"

namespace dolerite {

// The fields of the messages FlameGraph and FlameGraphDiff of querier/v1/querier.proto, and of the
// "flamebearer" of /pyroscope/render. A level holds the nodes of one depth from left to right; the
// root is level 0. Numbers of a node:
//
//   one column:   offset, total, self, name
//   two columns:  offset, total, self of the base; the same of the other side; name
//
// offset: from the end of the node to its left (from 0 for the first node) to the begin of this
// one. The children of a node lie side by side from its begin plus its self value on, and a node
// is as wide as its total. name: a row of names; row 0 is "total", the root's.
struct FlamebearerLevels {
  std::vector<std::string> names;  // UTF-8
  std::vector<std::vector<int64_t>> levels;
  int64_t total = 0;                          // of both sides
  int64_t max_self = 0;                       // the largest self value of a node
  int64_t base_total = 0, against_total = 0;  // of two columns ("ticks"), else 0
};

// The tree node by node, whose totals must be set. What Tree::Cut folded is called "other",
// Pyroscope's word for it. Names: what is not UTF-8 becomes U+FFFD. OutOfRange if both sides add up
// to more than 64 bits, or totals are not those of the self values. InvalidArgument for a tree
// without root or columns.
DOLERITE_EXPORT absl::StatusOr<FlamebearerLevels> ToFlamebearerLevels(const Tree& tree);

// The bytes of a merged tree of one column (pkg/model/tree.go, as SelectMergeStacktraces answers
// with the format "tree"): for each node the length of its name, the name, its self value, and how
// many children follow; numbers are varints. First a root without name and value; a node's children
// follow it each with its own, the last child first. The value of the empty stack, which such a
// root can't have, is a node without name. Names are as they are. No bytes for a tree of no value.
// InvalidArgument for a tree that has not one column.
DOLERITE_EXPORT absl::StatusOr<std::string> ToPyroscopeTree(const Tree& tree);

}  // namespace dolerite

#endif  // DOLERITE_PYROSCOPE_H_
