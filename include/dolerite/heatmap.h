// Time by value.
#ifndef DOLERITE_HEATMAP_H_
#define DOLERITE_HEATMAP_H_

#include <cstdint>
#include <string>
#include <vector>

#include "dolerite/labels.h"
#include "dolerite/time_series.h"

namespace dolerite {

// How often which values were seen when. Columns are steps of time, rows are ranges of values.
struct Heatmap {
  struct Cell {
    uint32_t column = 0;
    uint32_t row = 0;
    uint64_t count = 0;               // of what was observed: profiles, spans, timestamps
    int64_t sum = 0;                  // of their values
    std::vector<Exemplar> exemplars;  // largest value first
  };
  struct Group {
    LabelSet labels;          // those that were grouped by
    std::vector<Cell> cells;  // by column, then by row; empty ones are left out
  };

  std::string type, unit;  // of the values
  std::string observed;    // "profiles", "spans", "timestamps"
  int64_t start_nanos = 0;
  int64_t step_nanos = 0;
  uint32_t columns = 0;
  // Ascending, one more than rows: row r holds edges[r] <= value < edges[r + 1], the last row its
  // upper edge too.
  std::vector<int64_t> edges;
  bool logarithmic = false;  // how the edges were laid
  std::vector<Group> groups;

  uint32_t rows() const { return edges.empty() ? 0 : static_cast<uint32_t>(edges.size() - 1); }
};

}  // namespace dolerite

#endif  // DOLERITE_HEATMAP_H_
