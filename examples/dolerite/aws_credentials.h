// Where programs for AWS find their credentials: variables, the shared file, the service of a
// container or of a machine. Two files that any host may take along.
#ifndef DOLERITE_EXAMPLES_AWS_CREDENTIALS_H_
#define DOLERITE_EXAMPLES_AWS_CREDENTIALS_H_

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "dolerite/s3.h"

namespace dolerite::cli {

struct SmallRequest {
  std::string method, url;
  std::vector<std::pair<std::string, std::string>> headers = {};
};
struct SmallAnswer {
  int status = 0;
  std::string body;
};

// What the process can see. Tests bring their own.
struct AwsEnvironment {
  std::function<std::optional<std::string>(const std::string& name)> variable;
  std::function<absl::StatusOr<std::string>(const std::string& path)> file;
  // Asks a service nearby; fails within two seconds where the service is missing.
  std::function<absl::StatusOr<SmallAnswer>(const SmallRequest&)> http;
};

// The first that is there: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN; the
// profile AWS_PROFILE ("default") of ~/.aws/credentials; the URI of AWS_CONTAINER_CREDENTIALS_
// RELATIVE_URI or _FULL_URI (ECS, EKS); the role of the machine (IMDSv2). Nothing is kept: call it
// again before expires_unix_seconds. Unauthenticated, naming where it looked, if nothing is found.
absl::StatusOr<S3Credentials> FindAwsCredentials(const AwsEnvironment& environment);

// AWS_REGION, AWS_DEFAULT_REGION, or the profile's in ~/.aws/config; "" if none of them is set.
std::string FindAwsRegion(const AwsEnvironment& environment);

}  // namespace dolerite::cli

#endif  // DOLERITE_EXAMPLES_AWS_CREDENTIALS_H_
