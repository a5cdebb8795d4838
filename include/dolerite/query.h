// Questions to blocks. Every question is a partial answer that grows: Add blocks,
// Merge other partials of the same question, and Finish once. Adding and merging may happen
// in any order and grouping; the answer is the same. None is thread-safe: use one
// partial a thread and merge.
#ifndef DOLERITE_QUERY_H_
#define DOLERITE_QUERY_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "dolerite/block_reader.h"
#include "dolerite/export.h"
#include "dolerite/profile.h"
#include "dolerite/selection.h"
#include "dolerite/tree.h"

namespace dolerite {

// What one frame of an answer stands for.
enum class FrameBy {
  kFunction,  // the function's name
  kLine,      // function, file and line
  kFile,      // source file
  kAddress,   // function and address, relative to its mapping
  kMapping,   // binary or library
};

// What an answer cost.
struct QueryCost {
  uint64_t requests = 0;
  uint64_t bytes_read = 0;
  uint64_t profiles = 0;
  uint64_t row_groups = 0;
  uint64_t row_groups_from_heads = 0;
  uint64_t rows = 0;  // runs and samples that were looked at

  QueryCost& operator+=(const QueryCost& other);
};

struct QueryOptions {
  FrameBy by = FrameBy::kFunction;
  // Reads bodies even where heads would do. For tests and measurements.
  bool heads = true;
};

// All errors of Add name the block. InvalidArgument: a bad regular expression; several profile
// types match and none is named (the message lists them); the sample type is unknown. After an
// error the partial is as before. A selection that matches nothing adds nothing.
class DOLERITE_EXPORT TreeQuery {
 public:
  explicit TreeQuery(Selection selection, const QueryOptions& options = {});
  ~TreeQuery();
  TreeQuery(TreeQuery&&) noexcept;
  TreeQuery& operator=(TreeQuery&&) noexcept;

  absl::Status Add(const BlockReader& block);
  // InvalidArgument if the other one measures something else.
  absl::Status Merge(TreeQuery&& other);
  // The flame graph, with at most max_nodes nodes beside the ones that stand for what was cut
  // (0: all). OutOfRange if a sum leaves 64 bits.
  absl::StatusOr<Tree> Finish(size_t max_nodes = 0) &&;

  const QueryCost& cost() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Two selections side by side, in one pass over what they share.
class DOLERITE_EXPORT DiffQuery {
 public:
  DiffQuery(Selection base, Selection against, const QueryOptions& options = {});
  ~DiffQuery();
  DiffQuery(DiffQuery&&) noexcept;
  DiffQuery& operator=(DiffQuery&&) noexcept;

  absl::Status Add(const BlockReader& block);
  absl::Status Merge(DiffQuery&& other);
  // A tree of two columns: base, against. If `normalize`, base values are scaled by
  // total(against) / total(base) and rounded to the nearest integer, halves away from 0; totals are
  // then sums of what was rounded. FailedPrecondition if the two measure different things, or if
  // base's total is 0 and shall be scaled.
  absl::StatusOr<Tree> Finish(bool normalize = false, size_t max_nodes = 0) &&;

  const QueryCost& cost() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// One row of a table of functions (files, lines ..).
struct TopRow {
  std::string name;
  // One for each column of the tree: of the frame itself, and with all that it called. A frame that
  // calls itself counts once.
  std::vector<int64_t> flat, cum;
};

// The rows of a tree's names, heaviest flat value (of the last column) first, then by cum, then by
// name. Exact only for a tree that was not cut.
DOLERITE_EXPORT std::vector<TopRow> Top(const Tree& tree);

// One profile that holds the samples of all that were selected: equal stacks and
// labels are summed, all sample types kept, timestamps and links left out, samples whose sums are
// all 0 too. Time is the earliest, duration the sum, period the largest. Profiles must be of one
// type.
class DOLERITE_EXPORT ProfileQuery {
 public:
  explicit ProfileQuery(Selection selection, const QueryOptions& options = {});
  ~ProfileQuery();
  ProfileQuery(ProfileQuery&&) noexcept;
  ProfileQuery& operator=(ProfileQuery&&) noexcept;

  absl::Status Add(const BlockReader& block);
  absl::Status Merge(ProfileQuery&& other);
  absl::StatusOr<Profile> Finish() &&;

  const QueryCost& cost() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace dolerite

#endif  // DOLERITE_QUERY_H_
