// Flame graphs of groups as one.
#ifndef DOLERITE_EXAMPLES_GROUP_TREE_H_
#define DOLERITE_EXAMPLES_GROUP_TREE_H_

#include <vector>

#include "dolerite/query.h"

namespace dolerite::cli {

// A tree in which each group is a child of the root, named by its labels. Totals are not summed.
Tree JoinGroups(std::vector<GroupedTree> groups);

}  // namespace dolerite::cli

#endif  // DOLERITE_EXAMPLES_GROUP_TREE_H_
