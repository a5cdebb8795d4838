// Text comes from profiles and may be anything: it goes through AppendXmlText, always. Classes and
// path data are the library's own and are written as they are.
#include "render/charts/svg.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/text.h"
#include "base/utf8.h"
#include "render/charts/time_axis.h"
#include "render/charts_page.h"

namespace dolerite::charts {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD", kEllipsis = "\xE2\x80\xA6";
// Longer texts are cut for tooltips too, so that a picture's size has a bound.
constexpr double kLongestText = 300 * kCharacter;

// The bytes of the character at `at`; 1 for a byte that begins no character.
size_t Step(std::string_view text, size_t at) { return std::max<size_t>(1, Utf8Length(text, at)); }

// East Asian letters and pictures are as wide as high; marks that combine count as letters.
// Roughly, by the first byte: no font is known here. Too wide only cuts a little early.
double WidthAt(std::string_view text, size_t at) {
  const uint8_t first = static_cast<uint8_t>(text[at]);
  const bool wide = first >= 0xF0 || (first >= 0xE1 && first != 0xE2);
  return wide && Utf8Length(text, at) > 0 ? 13 : kCharacter;
}

// U+FFFE and U+FFFF have no place in XML, not even escaped. (Nor have control characters, which
// AppendHtmlText leaves no more.)
bool IsForbidden(std::string_view text, size_t at) {
  const std::string_view three = text.substr(at, 3);
  return three == "\xEF\xBF\xBE" || three == "\xEF\xBF\xBF";
}

}  // namespace

// Bytes that are not UTF-8 and controls are gone after the first pass, which leaves the two that
// HTML allows.
void AppendXmlText(std::string* out, std::string_view bytes) {
  std::string text;
  AppendHtmlText(&text, bytes);
  for (size_t at = 0; at < text.size();) {
    const size_t length = Step(text, at);
    out->append(IsForbidden(text, at) ? kReplacement : std::string_view(text).substr(at, length));
    at += length;
  }
}

double TextWidth(std::string_view text) {
  double width = 0;
  for (size_t at = 0; at < text.size(); at += Step(text, at)) width += WidthAt(text, at);
  return width;
}

// Cuts only between characters, and stops at the end of the width: the cost is that of what is
// shown.
std::string Shorten(std::string_view text, double width) {
  size_t fits = 0;  // with the ellipsis
  double used = 0;
  for (size_t at = 0; at < text.size(); at += Step(text, at)) {
    // The last place at which the ellipsis still fits, in case the rest does not.
    if (used + kCharacter <= width) fits = at;
    used += WidthAt(text, at);
    if (used > width) return Concat(text.substr(0, fits), kEllipsis);
  }
  return std::string(text);
}

// All of it: callers cut it to their room.
std::string LabelText(const LabelSet& labels, std::string_view none) {
  std::string text;
  for (const auto& [name, value] : labels.pairs()) {
    text += Concat(text.empty() ? "" : ", ", name, '=', value);
  }
  return text.empty() ? std::string(none) : text;
}

std::string Caption(std::string_view type, std::string_view aggregate, int64_t step_nanos) {
  std::string text = Shorten(type.empty() ? "values" : type, 300);
  if (!aggregate.empty()) text += Concat(", ", Shorten(aggregate, 200));
  if (step_nanos > 0) text += Concat(", each ", FormatDuration(step_nanos));
  // All pictures name their time zone, for a static one can't ask its reader.
  return text + ", UTC";
}

std::string NumberText(double value) {
  if (!std::isfinite(value)) return "null";
  char text[40];
  return std::string(text, std::to_chars(text, text + sizeof(text), value).ptr);
}

// Tenths of a unit, printed as integers: shorter than a double, and the same bytes on all machines.
void AppendCoordinate(std::string* out, double value) {
  if (!(std::abs(value) < 1e9)) value = 0;
  const int64_t tenths = std::llround(value * 10);
  const uint64_t size = static_cast<uint64_t>(std::llabs(tenths));
  if (tenths < 0) out->push_back('-');
  AppendPiece(out, size / 10);
  if (size % 10 != 0) *out += Concat('.', size % 10);
}

void Svg::Coordinate(const char* name, double value) {
  body_ += Concat(' ', name, "=\"");
  AppendCoordinate(&body_, value);
  body_ += '"';
}

// The text is cut by width before it is escaped, so that no escape is cut in two.
void Svg::Text(double x, double y, std::string_view classes, std::string_view text) {
  body_ += Concat("<text class=\"", classes, '"');
  Coordinate("x", x);
  Coordinate("y", y);
  body_ += '>';
  AppendXmlText(&body_, Shorten(text, kLongestText));
  body_ += "</text>\n";
}

