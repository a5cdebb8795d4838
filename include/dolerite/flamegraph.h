// Trees written for people and for other tools.
#ifndef DOLERITE_FLAMEGRAPH_H_
#define DOLERITE_FLAMEGRAPH_H_

#include <string>

#include "absl/status/statusor.h"
#include "dolerite/export.h"
#include "dolerite/tree.h"

namespace dolerite {

struct FlameGraphOptions {
  std::string title = "Flame graph";
  std::string subtitle;  // what was selected
  // Names of the two columns of a tree that compares.
  std::string base_name = "base", against_name = "against";
};

// One HTML page that needs no network: zoom, search, tooltips, a table of functions,
// light and dark, and for a tree that compares, colours by change. What is shown is
// part of the page's address (#zoom=12&search=malloc). Names may hold anything: bytes
// that are not UTF-8 become U+FFFD. Values are exact to 64 bits. Reads self values
// only. Quick with tens of thousands of nodes; Tree::Cut larger trees first.
DOLERITE_EXPORT std::string FlameGraphHtml(const Tree& tree, const FlameGraphOptions& options = {});

// Collapsed stacks: `a;b;c 12`, a line for each node with a self value other
// than 0; with two columns `a;b;c 12 15`. In names `;`, newline, CR and `\` are
// escaped as \x3b, \n, \r and \\, and an empty name is \e, so that every line can be
// read back. The root's own value has a line with an empty stack.
DOLERITE_EXPORT std::string FoldedStacks(const Tree& tree);

// One JSON object on one line: {"type","unit","names":[...],"nodes":{"name":[...],
// "parent":[...],"self":[...],"total":[...]}}, with base_self, base_total, against_self
// and against_total for two columns. A node's name is a row of names, its parent a row of nodes;
// the root's parent is 0. Numbers have up to 64 bits. Text as on the page.
DOLERITE_EXPORT std::string TreeJson(const Tree& tree);

}  // namespace dolerite

#endif  // DOLERITE_FLAMEGRAPH_H_
