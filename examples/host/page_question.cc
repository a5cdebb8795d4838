#include "page_question.h"

#include <algorithm>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "asked.h"
#include "time_text.h"

namespace dolerite::host {
namespace {

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

absl::StatusOr<TimeRange> ReadRange(const Request& request, const std::string& from,
                                    const std::string& until, const TimeRange& otherwise) {
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
