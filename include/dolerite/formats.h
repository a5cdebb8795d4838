// Tells the formats of profile files apart.
#ifndef DOLERITE_FORMATS_H_
#define DOLERITE_FORMATS_H_

#include <cstdint>
#include <string_view>

#include "dolerite/export.h"
#include "dolerite/limits.h"

namespace dolerite {

enum class ProfileFormat : uint8_t {
  kUnknown,
  kPprof,  // for ReadPprof
  kOtlp,   // for ReadOtlp: one message, several in frames, or JSON
};

// What `bytes` look like, plain, gzip or zstd; they need not be whole or valid. Costs next to
// nothing for plain bytes but JSON, and their decompression for others. kUnknown if that fails or
// goes past a limit, and for other formats, such as the text formats of old pprof, or JSON without
// a member of OTLP at its top (the error of ReadOtlp then says what the JSON looks like).
DOLERITE_EXPORT ProfileFormat DetectProfileFormat(std::string_view bytes,
                                                  const ReadLimits& limits = {});

}  // namespace dolerite

#endif  // DOLERITE_FORMATS_H_
