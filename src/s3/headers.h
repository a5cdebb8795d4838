// The head of an HTTP answer: status and headers, which may be hostile.
#ifndef DOLERITE_S3_HEADERS_H_
#define DOLERITE_S3_HEADERS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "s3/signature.h"

namespace dolerite::s3 {

struct Head {
  int status = 0;
  Fields headers = {};  // names in lower case, values without blanks around them

  // The first value of the header `name`; "" if there is none.
  std::string_view Find(std::string_view name) const;
};

// Adds one line of an answer as it came. A status line begins a new head. False if the line is not
// a header, or passes what a head may hold.
bool AddHeadLine(std::string_view line, Head* head);

// Digits alone. Nothing for any other text, or a number that passes 2^64.
std::optional<uint64_t> ParseNumber(std::string_view text);

// "bytes 0-9/100": the first 10 of 100 bytes.
struct ContentRange {
  uint64_t offset = 0;
  uint64_t length = 0;
  uint64_t object_size = 0;
};
// Nothing unless the range lies in the object and has a byte.
std::optional<ContentRange> ParseContentRange(std::string_view text);

// A version of an object, from an ETag: without the quotes around it. Nothing if the text is empty,
// longer than 256 bytes, or has bytes that a header can't carry back.
std::optional<std::string> ParseETag(std::string_view text);
// Whether `version` may be one that ParseETag gave.
bool IsVersion(std::string_view version);

// "Fri, 24 May 2013 00:00:00 GMT" as Unix time.
std::optional<int64_t> ParseHttpDate(std::string_view text);
// "2013-05-24T00:00:00.000Z" as Unix time.
std::optional<int64_t> ParseXmlTime(std::string_view text);

}  // namespace dolerite::s3

#endif  // DOLERITE_S3_HEADERS_H_