void Svg::Line(double x1, double y1, double x2, double y2, std::string_view classes) {
  body_ += Concat("<line class=\"", classes, '"');
  Coordinate("x1", x1);
  Coordinate("y1", y1);
  Coordinate("x2", x2);
  Coordinate("y2", y2);
  body_ += "/>\n";
}

void Svg::Rect(double x, double y, double width, double height, std::string_view classes) {
  body_ += Concat("<rect class=\"", classes, '"');
  Coordinate("x", x);
  Coordinate("y", y);
  Coordinate("width", width);
  Coordinate("height", height);
  body_ += "/>\n";
}

// An empty path is an error in some viewers.
void Svg::Path(std::string_view classes, std::string_view data) {
  if (!data.empty()) body_ += Concat("<path class=\"", classes, "\" d=\"", data, "\"/>\n");
}

// A `title` first in a group is what browsers show under the pointer.
void Svg::Open(std::string_view classes, std::string_view tooltip) {
  body_ += Concat("<g class=\"", classes, "\">");
  if (tooltip.empty()) return;
  body_ += "<title>";
  AppendXmlText(&body_, Shorten(tooltip, kLongestText));
  body_ += "</title>\n";
}

double Svg::TimeScale(const TimeSpan& span, double top, double bottom) {
  const double width = span.right - span.left;
  const auto apart = [&](int64_t to) {
    return static_cast<double>(static_cast<uint64_t>(to) - static_cast<uint64_t>(span.from));
  };
  // As many ticks as labels of hours have room for. Labels with fractions of seconds are wider:
  // then fewer are asked for.
  std::vector<TimeTick> ticks = TimeTicks(span.from, span.to, static_cast<size_t>(width / 95));
  // All labels of a scale are about as wide.
  const double label = ticks.empty() ? 0 : TextWidth(ticks[0].label);
  if (label > 70) {
    ticks = TimeTicks(span.from, span.to, static_cast<size_t>(width / (label + 25)));
  }
  const auto at = [&](const TimeTick& tick) {
    return span.left + apart(tick.nanos) / apart(span.to) * width;
  };
  // The next day's label begins before the first one would end.
  const auto second = std::find_if(ticks.begin() + !ticks.empty(), ticks.end(),
                                   [](const TimeTick& tick) { return !tick.day.empty(); });
  if (second != ticks.end() && at(*second) - at(ticks[0]) < 90) ticks[0].day.clear();
  for (const TimeTick& tick : ticks) {
    Line(at(tick), top, at(tick), bottom + 5, "grid");
    // A day has ten letters.
    const double half = std::max(label, tick.day.empty() ? 0 : 78.0) / 2;
    // Labels at the ends stay inside the picture, even where they are off their ticks.
    const double x = std::clamp(at(tick), half, kWidth - half);
    Text(x, bottom + 20, "quiet mid", tick.label);
    if (!tick.day.empty()) Text(x, bottom + 36, "quiet mid", tick.day);
  }
  return bottom + 40;
}

double Svg::Header(const ChartOptions& options) {
  double height = 12;
  if (!options.title.empty()) {
    Text(24, height += 24, "ink title", Shorten(options.title, kWidth * 0.58));
    height += 2;
  }
  if (!options.subtitle.empty()) {
    Text(24, height += 18, "quiet", Shorten(options.subtitle, kPlotRight - 24));
  }
  return height + 10;
}

std::string Svg::Finish(double height, const ChartOptions& options, bool alone) && {
  // Inside a page the namespace follows from HTML.
  std::string out = "<svg class=\"chart\"";
  if (alone) out += " xmlns=\"http://www.w3.org/2000/svg\"";
  std::string size;
  AppendCoordinate(&size, height);
  out += Concat(" width=\"", static_cast<int>(kWidth), "\" height=\"", size, "\" viewBox=\"0 0 ",
                static_cast<int>(kWidth), ' ', size, "\" role=\"img\" aria-label=\"");
  AppendXmlText(&out, Shorten(options.title.empty() ? "Chart" : options.title, kLongestText));
  out += "\">\n";
  // A file has its own colours, for light and dark, and paper below: viewers show it on any ground.
  if (alone) {
    out += Concat("<style>\n", kChartStyle, kChartLight, "@media (prefers-color-scheme: dark) {\n",
                  kChartDark, "}\n</style>\n<rect class=\"paper\" width=\"",
                  static_cast<int>(kWidth), "\" height=\"", size, "\"/>\n");
  }
  return Concat(out, body_, "</svg>\n");
}

Picture DrawNothing(const ChartOptions& options, bool alone) {
  Svg svg;
  const double top = alone ? svg.Header(options) : 0;
  svg.Text(kWidth / 2, top + 60, "quiet mid", "Nothing to show: no values were selected.");
  return {std::move(svg).Finish(top + 110, options, alone), "null"};
}

}  // namespace dolerite::charts
