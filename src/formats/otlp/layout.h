// Which layout a message is in. There is no version on the wire.
#ifndef DOLERITE_FORMATS_OTLP_LAYOUT_H_
#define DOLERITE_FORMATS_OTLP_LAYOUT_H_

#include <string_view>

#include "dolerite/otlp.h"

namespace dolerite::otlp {

// By structure, else by what the numbers would mean. `otherwise` where both leave it
// open. Broken bytes are passed over: the reader will name them.
OtlpLayout DetectLayout(std::string_view message, OtlpLayout otherwise);

}  // namespace dolerite::otlp

#endif  // DOLERITE_FORMATS_OTLP_LAYOUT_H_
