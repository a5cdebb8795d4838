// The difference of two flame graphs.
#ifndef DOLERITE_DIFF_QUESTION_H_
#define DOLERITE_DIFF_QUESTION_H_

#include <cstddef>

#include "dolerite/selection.h"
#include "dolerite/tree.h"
#include "dolerite/value_kind.h"

namespace dolerite {

// Two selections side by side, in one pass over what they share.
struct DiffQuestion {
  using Answer = Tree;  // two columns: base, against
  struct Finish {
    // Scales base values by total(against) / total(base), rounded to the nearest integer, halves
    // away from 0; totals are then sums of the rounded values. FailedPrecondition if base's total
    // is 0.
    bool normalize = false;
    size_t max_nodes = 0;  // as in TreeQuestion::Finish
  };
  Selection base, against;
  FrameBy by = FrameBy::kFunction;
  ValueKinds kinds = DefaultValueKinds();  // as in TreeQuestion
};

}  // namespace dolerite

#endif  // DOLERITE_DIFF_QUESTION_H_
