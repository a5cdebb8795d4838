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

}  // namespace dolerite::ask

#endif  // DOLERITE_ASK_SHOWN_TREE_H_
