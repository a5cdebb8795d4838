// Counts of cells are of any size, up to 64 bits. Nothing here may overflow, for a chart may come
// from partial answers that somebody else wrote.
#include "render/charts/heat_grid.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>

namespace dolerite::charts {
namespace {

constexpr uint64_t kMostCount = std::numeric_limits<uint64_t>::max();
constexpr size_t kMostColors = 10;

// The numbers digit * factor^n, ascending: from the largest one that is at most `least`, to the
// last one that is at most `most`.
std::vector<uint64_t> RoundNumbers(uint64_t least, uint64_t most, std::span<const uint64_t> digits,
                                   uint64_t factor) {
  std::vector<uint64_t> numbers;
  // The first number is kept although it is below `least`: counts between have a colour by it.
  for (uint64_t power = 1;; power *= factor) {
    for (uint64_t digit : digits) {
      // Divided rather than multiplied, so that numbers near 2^64 do not wrap.
      if (digit > most / power) return numbers;
      if (!numbers.empty() && digit * power <= least) numbers.clear();
      numbers.push_back(digit * power);
    }
    if (power > kMostCount / factor) return numbers;
  }
}

// Steps of one size, which is 1, 2 or 5 times a power of 10: the smallest size that needs no more
// colours than there are. The first step is `least` itself.
// From 9 steps on there could be 11 colours: `least`, and up to 10 round numbers above it.
std::vector<uint64_t> EvenSteps(uint64_t least, uint64_t most) {
  uint64_t step = 1;
  // Ends before `power` wraps: with steps of 5 * 10^18 all of 64 bits has 3.
  for (uint64_t power = 1; (most - least) / step >= kMostColors - 1; power *= 10) {
    for (uint64_t digit : {1, 2, 5}) {
      if ((most - least) / step >= kMostColors - 1) step = digit * power;
    }
  }
  std::vector<uint64_t> steps = {least};
  // The second step is the first round number above `least`.
  for (uint64_t at = least - least % step; most - at >= step;) steps.push_back(at += step);
  return steps;
}

// Steps that grow by about the same factor: as fine as the colours allow.
// 1, 2, 5, 10 as long as they are few enough, then 1, 3, 10, then powers of 10, of 100, of 1000.
// The last always suffice: 64 bits have 7 powers of 1000.
std::vector<uint64_t> FactorSteps(uint64_t least, uint64_t most) {
  static constexpr uint64_t kDigits[] = {1, 2, 5}, kHalves[] = {1, 3};
  std::vector<uint64_t> steps = RoundNumbers(least, most, kDigits, 10);
  if (steps.size() > kMostColors) steps = RoundNumbers(least, most, kHalves, 10);
  for (uint64_t factor : {10, 100, 1000}) {
    if (steps.size() > kMostColors) steps = RoundNumbers(least, most, {kDigits, 1}, factor);
  }
  return steps;
}

double Ratio(double part, double whole) {
  return whole > 0 ? std::clamp(part / whole, 0.0, 1.0) : 0;
}

}  // namespace

Tiling MakeTiling(const Heatmap& heatmap, uint32_t most_columns, uint32_t most_rows) {
  // Rounded up, without a sum that could wrap.
  const auto divide = [](uint32_t a, uint32_t b) { return a / b + (a % b != 0 ? 1 : 0); };
  Tiling tiling;
  tiling.columns_each = std::max(1u, divide(heatmap.columns, most_columns));
  tiling.rows_each = std::max(1u, divide(heatmap.rows(), most_rows));
  tiling.columns = divide(heatmap.columns, tiling.columns_each);
  tiling.rows = divide(heatmap.rows(), tiling.rows_each);
  return tiling;
}

std::vector<uint64_t> CountTiles(const Heatmap& heatmap, const Heatmap::Group& group,
                                 const Tiling& tiling) {
  std::vector<uint64_t> counts(size_t{tiling.columns} * tiling.rows);
  for (const Heatmap::Cell& cell : group.cells) {
    // A heatmap may be made by hand, so a cell's place is not trusted.
    if (cell.column >= heatmap.columns || cell.row >= heatmap.rows()) continue;
    uint64_t& count = counts[size_t{cell.row / tiling.rows_each} * tiling.columns +
                             cell.column / tiling.columns_each];
    count = cell.count > kMostCount - count ? kMostCount : count + cell.count;
  }
  return counts;
}

std::vector<uint64_t> ColorSteps(uint64_t least, uint64_t most) {
  // Counts that differ little have few powers between them: even steps tell them apart better.
  return most - least < kMostColors || most / least < 12 ? EvenSteps(least, most)
                                                         : FactorSteps(least, most);
}

// Takes doubles, as ticks may lie between integers.
double Height(const Heatmap& heatmap, double value) {
  const std::vector<int64_t>& edges = heatmap.edges;
  const auto above = std::ranges::upper_bound(
      edges, value, {}, [](int64_t edge) { return static_cast<double>(edge); });
  // Below the lowest edge, or above the highest: at the border of the plot.
  if (above == edges.begin() || edges.size() < 2) return 0;
  if (above == edges.end()) return 1;
  const double low = static_cast<double>(above[-1]), high = static_cast<double>(*above);
  // Inside a row, heights follow the logarithm as the rows themselves do.
  const bool by_factor = heatmap.logarithmic && low > 0;
  const double part = by_factor ? Ratio(std::log(value / low), std::log(high / low))
                                : Ratio(value - low, high - low);
  return (static_cast<double>(above - edges.begin() - 1) + part) / heatmap.rows();
}

std::vector<ValueTick> HeatTicks(const Heatmap& heatmap, const std::string& unit, size_t about) {
  // `edges` has at least two: a heatmap without rows has no cell inside, and is not drawn.
  const int64_t low = heatmap.edges.front(), high = heatmap.edges.back();
  if (heatmap.logarithmic) {
    // Half as many again as asked for: with fewer, whole scales (all of KiB) would have no tick.
    std::vector<ValueTick> ticks = LogarithmicTicks(low, high, unit, about * 3 / 2);
    if (ticks.size() > 1) return ticks;
  }
  ValueAxis axis = MakeValueAxis(static_cast<double>(low), static_cast<double>(high), unit, true,
                                 static_cast<int>(about));
  // The axis ends at the edges and not at round numbers, so ticks beyond them go.
  std::erase_if(axis.ticks, [&](const ValueTick& tick) {
    return tick.value < static_cast<double>(low) || tick.value > static_cast<double>(high);
  });
  return axis.ticks;
}

}  // namespace dolerite::charts
