// Names of C++ and Rust functions as people write them.
#ifndef DOLERITE_DEMANGLE_H_
#define DOLERITE_DEMANGLE_H_

#include <string>
#include <string_view>

#include "dolerite/export.h"
#include "dolerite/tree.h"

namespace dolerite {

// The name that a linker's name encodes: C++ by the Itanium ABI, Rust in its v0 and legacy forms;
// macOS puts one more underscore in front. All other names come back as they are, and so do names
// that are not well formed, longer than 1,024 bytes, or refer back to their own parts so often that
// they could grow large: names come from files, and the work for each must stay small. Stack
// filters (selection.h) match names both as they are stored and demangled.
DOLERITE_EXPORT std::string Demangle(std::string_view name);

// The tree with names demangled. A row of a frame's name is its first word: what follows the first
// space (a file, an address) stays. Siblings that are then called alike become one. Both functions
// throw std::bad_alloc where memory runs out, as their results have no place for a status.
DOLERITE_EXPORT Tree Demangled(const Tree& tree);

}  // namespace dolerite

#endif  // DOLERITE_DEMANGLE_H_
