#include "page_question.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "asked.h"
#include "time_text.h"

namespace dolerite::host {
namespace {

constexpr int64_t kHourMillis = 3'600'000;

}  // namespace

absl::StatusOr<int64_t> TimeParameter(const Request& request, const std::string& name,
                                      int64_t default_millis) {
  const std::string_view text = request.Parameter(name).value_or("");
  if (text.empty()) return default_millis;
  const std::optional<int64_t> nanos = ReadTime(text, request.received_nanos);
  if (nanos) return Millis(*nanos);
  return absl::InvalidArgumentError(absl::StrCat(
      name, "=", std::string(text), ": expected a time since 1970, `now`, or `now-1h`"));
}

absl::Status ReadRange(const Request& request, const std::string& from, const std::string& until,
                       StacktracesRequest* out) {
  const int64_t now = Millis(request.received_nanos);
  const absl::StatusOr<int64_t> start = TimeParameter(request, from, now - kHourMillis);
  if (!start.ok()) return start.status();
  const absl::StatusOr<int64_t> end = TimeParameter(request, until, now);
  if (!end.ok()) return end.status();
  out->start = *start;
  out->end = *end;
  return absl::OkStatus();
}

absl::Status ReadMaxNodes(const Request& request, const std::string& name,
                          StacktracesRequest* out) {
  const std::string text(request.Parameter(name).value_or(""));
  int64_t nodes = 0;
  if (text.empty()) return absl::OkStatus();
  if (!absl::SimpleAtoi(text, &nodes)) {
    return absl::InvalidArgumentError(absl::StrCat(name, "=", text, ": expected a number"));
  }
  out->max_nodes = nodes;
  return absl::OkStatus();
}

absl::StatusOr<StacktracesRequest> PageQuestion(const Request& request) {
  StacktracesRequest out;
  out.profile_type = std::string(request.Parameter("type").value_or(""));
  out.label_selector = std::string(request.Parameter("match").value_or(""));
  absl::Status status = ReadRange(request, "from", "until", &out);
  if (status.ok()) status = ReadMaxNodes(request, "max_nodes", &out);
  if (!status.ok()) return status;
  return out;
}

}  // namespace dolerite::host
