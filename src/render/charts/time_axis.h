// Round times, in UTC.
#ifndef DOLERITE_RENDER_CHARTS_TIME_AXIS_H_
#define DOLERITE_RENDER_CHARTS_TIME_AXIS_H_

#include <cstdint>
#include <string>
#include <vector>

namespace dolerite::charts {

// to - from, for from <= to; the difference of any two times fits.
inline uint64_t Apart(int64_t from, int64_t to) {
  return static_cast<uint64_t>(to) - static_cast<uint64_t>(from);
}

struct TimeTick {
  int64_t nanos;
  std::string label;  // `14:30`
  std::string day;    // what the label leaves out, where it changes: `2026-11-21`; else empty
};

// Ticks from `from` to `to` (from < to), ascending, at most `most` and at least one apart by a
// round step: no tick at all if no round time lies between.
std::vector<TimeTick> TimeTicks(int64_t from, int64_t to, size_t most);

// `15 s`, `2 h`, `1500 ms`: a length of time, in the largest unit of which it is a whole number.
std::string FormatDuration(int64_t nanos);

}  // namespace dolerite::charts

#endif  // DOLERITE_RENDER_CHARTS_TIME_AXIS_H_
