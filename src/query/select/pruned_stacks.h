// Stacks without what the profiles' authors find uninteresting.
#ifndef DOLERITE_QUERY_SELECT_PRUNED_STACKS_H_
#define DOLERITE_QUERY_SELECT_PRUNED_STACKS_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "model/symbol_merger.h"
#include "query/select/regex.h"

namespace dolerite {

struct PrunedStacks {
  std::unique_ptr<const MergedTables> tables;
  std::vector<uint32_t> stack_of;  // for each stack its stack in `tables`
};

// Ends each stack at the first frame that `drop` matches and `keep`, if there is one, does not.
// Source: Profile.Prune of github.com/google/pprof/blob/main/profile/prune.go
PrunedStacks PruneStacks(const Regex& drop, const Regex& keep, const MergedTables& tables);

}  // namespace dolerite

#endif  // DOLERITE_QUERY_SELECT_PRUNED_STACKS_H_
