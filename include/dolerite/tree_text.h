// Trees as text for other tools. Both functions throw std::bad_alloc where memory runs out, as
// their results have no place for a status.
#ifndef DOLERITE_TREE_TEXT_H_
#define DOLERITE_TREE_TEXT_H_

#include <string>

#include "dolerite/export.h"
#include "dolerite/tree.h"

namespace dolerite {

// Collapsed stacks: `a;b;c 12`, a line for each node with a self value other than 0; with two
// columns `a;b;c 12 15`. The root's own value has a line with an empty stack. Every line can be
// read back: in names `;`, control characters (of writing direction too) and bytes that are not
// UTF-8 are \xHH, byte by byte, and an empty name is \e. A backslash is doubled only where it would
// begin one of these three escapes: before a backslash or xHH, or in the name \e.
DOLERITE_EXPORT std::string FoldedStacks(const Tree& tree);

// One JSON object on one line: {"type","unit","names":[...],"nodes":{"name":[...],
// "parent":[...],"self":[...],"total":[...]}}, with base_self, base_total, against_self
// and against_total for two columns; behind unit "aggregate" unless that is "sum", and "cut_nodes"
// if nodes were cut: they are summed up in nodes named "(other)". A node's name is a row of names,
// its parent a row of nodes; the root's parent is 0. Numbers have up to 64 bits. Bytes that are not
// UTF-8 become U+FFFD.
DOLERITE_EXPORT std::string TreeJson(const Tree& tree);

}  // namespace dolerite

#endif  // DOLERITE_TREE_TEXT_H_
