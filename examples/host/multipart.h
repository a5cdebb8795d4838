// Parts of a multipart/form-data body.
#ifndef DOLERITE_EXAMPLES_HOST_MULTIPART_H_
#define DOLERITE_EXAMPLES_HOST_MULTIPART_H_

#include <map>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace dolerite::host {

// By name the content of each part, as views into `body`. InvalidArgument if the body is not what
// `content_type` says, has more than 16 parts, or two of one name.
absl::StatusOr<std::map<std::string, std::string_view>> ReadMultipart(std::string_view content_type,
                                                                      std::string_view body);

}  // namespace dolerite::host

#endif  // DOLERITE_EXAMPLES_HOST_MULTIPART_H_
