// Pictures, pages and JSON of charts. Pictures and pages are drawn by the same code; a page also
// holds the chart's data, from which its script reads exact values.
#include "dolerite/charts.h"

#include "base/text.h"
#include "base/utf8.h"
#include "render/chart_page.h"
#include "render/charts/chart_json.h"
#include "render/charts/svg.h"
#include "render/charts_page.h"

namespace dolerite {
namespace {

// Each mark is in the template once, so its part may be moved from.
std::string Page(const ChartOptions& options, charts::Picture picture, std::string data) {
  return FillPage(kChartHtml, [&](std::string_view mark) {
    std::string out;
    if (mark == "title") AppendHtmlText(&out, options.title.empty() ? "Chart" : options.title);
    if (mark == "subtitle") AppendHtmlText(&out, options.subtitle);
    if (mark == "style") out = Concat(kChartPageStyle, kChartStyle, kChartLight);
    if (mark == "dark") out = kChartDark;
    if (mark == "picture") out = std::move(picture.svg);
    if (mark == "view") out = std::move(picture.view);
    if (mark == "data") out = std::move(data);
    if (mark == "script") out = kChartScript;
    return out;
  });
}

}  // namespace

std::string TimeSeriesSvg(const TimeSeries& series, const ChartOptions& options) {
  return charts::DrawTimeSeries(series, options, true).svg;
}

std::string TimeSeriesHtml(const TimeSeries& series, const ChartOptions& options) {
  return Page(options, charts::DrawTimeSeries(series, options, false),
              charts::SeriesJson(series, options, charts::Integers::kForScripts));
}

std::string TimeSeriesJson(const TimeSeries& series, const ChartOptions& options) {
  return charts::SeriesJson(series, options, charts::Integers::kPlain);
}

std::string HeatmapSvg(const Heatmap& heatmap, const ChartOptions& options) {
  return charts::DrawHeatmap(heatmap, options, true).svg;
}

std::string HeatmapHtml(const Heatmap& heatmap, const ChartOptions& options) {
  return Page(options, charts::DrawHeatmap(heatmap, options, false),
              charts::HeatJson(heatmap, options, charts::Integers::kForScripts));
}

std::string HeatmapJson(const Heatmap& heatmap, const ChartOptions& options) {
  return charts::HeatJson(heatmap, options, charts::Integers::kPlain);
}

}  // namespace dolerite
