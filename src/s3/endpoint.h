// Where the objects of a bucket are.
#ifndef DOLERITE_S3_ENDPOINT_H_
#define DOLERITE_S3_ENDPOINT_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "dolerite/s3.h"

namespace dolerite::s3 {

struct Endpoint {
  std::string scheme;  // "http://" or "https://"
  std::string host;    // as the header Host has it: with a port, unless that is the scheme's own
  std::string path;    // of the bucket: "" or "/bucket", with no slash at the end

  // The path of the key of an object, or of the bucket if it is "".
  std::string Path(std::string_view key) const { return path + "/" + std::string(key); }
  std::string Url(std::string_view path_of_it, std::string_view query) const {
    std::string url = scheme + host + std::string(path_of_it);
    return query.empty() ? url : url + "?" + std::string(query);
  }
};

// InvalidArgument if an option that an address is made of can't be a part of one.
absl::StatusOr<Endpoint> MakeEndpoint(const S3Options& options);

}  // namespace dolerite::s3

#endif  // DOLERITE_S3_ENDPOINT_H_
