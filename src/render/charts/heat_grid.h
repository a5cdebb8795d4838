// A heatmap's cells, added up to as many tiles as a picture has room for; its colours and ticks.
#ifndef DOLERITE_RENDER_CHARTS_HEAT_GRID_H_
#define DOLERITE_RENDER_CHARTS_HEAT_GRID_H_

#include <cstdint>
#include <vector>

#include "dolerite/heatmap.h"
#include "render/charts/units.h"

namespace dolerite::charts {

// Tiles of one or more cells, the last of a row or column maybe cut.
struct Tiling {
  uint32_t columns_each = 1, rows_each = 1;  // cells of a tile
  uint32_t columns = 0, rows = 0;            // tiles
};

// At most that many tiles; both at least 1.
Tiling MakeTiling(const Heatmap& heatmap, uint32_t most_columns, uint32_t most_rows);

// Counts by tile, row by row; sums stop at the largest uint64_t. Cells outside are left out.
std::vector<uint64_t> CountTiles(const Heatmap& heatmap, const Heatmap::Group& group,
                                 const Tiling& tiling);

// Colours: the least count of each, ascending, at most 10, all round but the first, for counts
// from least to most (1 <= least <= most). Even where all are alike in size, else by factors.
std::vector<uint64_t> ColorSteps(uint64_t least, uint64_t most);

// Where a value lies between the lowest edge (0) and the highest (1). All rows have the same
// height.
double Height(const Heatmap& heatmap, double value);

// Ticks of the value axis, ascending.
std::vector<ValueTick> HeatTicks(const Heatmap& heatmap, const std::string& unit, size_t about);

}  // namespace dolerite::charts

#endif  // DOLERITE_RENDER_CHARTS_HEAT_GRID_H_
