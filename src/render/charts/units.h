// Values for people, in the steps of flamegraph/format.js. value_text.h is the same for tables.
#ifndef DOLERITE_RENDER_CHARTS_UNITS_H_
#define DOLERITE_RENDER_CHARTS_UNITS_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace dolerite::charts {

// `1.23 s`, `4.50 MiB`, `12.3 k samples`; a dash if not finite.
std::string FormatValue(double value, std::string_view unit);

// `1 k`: with as few digits as a round number needs, at most 3.
std::string FormatRound(double value, std::string_view unit);

// The unit as format.js wants it: `["bytes",1024]`, the kind of scale, and how many of its smallest
// steps one of the unit is.
std::string ScaleJson(std::string_view unit);

struct ValueTick {
  double value;
  std::string label;
};

// A scale from low to high, both among the ticks.
struct ValueAxis {
  double low = 0, high = 1;
  std::vector<ValueTick> ticks;
};

// Round ticks, about as many as asked, that hold low, high (finite, low <= high) and the steps
// between. `whole`: no ticks between integers.
ValueAxis MakeValueAxis(double low, double high, std::string_view unit, bool whole, int about);

// Ticks for a logarithmic scale between low and high, ascending, about as many as asked or fewer.
std::vector<ValueTick> LogarithmicTicks(int64_t low, int64_t high, std::string_view unit,
                                        size_t about);

}  // namespace dolerite::charts

#endif  // DOLERITE_RENDER_CHARTS_UNITS_H_
