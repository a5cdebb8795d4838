// OTLP/JSON, turned into protobuf messages.
// Source: opentelemetry.io/docs/specs/otlp, section JSON Protobuf Encoding
#ifndef DOLERITE_FORMATS_OTLP_JSON_H_
#define DOLERITE_FORMATS_OTLP_JSON_H_

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "formats/otlp/message.h"

namespace dolerite::otlp {

// Whether it is JSON, by the first bytes, which may be a byte order mark or blanks. A message may
// begin with a line feed, the tag of its first field: then a brace and a name must follow.
bool LooksLikeJson(std::string_view text);

// Whether an object of `text`, which looks like JSON and may be cut off, has a member of OTLP or
// none at all.
bool LooksLikeOtlpJson(std::string_view text);

// The next object of `text` from *at on, as a message of the layout 1.11; moves *at past it.
// "" and *at == text.size() if only blanks are left. The names are those of 1.8 and later; others
// are skipped and counted in the context's report. Ids may be in hex or base64. InvalidArgument
// with the path and the byte; for an object that is not OTLP, with what it looks like.
absl::StatusOr<std::string> NextJsonMessage(std::string_view text, Context* context, size_t* at);

}  // namespace dolerite::otlp

#endif  // DOLERITE_FORMATS_OTLP_JSON_H_
