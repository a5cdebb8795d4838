#include "render/charts/units.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <span>

#include "base/text.h"
#include "dolerite/units.h"
#include "dolerite/value_text.h"

namespace dolerite::charts {
namespace {

// The no-break space, the minus sign and the en dash.
constexpr std::string_view kSpace = "\xC2\xA0", kMinus = "\xE2\x88\x92", kDash = "\xE2\x80\x93";

struct Scale {
  double step;
  const char* suffix;
};

// As people say it: minutes and hours, but no days.
constexpr Scale kTime[] = {{1, "ns"},  {1e3, "\xC2\xB5s"}, {1e6, "ms"},
                           {1e9, "s"}, {60e9, "min"},      {3600e9, "h"}};
// Powers of 2, and so the ticks are.
constexpr Scale kBytes[] = {{1, "B"},        {0x1p10, "KiB"}, {0x1p20, "MiB"}, {0x1p30, "GiB"},
                            {0x1p40, "TiB"}, {0x1p50, "PiB"}, {0x1p60, "EiB"}};
constexpr Scale kCount[] = {{1, ""},     {1e3, "k"},  {1e6, "M"}, {1e9, "G"},
                            {1e12, "T"}, {1e15, "P"}, {1e18, "E"}};

// The steps that values of a unit are written in.
struct Measure {
  std::span<const Scale> scales;
  double factor;  // how many of the smallest step one of the unit is
};

Measure MeasureOf(std::string_view unit_name) {
  const Unit unit = UnitNamed(unit_name);
  const double factor = static_cast<double>(unit.factor);
  switch (unit.dimension) {
    case Dimension::kTime:
      return {kTime, factor};
    case Dimension::kBytes:
      return {kBytes, factor};
    case Dimension::kOther:
      break;
  }
  // A unit that is not known is counted, and its name is written behind.
  return {kCount, 1};
}

bool InBytes(const Measure& unit) { return unit.scales.data() == kBytes; }

const Scale& ScaleFor(const Measure& unit, double size) {
  size_t at = unit.scales.size() - 1;
  // 999.7 would be printed as 1000: that is one step up.
  while (at > 0 && size < unit.scales[at].step * 0.9995) --at;
  return unit.scales[at];
}

std::string Print(double number, std::chars_format format, int precision) {
  // Any double in fixed notation: up to 309 digits before the point.
  char text[400];
  const auto end = std::to_chars(text, text + sizeof(text), number, format, precision);
  return std::string(text, end.ptr);
}

// Three digits, fewer zeros: 1.23, 12.3, 123.
std::string Digits(double number) {
  // Beyond the largest scale there are no names.
  if (number >= 1e15) return Print(number, std::chars_format::scientific, 2);
  if (number > 0 && number < 0.01) return Print(number, std::chars_format::general, 2);
  return Print(number, std::chars_format::fixed, number < 9.995 ? 2 : number < 99.95 ? 1 : 0);
}

// The space between a number and its unit, and the sign before a negative number.
struct Signs {
  std::string_view space, word_space, minus;
};

constexpr Signs kPageSigns = {kSpace, kSpace, kMinus};  // U+00A0 and U+2212
constexpr Signs kTableSigns = {"", " ", "-"};

std::string Spaced(const std::string& number, std::string_view word,
                   std::string_view space = kSpace) {
  return word.empty() ? number : Concat(number, space, word);
}

// The smallest round number from `least` on: 1, 2 or 5 times a power of 10, or a power of 2.
double RoundStep(double least, bool binary) {
  if (binary) return std::exp2(std::ceil(std::log2(least)));
  const double power = std::pow(10, std::floor(std::log10(least)));
  // A billionth too small is enough: `least` may be off in its last bits, and 0.1 should not become
  // 0.2.
  for (double times : {1.0, 2.0, 5.0}) {
    if (power * times >= least * (1 - 1e-9)) return power * times;
  }
  return power * 10;
}

// `0.25 MiB` for 0.25 where ticks are a step apart.
std::string TickLabel(double number, double step, const Scale& scale) {
  if (number == 0) return "0";
  const double size = std::abs(number);
  std::string text;
  // Else as many decimals as the step has, so that all labels of an axis are alike.
  if (size >= 1e6 || step < 1e-6) {
    text = Print(size, std::chars_format::general, 4);
  } else {
    int decimals = 0;
    for (double s = step; decimals < 9 && std::abs(s - std::round(s)) > 1e-6; s *= 10) ++decimals;
    text = Print(size, std::chars_format::fixed, decimals);
  }
  return Spaced(Concat(number < 0 ? kMinus : "", text), scale.suffix);
}

// How coarse ticks may become, from every 1, 2 and 5, to one for every second scale.
constexpr int kCoarsest = 4;

// Which of a scale's numbers (2 or 10 to the `power`, times `digit`) have a tick.
bool HasTick(bool binary, int power, int digit, int coarse) {
  static constexpr int kEvery[] = {1, 2, 5, 10, 10};
  if (binary) return digit == 1 && power % kEvery[coarse] == 0;
  return coarse == 0 || (digit == 1 && (coarse == 1 || power == 0));
}

// Ticks of a logarithmic scale from 1 to most.
// Scale by scale (B, KiB, MiB ...), each up to where the next one begins, so that labels are always
// in the unit that a reader expects.
std::vector<ValueTick> MagnitudeTicks(const Measure& unit, double most, int coarse) {
  const bool binary = InBytes(unit);
  std::vector<ValueTick> ticks;
  for (size_t i = 0; i < unit.scales.size(); ++i) {
    if (coarse == kCoarsest && i % 2 != 0) continue;
    const Scale& scale = unit.scales[i];
    const double end = i + 1 < unit.scales.size() ? unit.scales[i + 1].step : scale.step * 1e3;
    // 1, 2, 5, 10, 20, 50 ...; for bytes only the digit 1 has ticks.
    for (int power = 0, digit = 1; power < 10; digit = digit == 1 ? 2 : digit == 2 ? 5 : 1) {
      const double number = digit * std::pow(binary ? 2 : 10, power);
      const double value = number * scale.step / unit.factor;
      const bool wanted = HasTick(binary, power, digit, coarse) && number * scale.step < end;
      if (wanted && value >= 1 && value <= most)
        ticks.push_back({value, TickLabel(number, 1, scale)});
      if (digit == 5) ++power;
    }
  }
  return ticks;
}

// print(number, whole): a number of a scale's steps; whole if they are the smallest.
template <class PrintNumber>
std::string Format(double value, std::string_view unit_name, const Signs& signs,
                   PrintNumber print) {
  if (!std::isfinite(value)) return std::string(kDash);
  const Measure unit = MeasureOf(unit_name);
  const double size = std::abs(value) * unit.factor;
  const Scale& scale = ScaleFor(unit, size);
  const bool whole = scale.step == 1 && size == std::floor(size);
  std::string text = Spaced(print(size / scale.step, whole), scale.suffix, signs.space);
  // Other units' names are written out; `count` would say nothing.
  if (unit.scales.data() == kCount && unit_name != "count") {
    text = Spaced(text, unit_name, signs.word_space);
  }
  return Concat(value < 0 ? signs.minus : "", text);
}

std::string FormatDigits(double value, std::string_view unit_name, const Signs& signs) {
  return Format(value, unit_name, signs, [](double number, bool whole) {
    return whole ? Print(number, std::chars_format::fixed, 0) : Digits(number);
  });
}

}  // namespace

std::string FormatValue(double value, std::string_view unit_name) {
  return FormatDigits(value, unit_name, kPageSigns);
}

std::string FormatRound(double value, std::string_view unit_name) {
  return Format(value, unit_name, kPageSigns,
                [](double number, bool) { return Print(number, std::chars_format::general, 3); });
}

std::string ScaleJson(std::string_view unit_name) {
  const Unit unit = UnitNamed(unit_name);
  const std::string_view kind = unit.dimension == Dimension::kTime    ? "time"
                                : unit.dimension == Dimension::kBytes ? "bytes"
                                                                      : "count";
  return Concat("[\"", kind, "\",", unit.factor, "]");
}

ValueAxis MakeValueAxis(double low, double high, std::string_view unit_name, bool whole,
                        int about) {
  const Measure unit = MeasureOf(unit_name);
  const Scale& scale = ScaleFor(unit, std::max(std::abs(low), std::abs(high)) * unit.factor);
  // All numbers of an axis are in one scale, that of its largest value.
  const double times = unit.factor / scale.step;  // from values to numbers on the axis
  double from = low * times, to = high * times;
  // Also for what is so near to 0 that steps between would be 0.
  if (!(to - from > 1e-280)) to = from + times;
  // Whole values have no ticks between them.
  const double least = whole ? std::max((to - from) / about, times) : (to - from) / about;
  const double step = RoundStep(least, InBytes(unit));
  // A hair inside, so that rounding adds no step.
  const double first = std::floor(from / step + 1e-9), last = std::ceil(to / step - 1e-9);
  ValueAxis axis{first * step / times + 0.0, last * step / times + 0.0, {}};  // no -0
  // A bound for spans so wide or so small that adding 1 changes nothing.
  for (double i = first; i <= last && axis.ticks.size() < 100; ++i) {
    axis.ticks.push_back({i * step / times, TickLabel(i * step, step, scale)});
  }
  return axis;
}

std::vector<ValueTick> LogarithmicTicks(int64_t low, int64_t high, std::string_view unit_name,
                                        size_t about) {
  const Measure unit = MeasureOf(unit_name);
  const double from = static_cast<double>(low), to = static_cast<double>(high);
  std::vector<ValueTick> ticks;
  // Coarser and coarser, until there is room for all labels.
  for (int coarse = 0; coarse <= kCoarsest; ++coarse) {
    const double most = std::max(std::abs(from), std::abs(to));
    const std::vector<ValueTick> up = MagnitudeTicks(unit, most, coarse);
    ticks.clear();
    // Below zero the scale is the same one mirrored.
    for (auto tick = up.rbegin(); tick != up.rend(); ++tick) {
      ticks.push_back({-tick->value, Concat(kMinus, tick->label)});
    }
    ticks.push_back({0, "0"});
    ticks.insert(ticks.end(), up.begin(), up.end());
    std::erase_if(ticks, [&](auto& tick) { return tick.value < from || tick.value > to; });
    if (ticks.size() <= about) break;
  }
  return ticks;
}

}  // namespace dolerite::charts

namespace dolerite {

std::string ValueText(double value, std::string_view unit) {
  return charts::FormatDigits(value, unit, charts::kTableSigns);
}

}  // namespace dolerite
