// Values over time and time by value, drawn for people and written for other tools.
#ifndef DOLERITE_CHARTS_H_
#define DOLERITE_CHARTS_H_

#include <string>

#include "dolerite/export.h"
#include "dolerite/heatmap.h"
#include "dolerite/time_series.h"

namespace dolerite {

struct ChartOptions {
  std::string title;
  std::string subtitle;  // what was selected
};

// All take any content: names may hold any bytes, and what is not UTF-8 becomes U+FFFD; points
// that are not finite are left out, as are cells outside their grid. The same chart gives the same
// bytes. Work grows with the number of points and cells, a picture's size does not. Times are UTC.

// A static picture, light or dark as its viewer prefers: valid XML without scripts, 1160 units
// wide. At most 10 lines, those with the largest sums of magnitudes; it says how many were left
// out. The value axis always has 0. A line is open where more than 2.5 times its usual distance
// has no point.
DOLERITE_EXPORT std::string TimeSeriesSvg(const TimeSeries& series,
                                          const ChartOptions& options = {});

// One page that needs no network: the picture, exact values under the pointer, and by a click or
// Enter the exemplars of a point, profile ids as text; light and dark. It holds all the data.
DOLERITE_EXPORT std::string TimeSeriesHtml(const TimeSeries& series,
                                           const ChartOptions& options = {});

// One JSON object on one line: {"title","subtitle","type","unit","aggregate","step_nanos","exact",
// "lines":[{"labels":[["name","value"],...],"time_nanos":[...],"value":[...],
// "exemplars":[{"point","id","time_nanos","value","series":[["name","value"],...]},...]},...]}.
// A value is an integer of up to 64 bits if exact, else the shortest number that reads back as the
// same double, null if not finite. An exemplar's point is a row of its line's time_nanos, its id
// 32 hex digits.
DOLERITE_EXPORT std::string TimeSeriesJson(const TimeSeries& series,
                                           const ChartOptions& options = {});

// As above, one picture a group, below each other, with one scale of colours; at most 12 groups,
// those with the largest counts. Where cells would be finer than two units, neighbours are added
// up to one tile, and the picture says how many.
DOLERITE_EXPORT std::string HeatmapSvg(const Heatmap& heatmap, const ChartOptions& options = {});
DOLERITE_EXPORT std::string HeatmapHtml(const Heatmap& heatmap, const ChartOptions& options = {});

// One JSON object on one line: {"title","subtitle","type","unit","observed","start_nanos",
// "step_nanos","columns","logarithmic","edges":[...],"groups":[{"labels":[["name","value"],...],
// "column":[...],"row":[...],"count":[...],"sum":[...],"exemplars":[{"cell",...},...]},...]}.
// Exemplars as above; their cell is a row of the group's columns, and those of spans end with
// "trace_id" and "span_id", in hex digits. Numbers have up to 64 bits.
DOLERITE_EXPORT std::string HeatmapJson(const Heatmap& heatmap, const ChartOptions& options = {});

}  // namespace dolerite

#endif  // DOLERITE_CHARTS_H_
