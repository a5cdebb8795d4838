// A real S3 server, if tests/clients.sh has started one.
#ifndef DOLERITE_TESTS_S3_REAL_SERVER_H_
#define DOLERITE_TESTS_S3_REAL_SERVER_H_

#include <cstdlib>
#include <ctime>
#include <optional>

#include "s3/s3_support.h"

namespace dolerite::testing {

// Nothing if no server is named by DOLERITE_S3_ENDPOINT and DOLERITE_S3_BUCKET.
inline std::optional<S3Options> RealOptions() {
  const char* endpoint = std::getenv("DOLERITE_S3_ENDPOINT");
  const char* bucket = std::getenv("DOLERITE_S3_BUCKET");
  if (endpoint == nullptr || bucket == nullptr) {
    WARN("SKIPPED: no S3 server, see tests/clients.sh");
    return std::nullopt;
  }
  S3Options options;
  options.endpoint = endpoint;
  options.bucket = bucket;
  options.path_style = true;
  options.part_bytes = kPart;
  options.credentials = [] { return S3Credentials{"TESTKEY", "TESTSECRET"}; };
  options.unix_seconds = [] { return static_cast<int64_t>(std::time(nullptr)); };
  return options;
}

}  // namespace dolerite::testing

#endif  // DOLERITE_TESTS_S3_REAL_SERVER_H_
