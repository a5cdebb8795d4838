// A tree as a page for people.
#ifndef DOLERITE_FLAMEGRAPH_H_
#define DOLERITE_FLAMEGRAPH_H_

#include <string>

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
// only. Quick with tens of thousands of nodes; Tree::Cut larger trees first. Throws
// std::bad_alloc where memory runs out, as its result has no place for a status.
DOLERITE_EXPORT std::string FlameGraphHtml(const Tree& tree, const FlameGraphOptions& options = {});

}  // namespace dolerite

#endif  // DOLERITE_FLAMEGRAPH_H_
