#include <algorithm>
#include <cmath>
#include <cstdio>

#include "absl/time/time.h"
#include "output.h"

namespace dolerite::cli {
namespace {

struct Unit {
  double size;
  const char* name;
};

// Three digits or so, in the largest unit that leaves 1 or more.
std::string InUnits(double value, std::span<const Unit> units) {
  const Unit* unit = &units.front();
  for (const Unit& u : units) {
    if (std::fabs(value) >= u.size) unit = &u;
  }
  const double shown = value / unit->size;
  const int digits = std::fabs(shown) >= 100 || value == 0 ? 0 : std::fabs(shown) >= 10 ? 1 : 2;
  char text[64];
  std::snprintf(text, sizeof text, "%.*f%s", unit == &units.front() ? 0 : digits, shown,
                unit->name);
  return text;
}

constexpr Unit kTimes[] = {{1, "ns"}, {1e3, "us"}, {1e6, "ms"}, {1e9, "s"}, {3.6e12, "h"}};
constexpr Unit kSizes[] = {
    {1, "B"}, {1024, "KiB"}, {1048576, "MiB"}, {1073741824, "GiB"}, {1099511627776.0, "TiB"}};

double NanosOf(std::string_view unit) {
  if (unit == "nanoseconds" || unit == "ns") return 1;
  if (unit == "microseconds" || unit == "us") return 1e3;
  if (unit == "milliseconds" || unit == "ms") return 1e6;
  if (unit == "seconds" || unit == "s") return 1e9;
  return 0;
}

size_t Width(std::string_view text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

}  // namespace

std::string FormatBytes(uint64_t bytes) { return InUnits(static_cast<double>(bytes), kSizes); }

std::string FormatValue(int64_t value, std::string_view unit) {
  if (const double nanos = NanosOf(unit); nanos > 0) {
    return InUnits(static_cast<double>(value) * nanos, kTimes);
  }
  if (unit == "bytes" || unit == "byte") return InUnits(static_cast<double>(value), kSizes);
  return std::to_string(value);
}

std::string FormatPercent(double share) {
  char text[48];
  std::snprintf(text, sizeof text, "%.2f%%", 100 * share);
  return text;
}

std::string FormatRatio(uint64_t from, uint64_t to) {
  char text[48];
  std::snprintf(text, sizeof text, "%.2f",
                to == 0 ? 0.0 : static_cast<double>(from) / static_cast<double>(to));
  return text;
}

std::string FormatTime(int64_t nanos) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%E*SZ", absl::FromUnixNanos(nanos), absl::UTCTimeZone());
}

std::string Count(uint64_t n, std::string_view thing) {
  return std::to_string(n) + " " + std::string(thing) + (n == 1 ? "" : "s");
}

std::string Hex(std::span<const uint8_t> bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  for (uint8_t byte : bytes) out += kDigits[byte >> 4], out += kDigits[byte & 15];
  return out;
}

std::string Plain(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  }
  return out;
}

std::string Table::ToString() const {
  std::vector<size_t> widths(right.size());
  for (const auto& row : rows) {
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], Width(row[i]));
  }
  std::string out;
  for (const auto& row : rows) {
    for (size_t i = 0; i < row.size(); ++i) {
      const std::string pad(widths[i] - Width(row[i]), ' ');
      const bool last = i + 1 == row.size();
      out += right[i] ? pad + row[i] : last ? row[i] : row[i] + pad;
      out += last ? "\n" : "  ";
    }
  }
  return out;
}

}  // namespace dolerite::cli
