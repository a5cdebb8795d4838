// Time by value, a group below another:
//
//     title, subtitle          (alone)
//     cpu, each 15 s                  profiles [1|2|5|10]
//     group
//     value |  .:::.
//     ticks | .:###:.
//     ...
//            time ticks, days
#include <algorithm>
#include <cmath>
#include <limits>

#include "base/text.h"
#include "render/charts/heat_grid.h"
#include "render/charts/svg.h"
#include "render/charts/time_axis.h"

namespace dolerite::charts {
namespace {

constexpr size_t kMostGroups = 12;
constexpr int kColors = 10;
constexpr double kGapFrom = 6;  // tiles so wide and high have a gap between them
constexpr double kColorWidth = 46;

// Draws from top to bottom; `next_` is where the next part begins. The order matters: the groups
// that are shown decide the height of plots, their ticks the left edge, and both how many tiles
// there are. Only then are colours known, which all groups share so that they can be compared.
class HeatPicture {
 public:
  HeatPicture(const Heatmap& heatmap, const ChartOptions& options, bool alone)
      : heatmap_(heatmap), options_(options), alone_(alone), unit_(Shorten(heatmap.unit, 100)) {}

  Picture Draw();

 private:
  bool Choose();
  void Count();
  // Groups are lower where there are several, so that pictures of many stay readable.
  double PlotHeight() const { return shown_.size() == 1 ? 340 : shown_.size() == 2 ? 240 : 150; }
  void DrawHead();
  void DrawColors();
  void MeasureTicks();
  void DrawGroup(size_t at);
  void DrawTiles(const std::vector<uint64_t>& counts);
  void DrawNotes();
  int ColorOf(uint64_t count) const;
  double ColumnEdge(uint32_t column) const;
  double RowEdge(uint32_t row) const;
  int64_t End() const;
  std::string View() const;

