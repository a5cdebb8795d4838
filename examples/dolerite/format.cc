#include <algorithm>
#include <cstdio>

#include "absl/time/time.h"
#include "dolerite/units.h"
#include "dolerite/value_text.h"
#include "output.h"

namespace dolerite::cli {
namespace {

// Continuation bytes of UTF-8 have no width. Wide letters count as one: alignment is all that
// suffers.
size_t Width(std::string_view text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

}  // namespace

std::string FormatBytes(uint64_t bytes) { return ValueText(static_cast<double>(bytes), "bytes"); }

// Counts are exact: they need no unit to be read.
// Other values are rounded for people to three digits.
std::string FormatValue(int64_t value, std::string_view unit) {
  if (UnitNamed(unit).dimension == Dimension::kOther) return std::to_string(value);
  return ValueText(static_cast<double>(value), unit);
}

std::string FormatPercent(double share) {
  char text[48];
  // Longer texts, of shares beyond reason, are cut.
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
  // As many decimals as the time has, so that it can be given back to --from and --to.
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

// Two passes: widths first. The last column has no padding, so that lines end in no spaces.
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
