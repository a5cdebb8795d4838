// Flame graphs of groups as one.
#ifndef DOLERITE_ASK_JOIN_GROUPS_H_
#define DOLERITE_ASK_JOIN_GROUPS_H_

#include <vector>

#include "dolerite/query.h"

namespace dolerite::ask {

// A tree in which each group is a child of the root, named by its labels. Totals are not summed.
Tree JoinGroups(std::vector<GroupedTree> groups);

}  // namespace dolerite::ask

#endif  // DOLERITE_ASK_JOIN_GROUPS_H_
