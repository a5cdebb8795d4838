// Reads the sums of one dataset's stacks, apart by group and, for gauges, by series.
#ifndef DOLERITE_QUERY_ANSWERS_KEYED_STACKS_H_
#define DOLERITE_QUERY_ANSWERS_KEYED_STACKS_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "model/frame_tree.h"
#include "query/answers/node_sums.h"
#include "query/scan/keyed_sums.h"
#include "query/scan/scan.h"
#include "query/select/stack_selection.h"

namespace dolerite {

struct KeyedStacks {
  SelectedStacks stacks;
  std::vector<NodeSums::Key> keys;
  KeyedSums sums;  // by row of keys and stack of `stacks.tables`
  // Gauges: selected profiles by series. Where links are selected only those that have a selected
  // sample, as blocks may leave the others unread.
  std::map<LabelSet, uint64_t> profiles;
};

struct KeyedWants {
  FrameBy by = FrameBy::kFunction;
  std::vector<std::string> group_by;
  bool by_series = false;  // for gauges
  bool heads = true;
};

absl::StatusOr<KeyedStacks> SumByKey(const DatasetScan& scan, const KeyedWants& wants,
                                     QueryCost* cost);

// Adds what was read, its stacks as nodes of `tree`.
void AddKeyed(const KeyedStacks& from, FrameBy by, FrameTree* tree, NodeSums* sums);

}  // namespace dolerite

#endif  // DOLERITE_QUERY_ANSWERS_KEYED_STACKS_H_
