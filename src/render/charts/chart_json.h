// Charts as JSON, for other tools and for the pages' scripts.
#ifndef DOLERITE_RENDER_CHARTS_CHART_JSON_H_
#define DOLERITE_RENDER_CHARTS_CHART_JSON_H_

#include <string>

#include "dolerite/charts.h"

namespace dolerite::charts {

// What large integers are written as.
enum class Integers {
  kPlain,
  kForScripts,  // strings where JavaScript's numbers can't hold them
};

std::string SeriesJson(const TimeSeries& series, const ChartOptions& options, Integers integers);
std::string HeatJson(const Heatmap& heatmap, const ChartOptions& options, Integers integers);

}  // namespace dolerite::charts

#endif  // DOLERITE_RENDER_CHARTS_CHART_JSON_H_
