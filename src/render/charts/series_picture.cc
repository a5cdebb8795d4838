// Lines over time:
//
//     title, subtitle          (alone)
//     cpu, sum, each 15 s
//     value |      __/\__
//     ticks |_____/______\____
//            time ticks, days
//     a line's colour, labels             mean  largest  last
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>

#include "base/text.h"
#include "render/charts/svg.h"
#include "render/charts/time_axis.h"
#include "render/charts/units.h"

namespace dolerite::charts {
namespace {

// Colours of more lines would look alike.
constexpr size_t kMostLines = 10;
constexpr double kPlotHeight = 300, kLegendRow = 22;
constexpr double kLargest = 1e290;  // larger values are not drawn, so that no sum is infinite
constexpr size_t kFewPoints = 80;   // so few are also drawn as dots

using Line = TimeSeries::Line;
using Point = TimeSeries::Point;

struct Spot {
  double x, y;
};

// Draws from top to bottom; `next_` is where the next part begins. Colours follow the order of
// weights: the largest line always has the first.
class SeriesPicture {
 public:
  SeriesPicture(const TimeSeries& series, const ChartOptions& options, bool alone)
      : series_(series), options_(options), alone_(alone), unit_(Shorten(series.unit, 100)) {}

  Picture Draw();

 private:
  // Exact values are integers, and so always finite.
  bool Shown(const Point& point) const { return series_.exact || std::isfinite(point.value); }
  double ValueOf(const Point& point) const;
  std::string ValueText(double value) const;
  void Choose();
  bool Measure();
  void DrawAxes();
  Spot SpotOf(const Point& point) const;
  uint64_t LongestJoin(const Line& line) const;
  void DrawLine(size_t at);
  void DrawLegend();
  void DrawKey(size_t at);
  std::string View() const;

