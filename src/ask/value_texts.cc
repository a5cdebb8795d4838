// Each text has a printer, which gives one text for a value, and a parser, which takes that and
// what people write instead.
#include "ask/value_texts.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <limits>

#include "base/text.h"
#include "base/utf8.h"

namespace dolerite::ask {
namespace {

constexpr int64_t kSecond = 1'000'000'000;
constexpr int64_t kMost = std::numeric_limits<int64_t>::max();

// With zeros in front, up to a width.
std::string Digits(uint64_t value, size_t width) {
  std::string digits = std::to_string(value);
  return std::string(width - std::min(width, digits.size()), '0') + digits;
}

// Takes text from the front, and remembers whether all was as expected.
struct Scanner {
  std::string_view rest;
  bool ok = true;

  bool Take(std::string_view choice) {
    const bool there = !rest.empty() && choice.find(rest[0]) != std::string_view::npos;
    if (there) rest.remove_prefix(1);
    return there;
  }
  void Expect(std::string_view choice) { ok = Take(choice) && ok; }
  // A number of `width` digits.
  int Number(size_t width) {
    int value = 0;
    for (size_t i = 0; i < width; ++i) {
      const char c = rest.empty() ? 'x' : rest[0];
      Expect("0123456789");
      if (ok) value = value * 10 + (c - '0');
    }
    return value;
  }
};

bool FitsNanos(__int128 nanos) {
  return nanos >= -static_cast<__int128>(kMost) - 1 && nanos <= kMost;
}

struct DurationUnit {
  std::string_view name;
  int64_t nanos;
};
// Largest first: a duration is printed in the first unit that divides it.
constexpr DurationUnit kUnits[] = {{"d", 86400 * kSecond},
                                   {"h", 3600 * kSecond},
                                   {"m", 60 * kSecond},
                                   {"s", kSecond},
                                   {"ms", 1'000'000},
                                   {"us", 1'000},
                                   {"ns", 1}};

// `2026-05-04T10:00:00`. Calendar arithmetic is that of <chrono>, which needs no clock and no time
// zone data.
std::string SecondText(int64_t seconds) {
  const std::chrono::sys_seconds time{std::chrono::seconds(seconds)};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const uint64_t of_day =
      static_cast<uint64_t>(seconds - day.time_since_epoch().count() * int64_t{86400});
  return Concat(Digits(static_cast<uint64_t>(static_cast<int>(date.year())), 4), '-',
                Digits(static_cast<unsigned>(date.month()), 2), '-',
                Digits(static_cast<unsigned>(date.day()), 2), 'T', Digits(of_day / 3600, 2), ':',
                Digits(of_day / 60 % 60, 2), ':', Digits(of_day % 60, 2));
}

}  // namespace

std::string TimeText(int64_t nanos) {
  // Through seconds: the first second of all begins before the first nanosecond that fits.
  const int64_t seconds = nanos / kSecond - (nanos % kSecond < 0);
  std::string out = SecondText(seconds);
  const int64_t fraction =
      static_cast<int64_t>(static_cast<__int128>(nanos) - static_cast<__int128>(seconds) * kSecond);
  if (fraction != 0) {
    std::string decimals = Digits(static_cast<uint64_t>(fraction), 9);
    decimals.erase(decimals.find_last_not_of('0') + 1);
    out += "." + decimals;
  }
  return out + "Z";
}

std::string SampleTimeText(uint64_t nanos) {
  const uint64_t second = kSecond;
  return Concat(SecondText(static_cast<int64_t>(nanos / second)), '.', Digits(nanos % second, 9),
                'Z');
}

namespace {

// Decimals behind the point, at most nine, as nanoseconds.
int64_t ScanFraction(Scanner* in) {
  if (!in->Take(".")) return 0;
  int64_t unit = kSecond / 10;
  int64_t fraction = in->Number(1) * unit;
  while (!in->rest.empty() && in->rest[0] >= '0' && in->rest[0] <= '9') {
    unit /= 10;
    in->ok = in->ok && unit > 0;
    fraction += in->Number(1) * unit;
  }
  return fraction;
}

// `Z`, or how many minutes local time is ahead of UTC.
int ScanZone(Scanner* in) {
  if (in->Take("Zz")) return 0;
  const int sign = in->rest.starts_with('-') ? -1 : 1;
  in->Expect("+-");
  const int hours = in->Number(2);
  in->Expect(":");
  const int minutes = in->Number(2);
  in->ok = in->ok && hours < 24 && minutes < 60;
  return sign * (hours * 60 + minutes);
}

}  // namespace

std::optional<int64_t> ParseTimeText(std::string_view text) {
  Scanner in{text};
  const auto number = [&](size_t width, std::string_view before) {
    if (!before.empty()) in.Expect(before);
    return in.Number(width);
  };
  const int year = number(4, ""), month = number(2, "-"), day = number(2, "-");
  const int hour = number(2, "Tt"), minute = number(2, ":"), second = number(2, ":");
  const int64_t fraction = ScanFraction(&in);
  const int ahead = ScanZone(&in);
  // Numbers of the right width may still be no date, as the 30th of February.
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!in.ok || !in.rest.empty() || !date.ok() || hour > 23 || minute > 59 || second > 59) {
    return std::nullopt;
  }
  const int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  const int64_t seconds = days * 86400 + hour * 3600 + (minute - ahead) * 60 + second;
  const __int128 nanos = static_cast<__int128>(seconds) * kSecond + fraction;
  if (!FitsNanos(nanos)) return std::nullopt;
  return static_cast<int64_t>(nanos);
}

std::string DurationText(int64_t nanos) {
  if (nanos == 0) return "0s";
  for (const DurationUnit& unit : kUnits) {
    if (nanos % unit.nanos == 0) return Concat(nanos / unit.nanos, unit.name);
  }
  return {};  // the last unit divides all
}

std::optional<int64_t> ParseDurationText(std::string_view text) {
  // Wider than the result, so that a sum that is too large shows.
  __int128 sum = 0;
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  if (text.empty()) return std::nullopt;
  while (!text.empty()) {
    uint64_t count = 0;
    const bool digit = text[0] >= '0' && text[0] <= '9';
    const auto read = std::from_chars(text.data(), text.data() + text.size(), count);
    if (!digit || read.ec != std::errc()) return std::nullopt;
    text.remove_prefix(static_cast<size_t>(read.ptr - text.data()));
    const std::string_view name = text.substr(0, text.find_first_of("0123456789"));
    const auto unit = std::find_if(std::begin(kUnits), std::end(kUnits),
                                   [&](const DurationUnit& u) { return u.name == name; });
    if (unit == std::end(kUnits)) return std::nullopt;
    text.remove_prefix(name.size());
    sum += static_cast<__int128>(count) * unit->nanos;
    // Twice what fits: INT64_MIN has one more than INT64_MAX.
    if (sum > 2 * static_cast<__int128>(kMost)) return std::nullopt;
  }
  if (negative) sum = -sum;
  if (!FitsNanos(sum)) return std::nullopt;
  return static_cast<int64_t>(sum);
}

bool ParseHexText(std::string_view text, std::span<uint8_t> out) {
  if (text.size() != 2 * out.size()) return false;
  for (size_t i = 0; i < out.size(); ++i) {
    const char* const digits = text.data() + 2 * i;
    if (std::from_chars(digits, digits + 2, out[i], 16).ptr != digits + 2) return false;
  }
  return true;
}

namespace {

// A text in double quotes. Bytes that are no character of UTF-8 and controls are escaped, so that
// the whole may stand in JSON.
void AppendQuoted(std::string* out, std::string_view text) {
  out->push_back('"');
  for (size_t at = 0; at < text.size();) {
    const size_t length = Utf8Length(text, at);
    const char c = text[at];
    if (c == '"' || c == '\\') {
      *out += Concat('\\', c);
    } else if (length == 0 || static_cast<uint8_t>(c) < 0x20 || c == 0x7f) {
      const uint8_t byte = static_cast<uint8_t>(c);
      *out += "\\x" + HexText({&byte, 1});
    } else {
      out->append(text.substr(at, length));
    }
    at += std::max<size_t>(length, 1);
  }
  out->push_back('"');
}

// Names of letters, digits and underscores stand as they are; ParseMatchers takes quoted ones too.
bool NeedsNoQuotes(std::string_view name) {
  return std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
}

}  // namespace

std::optional<std::string> MatchersText(std::span<const LabelMatcher> matchers) {
  static constexpr std::string_view kOps[] = {"=", "!=", "=~", "!~"};
  if (matchers.empty()) return "";
  std::string out = "{";
  for (const LabelMatcher& matcher : matchers) {
    const size_t op = static_cast<size_t>(matcher.op);
    if (matcher.name.empty() || op >= std::size(kOps)) return std::nullopt;
    if (out.size() > 1) out += ", ";
    if (NeedsNoQuotes(matcher.name)) {
      out += matcher.name;
    } else {
      AppendQuoted(&out, matcher.name);
    }
    out += kOps[op];
    AppendQuoted(&out, matcher.value);
  }
  return out + "}";
}

}  // namespace dolerite::ask
