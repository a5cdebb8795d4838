// What a selection makes of the stacks of a dataset.
#ifndef DOLERITE_QUERY_SELECT_STACK_SELECTION_H_
#define DOLERITE_QUERY_SELECT_STACK_SELECTION_H_

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "dolerite/selection.h"
#include "model/symbol_merger.h"

namespace dolerite {

inline constexpr uint32_t kNoStack = UINT32_MAX;

// Expressions see each entry of a dictionary once; then one walk down the tree of stacks decides.
struct SelectedStacks {
  // What to name stacks by: the dataset's own tables, or changed ones that left frames out. Stacks
  // are in pre-order in both.
  const MergedTables* tables = nullptr;
  // For each stack of the dataset its stack in `tables`, or kNoStack.
  std::vector<uint32_t> stack_of;
  std::unique_ptr<const MergedTables> changed;

  // Whether all stacks are selected, as they are; stack_of is then empty.
  bool all() const { return stack_of.empty(); }
  uint32_t operator[](uint32_t stack) const { return all() ? stack : stack_of[stack]; }
};

// Whether the filter looks at addresses: tables must then have them.
bool SelectsAddresses(const SelectionFilter& filter);

SelectedStacks SelectStacks(const SelectionFilter& filter, const MergedTables& tables);

// The stacks in which a function, named as in flame graphs, is called (1 a stack), or, if `self`,
// whose innermost frame it is.
std::vector<char> StacksWithFunction(const MergedTables& tables, std::string_view function,
                                     bool self);

}  // namespace dolerite

#endif  // DOLERITE_QUERY_SELECT_STACK_SELECTION_H_