  const TimeSeries& series_;
  const ChartOptions& options_;
  const bool alone_;
  const std::string unit_;
  std::vector<size_t> shown_;  // rows of series_.lines
  size_t left_out_ = 0;
  int64_t from_ = 0, to_ = 0;
  ValueAxis axis_;
  double left_ = 64, top_ = 0, next_ = 0;  // next_: where the next part begins
  Svg svg_;
};

// Exact series are drawn by their integers: the double may have been rounded.
double SeriesPicture::ValueOf(const Point& point) const {
  const double value = series_.exact ? static_cast<double>(point.integer) : point.value;
  return std::clamp(value, -kLargest, kLargest);
}

std::string SeriesPicture::ValueText(double value) const {
  // A rate is a value each second, whatever the unit.
  return Concat(FormatValue(value, unit_), series_.aggregate == "rate" ? "/s" : "");
}

// The lines with the largest sums of magnitudes; of equal ones the first.
void SeriesPicture::Choose() {
  // -1 for a line without a point to draw, which is not shown at all; a line of zeros is.
  std::vector<double> weights(series_.lines.size(), -1);
  for (size_t i = 0; i < weights.size(); ++i) {
    for (const Point& point : series_.lines[i].points) {
      if (Shown(point)) weights[i] = std::max(weights[i], 0.0) + std::abs(ValueOf(point));
    }
    if (weights[i] >= 0) shown_.push_back(i);
  }
  // Stable, so that the same chart gives the same bytes.
  std::ranges::stable_sort(shown_, std::greater<>(), [&](size_t i) { return weights[i]; });
  if (shown_.size() > kMostLines) left_out_ = shown_.size() - kMostLines;
  shown_.resize(shown_.size() - left_out_);
}

// The span of times and values of all lines that are drawn. Zero is always part of it.
bool SeriesPicture::Measure() {
  double low = 0, high = 0;
  from_ = std::numeric_limits<int64_t>::max(), to_ = std::numeric_limits<int64_t>::min();
  for (size_t i : shown_) {
    for (const Point& point : series_.lines[i].points) {
      if (!Shown(point)) continue;
      low = std::min(low, ValueOf(point)), high = std::max(high, ValueOf(point));
      from_ = std::min(from_, point.time_nanos), to_ = std::max(to_, point.time_nanos);
    }
  }
  // A single time: a span of nothing has no scale. Where there is no room at an end of all times,
  // there is some at the other.
  if (from_ == to_) {  // some room on both sides
    const int64_t room = std::max<int64_t>(1, series_.step_nanos);
    from_ -= std::min<uint64_t>(room, Apart(std::numeric_limits<int64_t>::min(), from_));
    to_ += std::min<uint64_t>(room, Apart(to_, std::numeric_limits<int64_t>::max()));
  }
  // Ticks about 50 units apart.
  axis_ = MakeValueAxis(low, high, unit_, series_.exact, 6);
  return !shown_.empty();
}

// Times are subtracted as integers first: as doubles they would lose microseconds.
Spot SeriesPicture::SpotOf(const Point& point) const {
  // `Apart` is above zero: Measure widened the span.
  const double along =
      static_cast<double>(Apart(from_, point.time_nanos)) / static_cast<double>(Apart(from_, to_));
  const double up = (ValueOf(point) - axis_.low) / (axis_.high - axis_.low);
  return {left_ + along * (kPlotRight - left_), top_ + (1 - up) * kPlotHeight};
}

// The widest label decides where the plot begins.
void SeriesPicture::DrawAxes() {
  const bool rate = series_.aggregate == "rate";
  // Labels first, since the plot begins where the widest one ends.
  for (ValueTick& tick : axis_.ticks) {
    if (rate && tick.value != 0) tick.label += "/s";
    left_ = std::max(left_, 24 + TextWidth(tick.label) + 10);
  }
  svg_.Text(24, next_ + 8, "quiet", Caption(series_.type, series_.aggregate, series_.step_nanos));
  top_ = next_ + 26;
  for (const ValueTick& tick : axis_.ticks) {
    const double y = top_ + (axis_.high - tick.value) / (axis_.high - axis_.low) * kPlotHeight;
    // Zero is drawn stronger, as the line that values are above or below.
    svg_.Line(left_, y, kPlotRight, y, tick.value == 0 ? "axis" : "grid");
    svg_.Text(left_ - 10, y + 4, "quiet end", tick.label);
  }
  next_ = svg_.TimeScale({left_, kPlotRight, from_, to_}, top_, top_ + kPlotHeight);
}

// Nanoseconds up to which neighbours are joined.
uint64_t SeriesPicture::LongestJoin(const Line& line) const {
  std::vector<uint64_t> distances;
  for (size_t i = 1; i < line.points.size(); ++i) {
    distances.push_back(Apart(line.points[i - 1].time_nanos, line.points[i].time_nanos));
  }
  if (distances.empty()) return 0;
  // The median distance is the line's own step, even where points are missing.
  // With half of the points missing it may be larger, which only joins more.
  const auto middle = distances.begin() + distances.size() / 2;
  std::ranges::nth_element(distances, middle);
  const uint64_t step = static_cast<uint64_t>(std::max<int64_t>(0, series_.step_nanos));
  // Two and a half steps: one missing point is bridged, two are not.
  const uint64_t usual = std::max(*middle, step), half = usual / 2;
  return usual > std::numeric_limits<uint64_t>::max() / 4 ? usual : usual * 2 + half;
}

// A line's path, with at most four points for each unit of width: the first, the lowest, the
// highest and the last. With more points the line would look the same.
class LinePath {
 public:
  void Add(Spot spot, bool joined) {
    // Coordinates are inside the plot, so they fit.
    const int64_t column = static_cast<int64_t>(spot.x);
    // A gap is drawn only where it is at least a unit wide.
    if (!joined && (kept_ == 0 || column != column_)) Break();
    if (kept_ != 0 && column != column_) Flush();
    // The first point of a column is all four until others come.
    if (kept_ == 0) spots_[0] = spots_[1] = spots_[2] = spot;
    // By coordinates, which grow downwards: the smallest is the highest on the screen.
    if (spot.y < spots_[1].y) spots_[1] = spot;
    if (spot.y > spots_[2].y) spots_[2] = spot;
    spots_[3] = spot;
    column_ = column;
    ++kept_;
    ++run_;
  }

  // Ends the present run of joined points.
  void Break() {
    Flush();
    // A run of one point has no line to see.
    if (run_ == 1) Dot(last_);
    if (run_ > 0) runs_.push_back({first_.x, last_.x, begin_, line.size()});
    run_ = 0, begin_ = line.size();
  }

  void Dot(Spot spot) { Append(&dots, 'M', spot), dots += "h0"; }

  // What lies between the line and `zero`.
  // Each run is closed along zero by itself: the area has the line's gaps.
  std::string Area(double zero) const {
    std::string area;
    for (const Run& run : runs_) {
      area += line.substr(run.begin, run.end - run.begin);
      Append(&area, 'L', {run.right, zero});
      Append(&area, 'L', {run.left, zero});
      area += 'Z';
    }
    return area;
  }

  std::string line, dots;

 private:
  struct Run {
    double left, right;
    size_t begin, end;  // of `line`
  };

  static void Append(std::string* out, char command, Spot spot) {
    out->push_back(command);
    AppendCoordinate(out, spot.x);
    out->push_back(' ');
    AppendCoordinate(out, spot.y);
  }

  // Appends the points kept for a column, from left to right, each once.
  void Flush() {
    if (kept_ == 0) return;
    // The lowest and the highest in the order in which they came.
    if (spots_[2].x < spots_[1].x) std::swap(spots_[1], spots_[2]);
    for (const Spot& spot : spots_) {
      // The first point of a run moves there without a line.
      const bool fresh = line.size() == begin_;
      if (!fresh && spot.x == last_.x && spot.y == last_.y) continue;
      if (fresh) first_ = spot;
      Append(&line, fresh ? 'M' : 'L', spot);
      last_ = spot;
    }
    kept_ = 0;
  }

