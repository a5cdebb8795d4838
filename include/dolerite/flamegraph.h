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

// One HTML page that needs no network: zoom, search, tooltips, and for a tree
// that compares, colours by change. Bytes that are not UTF-8 become U+FFFD.
DOLERITE_EXPORT std::string FlameGraphHtml(const Tree& tree, const FlameGraphOptions& options = {});

// Collapsed stacks: `a;b;c 12`, a line for each node with a self value other
// than 0; with two columns `a;b;c 12 15`. In names `;`, newline, CR and `\` are
// escaped as \x3b, \n, \r and \\ so that every line can be read back.
DOLERITE_EXPORT std::string FoldedStacks(const Tree& tree);

// One JSON object: {"type","unit","names":[...],"nodes":{"name":[...],"parent":[...],
// "self":[...],"total":[...]}}, with base_self.. and against_self.. for two columns.
DOLERITE_EXPORT std::string TreeJson(const Tree& tree);

}  // namespace dolerite

#endif  // DOLERITE_FLAMEGRAPH_H_
