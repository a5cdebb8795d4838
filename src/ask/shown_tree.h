// Trees as the form of a question wants them shown.
#ifndef DOLERITE_ASK_SHOWN_TREE_H_
#define DOLERITE_ASK_SHOWN_TREE_H_

#include "absl/status/statusor.h"
#include "dolerite/any_question.h"
#include "dolerite/tree.h"

namespace dolerite::ask {

// Names demangled, unless `mangled`.
Tree Shown(Tree tree, bool mangled);
// Callers or callees of the form's function, or the tree itself. NotFound if no stack has it.
absl::StatusOr<Tree> ViewOf(Tree tree, const FormOf<TreeQuestion>& form);
// How many functions a table of at most `rows` leaves out; 0: none.
uint64_t RowsCut(const Tree& tree, size_t rows);

}  // namespace dolerite::ask

#endif  // DOLERITE_ASK_SHOWN_TREE_H_