  Spot spots_[4] = {};  // first, lowest, highest, last of the column
  Spot first_ = {}, last_ = {};
  int64_t column_ = 0;
  size_t kept_ = 0, run_ = 0, begin_ = 0;
  std::vector<Run> runs_;
};

void SeriesPicture::DrawLine(size_t at) {
  const Line& line = series_.lines[shown_[at]];
  const uint64_t longest = LongestJoin(line);
  const bool few = line.points.size() <= kFewPoints;
  LinePath path;
  // Points without a value do not part the line by themselves: only the distance does.
  const Point* before = nullptr;
  for (const Point& point : line.points) {
    if (!Shown(point)) continue;
    const bool joined = before && Apart(before->time_nanos, point.time_nanos) <= longest;
    path.Add(SpotOf(point), joined);
    if (few) path.Dot(SpotOf(point));
    before = &point;
  }
  path.Break();
  svg_.Open(Concat("line line", at), "");
  // Areas of several lines would hide each other.
  if (shown_.size() == 1) {
    const double zero = top_ + axis_.high / (axis_.high - axis_.low) * kPlotHeight;
    svg_.Path(Concat("area f", at), path.Area(zero));
  }
  svg_.Path(Concat("stroke s", at), path.line);
  svg_.Path(Concat("dots s", at), path.dots);
  svg_.Close();
}

constexpr double kColumns[] = {kPlotRight - 260, kPlotRight - 130, kPlotRight};

// One row of the legend. Its figures are of the points that are drawn, before any were left out for
// want of room.
void SeriesPicture::DrawKey(size_t at) {
  const Line& line = series_.lines[shown_[at]];
  double sum = 0, largest = -kLargest, last = 0;
  size_t count = 0;
  for (const Point& point : line.points) {
    if (!Shown(point)) continue;
    last = ValueOf(point);
    largest = std::max(largest, last);
    sum += last;
    ++count;
  }
  const std::string none = series_.type.empty() ? "all" : series_.type;
  const std::string name = LabelText(line.labels, none);
  svg_.Open(Concat("key key", at), name);
  // An invisible box, so that the whole row answers to the pointer.
  svg_.Rect(24, next_ - 16, kPlotRight - 24, kLegendRow, "hit");
  svg_.Rect(26, next_ - 6, 14, 4, Concat("f", at));
  svg_.Text(50, next_, "ink", Shorten(name, kColumns[0] - 130 - 50));
  // `count` is not 0: lines without a point are not shown.
  const double values[] = {sum / static_cast<double>(count), largest, last};
  for (size_t c = 0; c < 3; ++c) svg_.Text(kColumns[c], next_, "ink end", ValueText(values[c]));
  svg_.Close();
  next_ += kLegendRow;
}

void SeriesPicture::DrawLegend() {
  static constexpr const char* kHeads[] = {"mean", "largest", "last"};
  next_ += 26;
  for (size_t c = 0; c < 3; ++c) svg_.Text(kColumns[c], next_, "quiet end", kHeads[c]);
  svg_.Line(24, next_ + 7, kPlotRight, next_ + 7, "grid");
  next_ += 26;
  for (size_t at = 0; at < shown_.size(); ++at) DrawKey(at);
  if (left_out_ == 0) return;
  svg_.Text(50, next_, "quiet",
            Concat(left_out_, left_out_ == 1 ? " more line is" : " more lines are",
                   " not shown, with smaller sums."));
  next_ += kLegendRow;
}

// What the page's script needs to turn a place into a time and a value. Times are strings:
// JavaScript's numbers would round them.
std::string SeriesPicture::View() const {
  std::string out = "{\"plot\":[";
  for (double edge : {left_, top_, kPlotRight - left_, kPlotHeight}) {
    if (out.back() != '[') out += ',';
    AppendCoordinate(&out, edge);
  }
  out += Concat("],\"from\":\"", from_, "\",\"to\":\"", to_, "\",\"low\":", NumberText(axis_.low),
                ",\"high\":", NumberText(axis_.high), ",\"lines\":[");
  for (size_t i = 0; i < shown_.size(); ++i) out += Concat(i == 0 ? "" : ",", shown_[i]);
  return out + "]}";
}

Picture SeriesPicture::Draw() {
  Choose();
  if (!Measure()) return DrawNothing(options_, alone_);
  next_ = alone_ ? svg_.Header(options_) + 10 : 10;
  DrawAxes();
  // Backwards, so that the largest line lies on top.
  for (size_t at = shown_.size(); at-- > 0;) DrawLine(at);
  DrawLegend();
  return {std::move(svg_).Finish(next_ + 4, options_, alone_), View()};
}

}  // namespace

Picture DrawTimeSeries(const TimeSeries& series, const ChartOptions& options, bool alone) {
  return SeriesPicture(series, options, alone).Draw();
}

}  // namespace dolerite::charts
