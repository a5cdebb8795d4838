// What the parameters of a URL say.
#ifndef DOLERITE_EXAMPLES_HOST_PARAMETERS_H_
#define DOLERITE_EXAMPLES_HOST_PARAMETERS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "http_message.h"

namespace dolerite::host {

// Nanoseconds since 1970 of a number, whose digits tell the unit: up to 10 are seconds, 13 ms, 16
// us, others ns; or of `now`, or of a time before it: `now-90s`, `now-2h` (s, m, h, d, w). Empty
// for anything else.
std::optional<int64_t> ReadTime(std::string_view text, int64_t now_nanos);

// Milliseconds, both ends included.
struct TimeRange {
  int64_t start = 0, end = 0;
};

// The times in two parameters, as ReadTime takes them. An end that is not given is that of
// `otherwise`, or the given end if it would lie on its other side. InvalidArgument for other texts.
absl::StatusOr<TimeRange> ReadRange(const Request& request, const std::string& from,
                                    const std::string& until, const TimeRange& otherwise);
// A number of nodes; none if the parameter is not there. InvalidArgument for another text.
absl::StatusOr<std::optional<int64_t>> ReadMaxNodes(const Request& request,
                                                    const std::string& name);

}  // namespace dolerite::host

#endif  // DOLERITE_EXAMPLES_HOST_PARAMETERS_H_
