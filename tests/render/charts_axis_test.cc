#include <catch2/catch.hpp>
#include <limits>
#include <random>

#include "render/charts/heat_grid.h"
#include "render/charts/time_axis.h"
#include "render/charts/units.h"
#include "render/render_support.h"

namespace dolerite::charts {
namespace {

using testing::kMax;
using testing::kMin;

constexpr uint64_t kMostCount = std::numeric_limits<uint64_t>::max();

// With ordinary spaces.
std::string Plain(std::string text) {
  for (size_t at; (at = text.find("\xC2\xA0")) != text.npos;) text.replace(at, 2, " ");
  return text;
}

TEST_CASE("values are written as on the flame graph's page") {
  const auto text = [](double v, const char* unit) { return Plain(FormatValue(v, unit)); };
  CHECK(text(0, "nanoseconds") == "0 ns");
  CHECK(text(999, "nanoseconds") == "999 ns");
  CHECK(text(1500, "NanoSeconds") == "1.50 \xC2\xB5s");
  CHECK(text(999700000, "ns") == "1.00 s");
  CHECK(text(5400e9, "ns") == "1.50 h");
  CHECK(text(90, "seconds") == "1.50 min");
  CHECK(text(-1536, "bytes") ==
        "\xE2\x88\x92"
        "1.50 KiB");
  CHECK(text(12300, "samples") == "12.3 k samples");
  CHECK(text(12300, "count") == "12.3 k");
  CHECK(text(7, "count") == "7");
  CHECK(text(0.25, "count") == "0.25");
  CHECK(text(std::numeric_limits<double>::quiet_NaN(), "count") == "\xE2\x80\x93");
  CHECK(Plain(FormatRound(2000, "count")) == "2 k");
  CHECK(Plain(FormatRound(2500000, "count")) == "2.5 M");
  CHECK(FormatDuration(15000000000) == "15\xC2\xA0s");
  CHECK(FormatDuration(1500000000) == "1500\xC2\xA0ms");
}

TEST_CASE("a value axis holds its values, with a fair number of distinct ticks") {
  std::mt19937_64 random(1);
  for (int i = 0; i < 3000; ++i) {
    const char* units[] = {"count", "nanoseconds", "bytes", "seconds", "mb"};
    const double low = i % 2 ? 0 : -std::ldexp(1, static_cast<int>(random() % 63));
    const double high = std::ldexp(1 + static_cast<double>(random() % 1000) / 1000,
                                   static_cast<int>(random() % 62));
    const ValueAxis axis = MakeValueAxis(low, high, units[i % 5], i % 3 == 0, 6);
    CAPTURE(low, high, units[i % 5]);
    REQUIRE(axis.low <= low + 1e-8 * (high - low));
    REQUIRE(axis.high >= high - 1e-8 * (high - low));
    REQUIRE(axis.ticks.size() >= 2);
    REQUIRE(axis.ticks.size() <= 9);
    for (size_t t = 1; t < axis.ticks.size(); ++t) {
      REQUIRE(axis.ticks[t - 1].value < axis.ticks[t].value);
      REQUIRE(axis.ticks[t - 1].label != axis.ticks[t].label);
    }
  }
}

TEST_CASE("time ticks ascend within their span, no more than asked") {
  std::mt19937_64 random(2);
  for (int i = 0; i < 5000; ++i) {
    int64_t from = static_cast<int64_t>(random()), to = static_cast<int64_t>(random());
    if (i % 2)
      to = static_cast<int64_t>(static_cast<uint64_t>(from) + 2 + (random() >> (i % 63 + 1)));
    if (i == 0) from = kMin, to = kMax;
    if (i == 1) from = kMin, to = kMin + 1;
    if (i == 2) from = kMax - 1, to = kMax;
    if (to < from) std::swap(from, to);
    const std::vector<TimeTick> ticks = TimeTicks(from, to, 11);
    CAPTURE(from, to);
    REQUIRE(ticks.size() >= 1);
    REQUIRE(ticks.size() <= 11);
    REQUIRE(ticks.front().nanos >= from);
    REQUIRE(ticks.back().nanos <= to);
    for (size_t t = 1; t < ticks.size(); ++t) REQUIRE(ticks[t - 1].nanos < ticks[t].nanos);
  }
}

TEST_CASE("time ticks say day and year where these change") {
  const int64_t hour = 3600000000000, midnight = 1795219200000000000;  // 2026-11-21
  const std::vector<TimeTick> night = TimeTicks(midnight - 2 * hour, midnight + 2 * hour, 5);
  REQUIRE(night.size() == 5);
  CHECK(night[0].label == "22:00");
  CHECK(night[0].day == "2026-11-20");
  CHECK(night[1].day.empty());
  CHECK(night[2].label == "00:00");
  CHECK(night[2].day == "2026-11-21");
  const std::vector<TimeTick> weeks = TimeTicks(midnight, midnight + 24 * 40 * hour, 8);
  REQUIRE(weeks.size() == 6);
  CHECK(weeks[0].label == "Nov 23");  // a Monday
  const std::vector<TimeTick> years = TimeTicks(midnight, midnight + int64_t{24} * 3000 * hour, 12);
  REQUIRE(years.size() == 9);
  CHECK(years[0].label == "2027");
  CHECK(years[8].label == "2035");
}

TEST_CASE("colours are few, ascend and begin with the least count") {
  std::mt19937_64 random(3);
  for (int i = 0; i < 5000; ++i) {
    uint64_t least = (random() >> (random() % 64)), most = (random() >> (random() % 64));
    if (i == 0) least = 1, most = kMostCount;
    if (i == 1) least = most = kMostCount;
    least = std::max<uint64_t>(least, 1), most = std::max<uint64_t>(most, 1);
    if (most < least) std::swap(least, most);
    const std::vector<uint64_t> steps = ColorSteps(least, most);
    CAPTURE(least, most, steps);
    REQUIRE(!steps.empty());
    REQUIRE(steps.size() <= 10);
    REQUIRE(steps.front() <= least);
    REQUIRE(steps.back() <= most);
    for (size_t s = 1; s < steps.size(); ++s) {
      REQUIRE(steps[s - 1] < steps[s]);
      REQUIRE(steps[s] > least);
    }
    // Few where there are few counts, else enough to see differences.
    if (most - least < 9) REQUIRE(steps.size() == most - least + 1);
    if (most - least > 20) REQUIRE(steps.size() >= 3);
  }
}

}  // namespace
}  // namespace dolerite::charts
