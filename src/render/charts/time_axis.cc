// Round times in UTC. Below a month ticks are multiples of a step that counts from the epoch; from
// a month on they are the first days of months.
#include "render/charts/time_axis.h"

#include <chrono>

#include "base/text.h"

namespace dolerite::charts {
namespace {

using std::chrono::year_month_day;

constexpr int64_t kSecond = 1000000000, kMinute = 60 * kSecond, kHour = 60 * kMinute,
                  kDay = 24 * kHour;
constexpr int64_t kLarge[] = {
    kSecond,     2 * kSecond, 5 * kSecond,  10 * kSecond, 15 * kSecond, 30 * kSecond, kMinute,
    2 * kMinute, 5 * kMinute, 10 * kMinute, 15 * kMinute, 30 * kMinute, kHour,        2 * kHour,
    3 * kHour,   6 * kHour,   12 * kHour,   kDay,         2 * kDay,     7 * kDay,     14 * kDay};
// Up to half a year, then 1, 2, 5, 10, 20, 50 and 100 years.
constexpr int kMonths[] = {1, 2, 3, 6, 12, 24, 60, 120, 240, 600, 1200};

// Rounds down, also before 1970.
int64_t FloorDivide(int64_t value, int64_t by) { return value / by - (value % by < 0 ? 1 : 0); }

// Nanoseconds of 64 bits are the years 1677 to 2262, so dates never leave the calendar's range.
year_month_day DateOf(int64_t nanos) {
  return std::chrono::sys_days(std::chrono::days(FloorDivide(nanos, kDay)));
}

std::string Padded(int64_t number, size_t width) {
  std::string text = std::to_string(number);
  return text.size() < width ? std::string(width - text.size(), '0') + text : text;
}

std::string IsoDate(int64_t nanos) {
  const year_month_day date = DateOf(nanos);
  return Concat(Padded(static_cast<int>(date.year()), 4), '-',
                Padded(static_cast<unsigned>(date.month()), 2), '-',
                Padded(static_cast<unsigned>(date.day()), 2));
}

std::string YearOf(int64_t nanos) { return std::to_string(static_cast<int>(DateOf(nanos).year())); }

std::string MonthOf(int64_t nanos) {
  static constexpr std::string_view kNames = "JanFebMarAprMayJunJulAugSepOctNovDec";
  return std::string(kNames.substr((static_cast<unsigned>(DateOf(nanos).month()) - 1) * 3, 3));
}

// As much of the time of day as differs between ticks.
std::string ClockText(int64_t nanos, int64_t step) {
  // Also before 1970, where the remainder is negative.
  const int64_t of_day = (nanos % kDay + kDay) % kDay;
  std::string text = Concat(Padded(of_day / kHour, 2), ':', Padded(of_day % kHour / kMinute, 2));
  if (step < kMinute) text += Concat(':', Padded(of_day % kMinute / kSecond, 2));
  if (step < kSecond) {
    const size_t digits = step % 1000000 == 0 ? 3 : step % 1000 == 0 ? 6 : 9;
    text += Concat('.', Padded(of_day % kSecond, 9).substr(0, digits));
  }
  return text;
}

// Ticks of whole days are named by the day, with the year below.
TimeTick ClockTick(int64_t nanos, int64_t step) {
  if (step < kDay) return {nanos, ClockText(nanos, step), IsoDate(nanos)};
  return {nanos, Concat(MonthOf(nanos), ' ', static_cast<unsigned>(DateOf(nanos).day())),
          YearOf(nanos)};
}

// The smallest round step of which at most `most` fit into the span; 0 if only months would do.
// One tick more may fit than steps, hence less and not at most.
int64_t ClockStep(uint64_t span, size_t most) {
  const auto fits = [&](int64_t step) { return span / static_cast<uint64_t>(step) < most; };
  for (int64_t power = 1; power < kSecond; power *= 10) {
    for (int64_t times : {1, 2, 5}) {
      if (fits(power * times)) return power * times;
    }
  }
  for (int64_t step : kLarge) {
    if (fits(step)) return step;
  }
  return 0;
}

std::vector<TimeTick> ClockTicks(int64_t from, int64_t to, int64_t step) {
  // Weeks begin on Mondays; 1970-01-01 was a Thursday.
  const int64_t shift = step % (7 * kDay) == 0 ? 4 * kDay : 0;
  // By remainders: less the shift, the earliest times would wrap.
  const int64_t past = (from % step - shift % step + 2 * step) % step;  // since the last round time
  std::vector<TimeTick> ticks;
  uint64_t ahead = past == 0 ? 0 : static_cast<uint64_t>(step - past);
  // Counted from `from` without a sign, so that the last step past the end does not wrap.
  for (; ahead <= Apart(from, to); ahead += static_cast<uint64_t>(step)) {
    ticks.push_back(ClockTick(static_cast<int64_t>(static_cast<uint64_t>(from) + ahead), step));
  }
  return ticks;
}

// Months since year 0, all positive in the range of times.
int64_t MonthsOf(int64_t nanos) {
  const year_month_day date = DateOf(nanos);
  return int64_t{static_cast<int>(date.year())} * 12 + static_cast<unsigned>(date.month()) - 1;
}

int64_t DaysAtMonth(int64_t months) {
  const std::chrono::year year(static_cast<int>(months / 12));
  const std::chrono::month month(static_cast<unsigned>(months % 12) + 1);
  return std::chrono::sys_days(year / month / 1).time_since_epoch().count();
}

// Ticks at the first of a month, every 1 to 1200 months.
std::vector<TimeTick> MonthTicks(int64_t from, int64_t to, size_t most) {
  // Months differ in length, so they are counted by the calendar.
  const int64_t first = MonthsOf(from), last = MonthsOf(to);
  int64_t step = 0;
  for (int months : kMonths) {
    if (step == 0 && static_cast<size_t>((last - first) / months) < most) step = months;
  }
  if (step == 0) step = 1200;
  // The first whole day in the span: a month that began before it has no tick.
  const int64_t first_day = FloorDivide(from, kDay) + (from % kDay != 0 ? 1 : 0);
  std::vector<TimeTick> ticks;
  // Multiples since year 0: steps of 12 begin in January, steps of 120 in years that end in 0.
  for (int64_t at = (first + step - 1) / step * step; at <= last; at += step) {
    const int64_t days = DaysAtMonth(at);
    if (days < first_day) continue;
    const int64_t nanos = days * kDay;
    const bool years = step % 12 == 0;
    ticks.push_back({nanos, years ? YearOf(nanos) : MonthOf(nanos), years ? "" : YearOf(nanos)});
  }
  return ticks;
}

}  // namespace

std::vector<TimeTick> TimeTicks(int64_t from, int64_t to, size_t most) {
  // By the clock as long as a step is large enough.
  const int64_t step = ClockStep(Apart(from, to), most);
  std::vector<TimeTick> ticks = step != 0 ? ClockTicks(from, to, step) : MonthTicks(from, to, most);
  for (size_t i = ticks.size(); i-- > 1;) {
    // The day is written once, at its first tick.
    // Backwards, so that each is compared with what its neighbour had.
    if (ticks[i].day == ticks[i - 1].day) ticks[i].day.clear();
  }
  return ticks;
}

std::string FormatDuration(int64_t nanos) {
  // Steps are chosen by people and are round, so that no fraction is needed.
  static constexpr std::pair<int64_t, const char*> kUnits[] = {
      {kDay, "d"},    {kHour, "h"},    {kMinute, "min"},
      {kSecond, "s"}, {1000000, "ms"}, {1000, "\xC2\xB5s"}};
  for (const auto& [unit, name] : kUnits) {
    if (nanos != 0 && nanos % unit == 0) return Concat(nanos / unit, "\xC2\xA0", name);
  }
  return Concat(nanos, "\xC2\xA0ns");
}

}  // namespace dolerite::charts
