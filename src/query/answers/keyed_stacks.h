// Reads the sums of one dataset's stacks, apart by group and, for gauges, by series.
#ifndef DOLERITE_QUERY_ANSWERS_KEYED_STACKS_H_
#define DOLERITE_QUERY_ANSWERS_KEYED_STACKS_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "model/frame_tree.h"
#include "model/sum_tree.h"
#include "query/answers/node_sums.h"
#include "query/query_core.h"
#include "query/scan/keyed_sums.h"

namespace dolerite {

struct KeyedStacks {
  SumTree tree{0};  // the frames of the stacks that have values
  std::vector<NodeSums::Key> keys;
  KeyedSums sums;  // by row of keys and node of the tree
  // Gauges: selected profiles by series. Where links are selected only those that have a selected
  // sample, as blocks may leave the others unread.
  std::map<LabelSet, uint64_t> profiles;
};

struct KeyedWants {
  FrameBy by = FrameBy::kFunction;
  std::vector<std::string> group_by;
  bool by_series = false;  // for gauges
};

// Of the first selection of `view`.
absl::StatusOr<KeyedStacks> SumByKey(const DatasetView& view, const KeyedWants& wants,
                                     QueryCost* cost);

// Adds what was read. If `call` stops this, both hold some of it.
absl::Status AddKeyed(const KeyedStacks& from, const CallContext& call, FrameTree* tree,
                      NodeSums* sums);

}  // namespace dolerite

#endif  // DOLERITE_QUERY_ANSWERS_KEYED_STACKS_H_
