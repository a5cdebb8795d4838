#include "s3/headers.h"

#include <algorithm>
#include <charconv>
#include <chrono>

namespace dolerite::s3 {
namespace {

// Some servers send thirty headers. A head that passes these bounds is not from a server of S3.
constexpr size_t kMaxHeaders = 200;
constexpr size_t kMaxHeaderBytes = 8 << 10;
constexpr size_t kMaxVersionBytes = 256;

std::string_view Trim(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == text.npos) return "";
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 'a' - 'A') : c;
  return lower;
}

// The number of `n` digits at `at`; -1 if they are not digits. They lie within `text`.
int64_t DigitsAt(std::string_view text, size_t at, size_t n) {
  const auto number = ParseNumber(text.substr(at, n));
  return number ? static_cast<int64_t>(*number) : -1;
}

bool Take(std::string_view what, std::string_view* text) {
  if (!text->starts_with(what)) return false;
  text->remove_prefix(what.size());
  return true;
}

// Nothing unless all of them are numbers that a calendar and a clock have.
// 60 seconds are a leap second, which counts as the next one.
std::optional<int64_t> UnixTime(int64_t year, int64_t month, int64_t day, int64_t hour,
                                int64_t minute, int64_t second) {
  using namespace std::chrono;
  const year_month_day date{std::chrono::year(static_cast<int>(year)),
                            std::chrono::month(static_cast<unsigned>(month)),
                            std::chrono::day(static_cast<unsigned>(day))};
  const bool sound = year >= 0 && date.ok() && hour >= 0 && hour < 24 && minute >= 0 &&
                     minute < 60 && second >= 0 && second <= 60;
  if (!sound) return std::nullopt;
  return sys_days(date).time_since_epoch().count() * int64_t{86400} + hour * 3600 + minute * 60 +
         second;
}

}  // namespace

// The first one, as a proxy may add another behind it.
std::string_view Head::Find(std::string_view name) const {
  const auto it = std::find_if(headers.begin(), headers.end(),
                               [&](const auto& header) { return header.first == name; });
  return it == headers.end() ? std::string_view() : it->second;
}

// Lines come as libcurl gives them, with their ends.
bool AddHeadLine(std::string_view line, Head* head) {
  // "HTTP/1.1 200 OK". Each answer begins with one, interim answers (100) too.
  if (line.starts_with("HTTP/")) {
    const size_t blank = line.find(' ');
    if (blank == line.npos || line.size() - blank < 4) return false;
    const auto status = ParseNumber(line.substr(blank + 1, 3));
    if (!status || *status < 100) return false;
    *head = {static_cast<int>(*status)};
    return true;
  }
  // The empty line ends a head.
  if (Trim(line).empty()) return true;
  const size_t colon = line.find(':');
  const bool fits = line.size() <= kMaxHeaderBytes && head->headers.size() < kMaxHeaders;
  if (colon == line.npos || !fits) return false;
  // Names in lower case: HTTP does not tell them apart.
  head->headers.emplace_back(Lower(Trim(line.substr(0, colon))), Trim(line.substr(colon + 1)));
  return true;
}

std::optional<uint64_t> ParseNumber(std::string_view text) {
  uint64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [last, error] = std::from_chars(text.data(), end, number);
  if (text.empty() || error != std::errc() || last != end) return std::nullopt;
  return number;
}

std::optional<ContentRange> ParseContentRange(std::string_view text) {
  if (!Take("bytes ", &text)) return std::nullopt;
  const size_t dash = text.find('-'), slash = text.find('/');
  if (dash == text.npos || slash == text.npos || slash < dash) return std::nullopt;
  const auto first = ParseNumber(text.substr(0, dash));
  const auto last = ParseNumber(text.substr(dash + 1, slash - dash - 1));
  const auto size = ParseNumber(text.substr(slash + 1));
  // A range is believed only if it lies in an object that can be.
  if (!first || !last || !size || *first > *last || *last >= *size) return std::nullopt;
  return ContentRange{*first, *last - *first + 1, *size};
}

bool IsVersion(std::string_view version) {
  return !version.empty() && version.size() <= kMaxVersionBytes &&
         std::all_of(version.begin(), version.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

// With or without quotes: some servers leave them out, and the version is the same.
std::optional<std::string> ParseETag(std::string_view text) {
  if (text.size() >= 2 && text.starts_with('"') && text.ends_with('"')) {
    text = text.substr(1, text.size() - 2);
  }
  if (!IsVersion(text)) return std::nullopt;
  return std::string(text);
}

// One form only, the one that HTTP wants servers to send.
std::optional<int64_t> ParseHttpDate(std::string_view text) {
  constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
  constexpr std::string_view kForm = "Fri, 24 May 2013 00:00:00 GMT";
  if (text.size() != kForm.size() || !text.ends_with(" GMT")) return std::nullopt;
  // Only letters and digits differ from the form.
  for (size_t i = 0; i < kForm.size(); ++i) {
    const bool mark = kForm[i] == ' ' || kForm[i] == ',' || kForm[i] == ':';
    if (mark && text[i] != kForm[i]) return std::nullopt;
  }
  const size_t month = kMonths.find(text.substr(8, 3));
  if (month == kMonths.npos || month % 3 != 0) return std::nullopt;
  return UnixTime(DigitsAt(text, 12, 4), static_cast<int64_t>(month / 3 + 1), DigitsAt(text, 5, 2),
                  DigitsAt(text, 17, 2), DigitsAt(text, 20, 2), DigitsAt(text, 23, 2));
}

std::optional<int64_t> ParseXmlTime(std::string_view text) {
  // "2013-05-24T00:00:00", and perhaps a fraction of a second, which does not matter here.
  const bool sound = text.size() >= 20 && text.ends_with('Z') && text[4] == '-' && text[7] == '-' &&
                     text[10] == 'T' && text[13] == ':' && text[16] == ':';
  if (!sound) return std::nullopt;
  return UnixTime(DigitsAt(text, 0, 4), DigitsAt(text, 5, 2), DigitsAt(text, 8, 2),
                  DigitsAt(text, 11, 2), DigitsAt(text, 14, 2), DigitsAt(text, 17, 2));
}

}  // namespace dolerite::s3
