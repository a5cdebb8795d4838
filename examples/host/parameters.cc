// Times are read as nanoseconds, which pushes need, and cut to milliseconds for questions.
#include "parameters.h"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <system_error>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "asked.h"

namespace dolerite::host {
namespace {

constexpr int64_t kSecond = 1'000'000'000;

// Digits alone: no sign, no space, no fraction.
std::optional<int64_t> ReadNumber(std::string_view text) {
  int64_t number = 0;
  const char* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, number);
  if (parsed.ec != std::errc() || parsed.ptr != end || number < 0) return std::nullopt;
  return number;
}

// Empty if the product is no int64_t: so many digits are a mistake.
std::optional<int64_t> Times(int64_t number, int64_t unit) {
  int64_t product = 0;
  if (__builtin_mul_overflow(number, unit, &product)) return std::nullopt;
  return product;
}

// 0 for a letter that is no unit.
int64_t UnitOf(char letter) {
  static constexpr int64_t kSeconds[] = {1, 60, 3600, 24 * 3600, 7 * 24 * 3600};
  const size_t unit = std::string_view("smhdw").find(letter);
  return unit < std::size(kSeconds) ? kSeconds[unit] * kSecond : 0;
}

// A time in milliseconds. InvalidArgument for a text that is no time.
absl::StatusOr<int64_t> TimeParameter(const Request& request, const std::string& name,
                                      int64_t default_millis) {
  const std::string_view text = request.Parameter(name).value_or("");
  if (text.empty()) return default_millis;
  const std::optional<int64_t> nanos = ReadTime(text, request.received_nanos);
  if (nanos) return Millis(*nanos);
  return absl::InvalidArgumentError(absl::StrCat(
      name, "=", std::string(text), ": expected a time since 1970, `now`, or `now-1h`"));
}

}  // namespace

std::optional<int64_t> ReadTime(std::string_view text, int64_t now_nanos) {
  if (text == "now") return now_nanos;
  if (!text.starts_with("now-")) {
    const std::optional<int64_t> number = ReadNumber(text);
    if (!number) return std::nullopt;
    // Today's times have 10, 13, 16 or 19 digits, by their unit.
    const size_t digits = text.size();
    return Times(*number, digits <= 10   ? kSecond
                          : digits == 13 ? 1'000'000
                          : digits == 16 ? 1'000
                                         : 1);
  }
  // `now-`, then a number and its unit.
  const std::string_view age = text.substr(4);
  if (age.empty()) return std::nullopt;
  const int64_t unit = UnitOf(age.back());
  const std::optional<int64_t> number = ReadNumber(age.substr(0, age.size() - 1));
  if (unit == 0 || !number) return std::nullopt;
  const std::optional<int64_t> before = Times(*number, unit);
  if (!before) return std::nullopt;
  return now_nanos - *before;
}

absl::StatusOr<TimeRange> ReadRange(const Request& request, const std::string& from,
                                    const std::string& until, const TimeRange& otherwise) {
  // What is given decides: a default moves to it if the range would end before it starts.
  const auto end = TimeParameter(request, until, otherwise.end);
  if (!end.ok()) return end.status();
  const auto start = TimeParameter(request, from, std::min(otherwise.start, *end));
  if (!start.ok()) return start.status();
  const bool open = request.Parameter(until).value_or("").empty();
  return TimeRange{*start, open ? std::max(*start, *end) : *end};
}

absl::StatusOr<std::optional<int64_t>> ReadMaxNodes(const Request& request,
                                                    const std::string& name) {
  const std::string text(request.Parameter(name).value_or(""));
  int64_t nodes = 0;
  if (text.empty()) return std::nullopt;
  if (absl::SimpleAtoi(text, &nodes)) return nodes;
  return absl::InvalidArgumentError(absl::StrCat(name, "=", text, ": expected a number"));
}

}  // namespace dolerite::host
