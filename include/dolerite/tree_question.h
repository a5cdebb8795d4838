// Flame graphs: one, or one for each value of some labels.
#ifndef DOLERITE_TREE_QUESTION_H_
#define DOLERITE_TREE_QUESTION_H_

#include <cstddef>
#include <string>
#include <vector>

#include "dolerite/labels.h"
#include "dolerite/selection.h"
#include "dolerite/tree.h"
#include "dolerite/value_kind.h"

namespace dolerite {

// A flame graph.
struct TreeQuestion {
  using Answer = Tree;
  struct Finish {
    // At most so many nodes, not counting those that sum what was cut; 0: all.
    size_t max_nodes = 0;
  };
  Selection selection;
  FrameBy by = FrameBy::kFunction;
  // Gauges are averaged over each series' profiles and added up over series (Tree::aggregate);
  // {}: plain sums of everything.
  ValueKinds kinds = DefaultValueKinds();
};

// The flame graph of one group.
struct GroupedTree {
  LabelSet labels;  // of those that were grouped by; empty for samples that have none of them
  Tree tree;
};

// A flame graph for each value of some labels.
struct GroupedTreesQuestion {
  using Answer = std::vector<GroupedTree>;  // by labels
  using Finish = TreeQuestion::Finish;      // of each tree
  Selection selection;
  FrameBy by = FrameBy::kFunction;
  // Names of labels. A label of the series counts; if it is missing or empty, the smallest value,
  // by text order, that is not empty among the labels of the sample.
  std::vector<std::string> group_by;
  ValueKinds kinds = DefaultValueKinds();  // as in TreeQuestion
};

}  // namespace dolerite

#endif  // DOLERITE_TREE_QUESTION_H_
