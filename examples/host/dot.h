// A tree as a graph in the DOT language of Graphviz.
#ifndef DOLERITE_EXAMPLES_HOST_DOT_H_
#define DOLERITE_EXAMPLES_HOST_DOT_H_

#include <cstddef>
#include <string>

#include "dolerite/tree.h"

namespace dolerite::host {

// Functions, and the calls between them: of the `max_nodes` functions with the largest values,
// those of their callees included. The tree has one column, and was not cut.
std::string DotGraph(const Tree& tree, size_t max_nodes);

}  // namespace dolerite::host

#endif  // DOLERITE_EXAMPLES_HOST_DOT_H_
