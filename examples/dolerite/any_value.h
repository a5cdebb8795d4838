// Structured attribute values.
#ifndef DOLERITE_EXAMPLES_ANY_VALUE_H_
#define DOLERITE_EXAMPLES_ANY_VALUE_H_

#include <optional>
#include <string_view>

#include "output.h"

namespace dolerite::cli {

// An encoded OTLP AnyValue as JSON; bytes become {"bytes": hex}. Nothing if it is not one, or is
// more than 32 levels deep.
std::optional<Json> AnyValueJson(std::string_view encoded);

// The number itself, or its name if JSON has none for it.
Json DoubleJson(double value);

Json BytesJson(std::string_view bytes);

}  // namespace dolerite::cli

#endif  // DOLERITE_EXAMPLES_ANY_VALUE_H_
