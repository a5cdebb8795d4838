// From sums by stack to sums by frame.
#ifndef DOLERITE_QUERY_ANSWERS_FOLD_STACKS_H_
#define DOLERITE_QUERY_ANSWERS_FOLD_STACKS_H_

#include <cstddef>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "dolerite/call_context.h"
#include "dolerite/query.h"
#include "model/sum_tree.h"
#include "query/answers/stack_sums.h"
#include "query/query_core.h"
#include "query/select/stack_selection.h"

namespace dolerite {

// Bytes that the fold holds for each stack, beside what inlined frames take.
inline constexpr size_t kFoldBytes = 72;

// Counts the frames that inlined calls add to a dataset's stacks: a location of many lines makes
// many frames in every stack that passes it, so few bytes may make very many. Where the host sets
// no bound, the dataset's stored bytes bound them.
absl::Status HoldFrames(FrameBy by, const DatasetView& view);

// A tree of frames, and by stack the node of its innermost frame (0 for stacks without a node).
struct FoldedStacks {
  SumTree tree;  // all sums are 0
  std::vector<uint32_t> node;
};

// Makes the nodes of the stacks that are wanted (by stack of `tables`, which are in pre-order) and
// of those above them. Not OK only if the host has stopped the call.
absl::StatusOr<FoldedStacks> FoldStacks(const MergedTables& tables, std::vector<char> wanted,
                                        FrameBy by, size_t columns, const CallContext& call);

// Columns of a tree, and the sums that each gets, by stack of a dataset.
using SumColumns = std::vector<std::pair<size_t, const StackSums*>>;

// The flame graph of one dataset, as a tree of `width` columns. All of `columns` share the selected
// stacks. Stacks that lead to no value make no node. Not OK only if the host has stopped the call.
absl::StatusOr<SumTree> FoldSums(const SelectedStacks& selected, FrameBy by,
                                 const SumColumns& columns, size_t width, const CallContext& call);

}  // namespace dolerite

#endif  // DOLERITE_QUERY_ANSWERS_FOLD_STACKS_H_
