// OTLP/JSON, turned into the message that it stands for.
// Source: opentelemetry.io/docs/specs/otlp, section JSON Protobuf Encoding
#ifndef DOLERITE_FORMATS_OTLP_JSON_H_
#define DOLERITE_FORMATS_OTLP_JSON_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "dolerite/limits.h"

namespace dolerite::otlp {

// Whether it is JSON, by the first bytes: no message begins with a brace, nor with blanks other
// than a line feed.
bool LooksLikeJson(std::string_view text);

// The next object of `text` from *at on, as a message of the layout 1.11; moves *at behind it.
// "" and *at == text.size() if only blanks are left. The names are those of 1.8 and later; others
// are skipped, and their number is added to *unknown. Ids may be in hex or base64.
absl::StatusOr<std::string> NextJsonMessage(std::string_view text, const ReadLimits& limits,
                                            size_t* at, uint64_t* unknown);

}  // namespace dolerite::otlp

#endif  // DOLERITE_FORMATS_OTLP_JSON_H_
