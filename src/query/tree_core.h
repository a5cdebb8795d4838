// The partial answer behind flame graphs and their differences.
#ifndef DOLERITE_QUERY_TREE_CORE_H_
#define DOLERITE_QUERY_TREE_CORE_H_

#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "dolerite/query.h"
#include "model/frame_tree.h"
#include "query/scan.h"

namespace dolerite {

// One tree with a column for each of its selections, filled in one pass over what they share.
class TreeCore {
 public:
  TreeCore(std::vector<Selection> sides, const QueryOptions& options);

  // After an error nothing has been added.
  absl::Status Add(const BlockReader& block);
  absl::Status Merge(const TreeCore& other);
  // FailedPrecondition if the sides measure different things.
  absl::StatusOr<Tree> Finish() const;

  const QueryCost& cost() const { return cost_; }

 private:
  // The sums of one dataset, by side; null where a side selects nothing of it.
  struct DatasetSums {
    const MergedTables* tables = nullptr;
    std::vector<std::unique_ptr<StackSums>> sides;
  };

  absl::Status AddSide(size_t side, const std::vector<DatasetScan>& scan, const Measure& measure,
                       std::vector<DatasetSums>* sums, QueryCost* cost) const;
  void Fold(const DatasetSums& sums);

  std::vector<Selection> sides_;
  QueryOptions options_;
  std::vector<Measure> measures_;  // by side
  FrameTree tree_;
  QueryCost cost_;
};

}  // namespace dolerite

#endif  // DOLERITE_QUERY_TREE_CORE_H_
