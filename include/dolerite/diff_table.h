// What changed between two sides, culprits first.
#ifndef DOLERITE_DIFF_TABLE_H_
#define DOLERITE_DIFF_TABLE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "dolerite/export.h"
#include "dolerite/tree.h"

namespace dolerite {

// One function (file, line ..) on both sides.
struct DiffRow {
  std::string name;
  // Of the frame itself, and with all that it called. A frame that calls itself counts once.
  int64_t base_flat = 0, against_flat = 0;
  int64_t base_cum = 0, against_cum = 0;
  // The same as parts of the sum of their side's magnitudes (Tree::Magnitude), which is its total
  // where no value is negative; 0 where that is 0.
  double base_flat_share = 0, against_flat_share = 0;
  double base_cum_share = 0, against_cum_share = 0;
  // What the rows are ordered by: above 0 grew, below 0 shrank.
  double score = 0;

  double flat_change() const { return against_flat_share - base_flat_share; }
  double cum_change() const { return against_cum_share - base_cum_share; }
};

// What a change is measured in.
enum class ChangeOf {
  kShare,  // parts of the total: for sides of different length or load
  kValue,  // plain values: for sides that did the same work
};

// The rows of a tree of two columns, by score: what grew first, what shrank last.
//
//   score = d * |d| / (|base| + |against|),   d = against - base,   cumulative
//
// that is the change times how large it is compared with what was there: 1 for new frames, near 0
// for a caller that spends its time elsewhere. So the frame that changed comes before those that
// called it and before large frames that only wobble. Equal scores: by change of flat, then by
// name. Exact only for a tree that was not cut. No rows for a tree of one column. Throws
// std::bad_alloc as Top does.
DOLERITE_EXPORT std::vector<DiffRow> DiffTable(const Tree& tree,
                                               ChangeOf measure = ChangeOf::kShare);

}  // namespace dolerite

#endif  // DOLERITE_DIFF_TABLE_H_
