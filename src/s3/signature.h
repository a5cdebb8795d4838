// Signs requests as AWS Signature Version 4 says:
// https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
#ifndef DOLERITE_S3_SIGNATURE_H_
#define DOLERITE_S3_SIGNATURE_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dolerite::s3 {

// Names and values: of a query, or of headers.
using Fields = std::vector<std::pair<std::string, std::string>>;

std::string Sha256(std::string_view bytes);  // 32 bytes

// "20130524T000000Z". Times before the year 0 or after 9999 become the nearest in between.
std::string AmzTime(int64_t unix_seconds);

// Everything but A-Z a-z 0-9 - . _ ~ as %XX.
std::string PercentEncode(std::string_view text);

// The query in the one form that can be signed, which is also sent: encoded, sorted, and with a `=`
// for each name. Without the `?`.
std::string CanonicalQuery(const Fields& query);

// What a signature covers.
struct Signable {
  std::string_view method;
  std::string_view path;       // encoded
  std::string_view query;      // as CanonicalQuery makes it
  Fields headers;              // all that are signed, by name; names in lower case
  std::string_view body_hash;  // in hex
};

struct Signer {
  std::string_view access_key;
  std::string_view secret_key;
  std::string_view region;
  std::string_view service;
  std::string_view time;  // as AmzTime makes it

  // The value of the header Authorization.
  std::string Authorization(const Signable& request) const;
};

}  // namespace dolerite::s3

#endif  // DOLERITE_S3_SIGNATURE_H_
