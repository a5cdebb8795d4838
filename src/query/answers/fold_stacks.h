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
inline constexpr size_t kFoldBytes = 40;

// Counts the frames that inlined calls add to a dataset's stacks: a location of many lines makes
// many frames in every stack that passes it, so few bytes may make very many. Where the host sets
// no bound, the dataset's stored bytes bound them.
absl::Status HoldFrames(FrameBy by, const DatasetView& view);

// Columns of a tree, and the sums that each gets, by stack of a dataset.
using SumColumns = std::vector<std::pair<size_t, const StackSums*>>;

// The flame graph of one dataset, as a tree of `width` columns. All of `columns` share the selected
// stacks. Stacks that lead to no value make no node. Not OK only if the host has stopped the call.
absl::StatusOr<SumTree> FoldStacks(const SelectedStacks& selected, FrameBy by,
                                   const SumColumns& columns, size_t width,
                                   const CallContext& call);

}  // namespace dolerite

#endif  // DOLERITE_QUERY_ANSWERS_FOLD_STACKS_H_