  const Heatmap& heatmap_;
  const ChartOptions& options_;
  const bool alone_;
  // The unit follows each tick and comes from a profile, so it is cut.
  const std::string unit_;
  std::vector<size_t> shown_;  // rows of heatmap_.groups
  size_t left_out_ = 0;
  Tiling tiling_;
  std::vector<std::vector<uint64_t>> counts_;  // of the shown groups
  std::vector<uint64_t> colors_;
  std::vector<ValueTick> ticks_;
  std::vector<double> tops_;  // of the groups' plots
  double left_ = 0, top_ = 0, next_ = 0;
  Svg svg_;
};

// The groups with the largest counts, in their own order.
bool HeatPicture::Choose() {
  std::vector<double> weights(heatmap_.groups.size());
  for (size_t i = 0; i < weights.size(); ++i) {
    for (const Heatmap::Cell& cell : heatmap_.groups[i].cells) {
      if (cell.column >= heatmap_.columns || cell.row >= heatmap_.rows()) continue;
      // Only for the choice: rounding does no harm.
      weights[i] += static_cast<double>(cell.count);
    }
    if (weights[i] > 0) shown_.push_back(i);
  }
  std::ranges::stable_sort(shown_, std::greater<>(), [&](size_t i) { return weights[i]; });
  if (shown_.size() > kMostGroups) left_out_ = shown_.size() - kMostGroups;
  shown_.resize(shown_.size() - left_out_);
  // Names are in order again, whatever their counts.
  std::ranges::sort(shown_);
  return !shown_.empty();
}

void HeatPicture::Count() {
  // Tiles of at least two units either way: finer ones would blur, and the picture would grow with
  // the data.
  tiling_ = MakeTiling(heatmap_, static_cast<uint32_t>((kPlotRight - left_) / 2),
                       static_cast<uint32_t>(PlotHeight() / 2));
  uint64_t least = std::numeric_limits<uint64_t>::max(), most = 0;
  for (size_t i : shown_) {
    // A dense grid for each group, of at most as many tiles as the plot has units.
    counts_.push_back(CountTiles(heatmap_, heatmap_.groups[i], tiling_));
    for (uint64_t count : counts_.back()) {
      if (count > 0) least = std::min(least, count), most = std::max(most, count);
    }
  }
  colors_ = ColorSteps(least, most);
}

int HeatPicture::ColorOf(uint64_t count) const {
  const auto above = std::ranges::upper_bound(colors_, count);
  const int at = static_cast<int>(above - colors_.begin()) - 1;
  const int last = static_cast<int>(colors_.size()) - 1;
  // Fewer steps than colours spread over all of them, so the largest count always has the last
  // colour. A single step has the middle one.
  return last == 0 ? kColors / 2 : std::max(0, at) * (kColors - 1) / last;
}

void HeatPicture::DrawColors() {
  const double width = kColorWidth * static_cast<double>(colors_.size());
  const double left = kPlotRight - width;
  svg_.Text(left - 12, next_ + 10, "quiet end",
            Shorten(heatmap_.observed.empty() ? "count" : heatmap_.observed, 200));
  for (size_t i = 0; i < colors_.size(); ++i) {
    const double x = left + kColorWidth * static_cast<double>(i);
    svg_.Rect(x, next_, kColorWidth, 12, Concat("tile h", ColorOf(colors_[i])));
    svg_.Text(x + 1, next_ + 26, "quiet", FormatRound(static_cast<double>(colors_[i]), "count"));
  }
}

// A type's name is cut to half of the width or less, which leaves room for ten colours.
void HeatPicture::DrawHead() {
  std::string caption = Caption(heatmap_.type, "", heatmap_.step_nanos);
  if (heatmap_.logarithmic) caption += ", logarithmic";
  svg_.Text(24, next_ + 10, "quiet", caption);
  DrawColors();
  next_ += 42;
}

void HeatPicture::MeasureTicks() {
  ticks_ = HeatTicks(heatmap_, unit_, static_cast<size_t>(PlotHeight() / 36));
  // From the bottom up: a label that would touch the last one is left out. Heights are known before
  // there is a left edge, so this can come first.
  double y = std::numeric_limits<double>::infinity();
  std::erase_if(ticks_, [&](const ValueTick& tick) {
    const double here = (1 - Height(heatmap_, tick.value)) * PlotHeight();
    if (y - here < 15) return true;
    y = here;
    return false;
  });
  // At least room for four letters, so that pictures with small numbers look alike.
  left_ = 24 + TextWidth("0000");
  for (const ValueTick& tick : ticks_) left_ = std::max(left_, 34 + TextWidth(tick.label));
  left_ = std::ceil(left_);
}

// Whole units, so that neighbours meet without a seam.
double HeatPicture::ColumnEdge(uint32_t column) const {
  const double cells =
      std::min<double>(heatmap_.columns, double{1} * column * tiling_.columns_each);
  return left_ + std::round(cells / heatmap_.columns * (kPlotRight - left_));
}

double HeatPicture::RowEdge(uint32_t row) const {
  const double cells = std::min<double>(heatmap_.rows(), double{1} * row * tiling_.rows_each);
  return top_ + PlotHeight() - std::round(cells / heatmap_.rows() * PlotHeight());
}

// One path a colour for the whole group: an element for each tile would make pictures many times as
// large.
void HeatPicture::DrawTiles(const std::vector<uint64_t>& counts) {
  const bool wide = (kPlotRight - left_) / tiling_.columns >= kGapFrom;
  const bool high = PlotHeight() / tiling_.rows >= kGapFrom;
  const double gap = wide && high ? 1 : 0;
  std::string paths[kColors];
  for (uint32_t row = 0; row < tiling_.rows; ++row) {
    const double y = RowEdge(row + 1) + gap, height = RowEdge(row) - y;
    const uint64_t* line = &counts[size_t{row} * tiling_.columns];
    for (uint32_t begin = 0, end; begin < tiling_.columns; begin = end) {
      end = begin + 1;
      if (line[begin] == 0) continue;
      const int color = ColorOf(line[begin]);
      // Neighbours of one colour are one piece, unless gaps show.
      while (gap == 0 && end < tiling_.columns && line[end] != 0 && ColorOf(line[end]) == color)
        ++end;
      // Edges are whole numbers already.
      const int64_t x = static_cast<int64_t>(ColumnEdge(begin));
      const int64_t width = static_cast<int64_t>(ColumnEdge(end) - gap) - x;
      paths[color] += Concat('M', x, ' ', static_cast<int64_t>(y), 'h', width, 'v',
                             static_cast<int64_t>(height), 'h', -width, 'z');
    }
  }
  for (int color = 0; color < kColors; ++color) svg_.Path(Concat("tile h", color), paths[color]);
}

void HeatPicture::DrawGroup(size_t at) {
  const Heatmap::Group& group = heatmap_.groups[shown_[at]];
  // A heatmap that was not grouped has one group, whose name would say nothing.
  if (heatmap_.groups.size() > 1 || !group.labels.empty()) {
    const std::string name = LabelText(group.labels, "no labels");
    svg_.Open("name", name);
    svg_.Text(left_, next_ + 10, "ink strong", Shorten(name, (kPlotRight - left_) * 0.9));
    svg_.Close();
    next_ += 18;
  }
  top_ = next_;
  tops_.push_back(top_);
  svg_.Rect(left_, top_, kPlotRight - left_, PlotHeight(), "ground");
  DrawTiles(counts_[at]);
  for (const ValueTick& tick : ticks_) {
    const double y = top_ + (1 - Height(heatmap_, tick.value)) * PlotHeight();
    svg_.Line(left_ - 5, y, left_, y, "axis");
    svg_.Text(left_ - 10, y + 4, "quiet end", tick.label);
  }
  svg_.Line(left_, top_, left_, top_ + PlotHeight(), "axis");
  svg_.Line(left_, top_ + PlotHeight(), kPlotRight, top_ + PlotHeight(), "axis");
  next_ = top_ + PlotHeight() + 22;
}

// Where the last column ends, at most the last time of all.
int64_t HeatPicture::End() const {
  const int64_t last = std::numeric_limits<int64_t>::max();
  // Through unsigned numbers: the range from the first time to the last has more than 63 bits. The
  // division is safe, for a cell inside means that there is a column.
  const uint64_t step = static_cast<uint64_t>(std::max<int64_t>(1, heatmap_.step_nanos));
  const uint64_t room = static_cast<uint64_t>(last) - static_cast<uint64_t>(heatmap_.start_nanos);
  if (step > room / heatmap_.columns) return last;
  return static_cast<int64_t>(static_cast<uint64_t>(heatmap_.start_nanos) +
                              step * heatmap_.columns);
}

void HeatPicture::DrawNotes() {
  std::string note;
  if (left_out_ > 0) {
    note = Concat(left_out_, left_out_ == 1 ? " more group is" : " more groups are",
                  " not shown, with smaller counts. ");
  }
  // Readers should know that a tile is not a cell.
  if (tiling_.columns_each > 1 || tiling_.rows_each > 1) {
    note += Concat("A tile stands for ", tiling_.columns_each, " \xC3\x97 ", tiling_.rows_each,
                   " cells (time \xC3\x97 value).");
  }
  if (note.empty()) return;
  svg_.Text(left_, next_ + 14, "quiet", note);
  next_ += 22;
}

// What the page's script needs to find the tile and the group below the pointer: it measures by the
// numbers that the picture was drawn with.
std::string HeatPicture::View() const {
  std::string out = "{\"tops\":[";
  for (double top : tops_) {
    if (out.back() != '[') out += ',';
    AppendCoordinate(&out, top);
  }
  out += "],\"plot\":[";
  for (double edge : {left_, kPlotRight - left_, PlotHeight()}) {
    if (out.back() != '[') out += ',';
    AppendCoordinate(&out, edge);
  }
  out += Concat("],\"each\":[", tiling_.columns_each, ',', tiling_.rows_each, "],\"groups\":[");
  for (size_t i = 0; i < shown_.size(); ++i) out += Concat(i == 0 ? "" : ",", shown_[i]);
  return out + "]}";
}

Picture HeatPicture::Draw() {
  if (!Choose()) return DrawNothing(options_, alone_);
  MeasureTicks();
  Count();
  next_ = alone_ ? svg_.Header(options_) + 10 : 10;
  DrawHead();
  for (size_t at = 0; at < shown_.size(); ++at) DrawGroup(at);
  // The time scale needs a span above zero.
  const int64_t end = End(), start = std::min(heatmap_.start_nanos, end - 1);
  const TimeSpan span = {left_, kPlotRight, start, end};
  // Below the last group. Tiles need no grid over them, so its lines are only ticks.
  next_ = svg_.TimeScale(span, top_ + PlotHeight(), top_ + PlotHeight());
  DrawNotes();
  return {std::move(svg_).Finish(next_ + 8, options_, alone_), View()};
}

}  // namespace

Picture DrawHeatmap(const Heatmap& heatmap, const ChartOptions& options, bool alone) {
  return HeatPicture(heatmap, options, alone).Draw();
}

}  // namespace dolerite::charts
