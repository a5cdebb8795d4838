// What an answer of an S3 server means to a caller of ObjectStore.
#ifndef DOLERITE_S3_EXPLAIN_H_
#define DOLERITE_S3_EXPLAIN_H_

#include <cstdint>
#include <string_view>

#include "absl/status/status.h"
#include "s3/http.h"

namespace dolerite::s3 {

// What a request asked the server to check first: that there is no object, or which version it has.
enum class Condition { kNone, kAbsent, kVersion };

// What was asked, for the message.
struct Question {
  std::string_view method;
  std::string_view key;
  std::string_view bucket;
  std::string_view region;
  Condition condition;
  int64_t unix_seconds;  // by the host's clock
};

// OK for a success with no error in its body. The code of an error in the body decides, or else the
// status of HTTP.
absl::Status StatusOfAnswer(const HttpAnswer& answer, const Question& question);

// Whether the server may have refused credentials because they have expired: it says so, or can't
// say why, since an answer to HEAD has no body.
bool MayBeExpired(const HttpAnswer& answer, std::string_view method);

}  // namespace dolerite::s3

#endif  // DOLERITE_S3_EXPLAIN_H_
