// Queries in pieces that any engine can run: plan, execute anywhere, merge, finish.
//
//   QueryPlan plan = *MakePlan(blocks, TreeQuestion{selection});
//   for each split, or some at once, on any machine:  partial = *Execute(store, split.bytes)
//   in any order and grouping:       partial = *MergePartials({a, b, ..})
//   Tree tree = *(*TreeQuery::Parse(partial)).Finish({.max_nodes = 1000})   of an rvalue
#ifndef DOLERITE_PLAN_H_
#define DOLERITE_PLAN_H_

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "dolerite/block_reader.h"
#include "dolerite/export.h"
#include "dolerite/object_store.h"
#include "dolerite/query.h"

namespace dolerite {

// Some datasets of one block, and the question to ask of them.
struct Split {
  std::string bytes;  // self-contained, versioned, checksummed
  std::string block;  // the block's key
  std::vector<std::string> datasets;
  // What it will read from the store, from the block's metadata: bytes and requests, with the
  // request that opens the block. That brings its end, which of a small block is all there is.
  uint64_t estimated_bytes = 0;
  uint64_t estimated_requests = 0;
};

struct QueryPlan {
  std::vector<Split> splits;
  size_t blocks = 0, datasets = 0;                // that were looked at
  size_t pruned_blocks = 0, pruned_datasets = 0;  // that can't hold what is selected
  // What planning itself has read from the store, of a snapshot: see QueryCost::requests.
  uint64_t planning_requests = 0, planning_bytes = 0;
};

struct PlanOptions {
  // Datasets of a block share a split up to so many estimated bytes; 0: a split for each. Each
  // split opens its block anew.
  uint64_t split_bytes = uint64_t{64} << 20;
};

// Leaves out what time, labels and types in the footers of the blocks rule out. Reads nothing but
// what the readers hold. InvalidArgument as Query::Add.
template <class Question>
absl::StatusOr<QueryPlan> MakePlan(std::span<const BlockReader* const> blocks,
                                   const Question& question, const PlanOptions& options = {});
// The same without the profiles that the views leave out: splits know them.
template <class Question>
absl::StatusOr<QueryPlan> MakePlan(const BlockViews& views, const Question& question,
                                   const PlanOptions& options = {});

// Answers a split from the store that has its block: a partial of the question, as of
// Query::Serialize. DataLoss for bytes that are damaged or not a split, Unimplemented for those of
// a newer version, FailedPrecondition if the block is not the one that was planned for; else as
// Query::Add.
DOLERITE_EXPORT absl::StatusOr<std::string> Execute(const ObjectStore& store,
                                                    std::string_view split,
                                                    const QueryOptions& options = {},
                                                    const BlockReader::Options& reading = {});
// Answers splits of one question into one partial: as merging their partials, but nothing is
// written and parsed in between, and splits of one block that follow each other open it once.
// InvalidArgument if there are none, or if they are of different questions or snapshots;
// AlreadyExists if two have the same dataset of a block.
DOLERITE_EXPORT absl::StatusOr<std::string> Execute(const ObjectStore& store,
                                                    std::span<const std::string_view> splits,
                                                    const QueryOptions& options = {},
                                                    const BlockReader::Options& reading = {});

// Merges partials into one. InvalidArgument if there are none; else as Query::Parse and
// Query::Merge. Of the options only `memory_bytes` and `call` matter.
DOLERITE_EXPORT absl::StatusOr<std::string> MergePartials(
    std::span<const std::string_view> partials, const QueryOptions& options = {});

}  // namespace dolerite

#endif  // DOLERITE_PLAN_H_
