// What the parameters of a page ask for.
#ifndef DOLERITE_EXAMPLES_HOST_PAGE_QUESTION_H_
#define DOLERITE_EXAMPLES_HOST_PAGE_QUESTION_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "http_message.h"
#include "stack_messages.h"

namespace dolerite::host {

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

#endif  // DOLERITE_EXAMPLES_HOST_PAGE_QUESTION_H_
