// Pieces of a picture. Colours are classes, see the style sheets beside.
#ifndef DOLERITE_RENDER_CHARTS_SVG_H_
#define DOLERITE_RENDER_CHARTS_SVG_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "dolerite/charts.h"
#include "dolerite/labels.h"

namespace dolerite::charts {

constexpr double kWidth = 1160;
constexpr double kPlotRight = kWidth - 24;  // right edge of all that is drawn
constexpr double kCharacter = 7.7;          // a letter's width in text of 12 units, generously

// A picture, and for pages what their script has to know of it, as JSON.
struct Picture {
  std::string svg;
  std::string view;
};

// `alone`: the picture is a file and brings title and colours; else the page around it has them.
Picture DrawTimeSeries(const TimeSeries& series, const ChartOptions& options, bool alone);
Picture DrawHeatmap(const Heatmap& heatmap, const ChartOptions& options, bool alone);

// Text for XML content or a quoted attribute; what XML forbids becomes U+FFFD.
void AppendXmlText(std::string* out, std::string_view bytes);

// How wide text of 12 units is at most, roughly.
double TextWidth(std::string_view text);

// At most `width` of the text, with an ellipsis if some is left out.
std::string Shorten(std::string_view text, double width);

// `name=value, name=value`; the text of `none` if there are no labels.
std::string LabelText(const LabelSet& labels, std::string_view none);

// A coordinate with at most one decimal; 0 if it is not finite.
void AppendCoordinate(std::string* out, double value);

// `cpu, sum, each 15 s, UTC`
std::string Caption(std::string_view type, std::string_view aggregate, int64_t step_nanos);

// A double that reads back as the same, for JSON; null if not finite.
std::string NumberText(double value);

// Where times lie in a picture.
struct TimeSpan {
  double left, right;
  int64_t from, to;  // from < to
};

class Svg {
 public:
  // A piece of text; classes `mid` and `end` say where x is. Cut to 300 characters.
  void Text(double x, double y, std::string_view classes, std::string_view text);
  void Line(double x1, double y1, double x2, double y2, std::string_view classes);
  void Rect(double x, double y, double width, double height, std::string_view classes);
  void Path(std::string_view classes, std::string_view data);
  // An element that holds others, until Close; with a tooltip unless that is empty.
  void Open(std::string_view classes, std::string_view tooltip);
  void Close() { body_ += "</g>\n"; }

  // Ticks and their labels below a plot, and its grid from top to bottom; where they end.
  double TimeScale(const TimeSpan& span, double top, double bottom);

  // Title and subtitle; the height that they take.
  double Header(const ChartOptions& options);

  // The whole element.
  std::string Finish(double height, const ChartOptions& options, bool alone) &&;

 private:
  void Coordinate(const char* name, double value);

  std::string body_;
};

// A picture of nothing that says so.
Picture DrawNothing(const ChartOptions& options, bool alone);

}  // namespace dolerite::charts

#endif  // DOLERITE_RENDER_CHARTS_SVG_H_
