// What the parameters of a page ask for.
#ifndef DOLERITE_EXAMPLES_HOST_PAGE_QUESTION_H_
#define DOLERITE_EXAMPLES_HOST_PAGE_QUESTION_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "http_message.h"
#include "stack_messages.h"

namespace dolerite::host {

// A time, as ReadTime takes it, in milliseconds. InvalidArgument for another text.
absl::StatusOr<int64_t> TimeParameter(const Request& request, const std::string& name,
                                      int64_t default_millis);
// `from` and `until`, or with another word in front of each; the last hour without them.
// InvalidArgument for another text.
absl::Status ReadRange(const Request& request, const std::string& from, const std::string& until,
                       StacktracesRequest* out);
// A number of nodes; none if the parameter is not there. InvalidArgument for another text.
absl::Status ReadMaxNodes(const Request& request, const std::string& name, StacktracesRequest* out);
// ?type=&match=&from=&until=&max_nodes=
absl::StatusOr<StacktracesRequest> PageQuestion(const Request& request);

}  // namespace dolerite::host

#endif  // DOLERITE_EXAMPLES_HOST_PAGE_QUESTION_H_
