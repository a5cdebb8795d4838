// The XML of an S3 server's answers.
#ifndef DOLERITE_S3_XML_H_
#define DOLERITE_S3_XML_H_

#include <functional>
#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace dolerite::s3 {

// Takes an element when it ends, so after the elements in it. `path` has the names from the root
// down, without namespace prefixes ("ListBucketResult/Contents/Key"); `text` is its own text, with
// references resolved. Both live during the call. A status that is not OK ends the reading.
using XmlElement = std::function<absl::Status(std::string_view path, std::string_view text)>;

// Reads one document. Attributes, comments and processing instructions are passed over; there are
// no document types, so that no entity can grow. Unavailable if `xml` is not well formed, ends
// early, or is nested deeper than 16; else the status of `element`. Takes no more memory than
// `xml`.
absl::Status ReadXml(std::string_view xml, const XmlElement& element);

// Text as an element holds it.
std::string EscapeXml(std::string_view text);

}  // namespace dolerite::s3

#endif  // DOLERITE_S3_XML_H_
