// Several OTLP messages in one run of bytes, and how each is set off from the next.
#ifndef DOLERITE_FORMATS_OTLP_FRAMES_H_
#define DOLERITE_FORMATS_OTLP_FRAMES_H_

#include <cstdint>
#include <string_view>

#include "base/bytes.h"

namespace dolerite::otlp {

enum class Framing : uint8_t {
  kNone,       // one message
  kLengths,    // each behind its size in 4 bytes, the highest first (the Collector's file exporter)
  kGrpc,       // each behind a flag (1: compressed) and its size as above
  kDelimited,  // each behind its size as a varint (protobuf's delimited streams)
};

// By the first bytes where they decide, else by which framing fits to the last byte.
Framing DetectFraming(std::string_view bytes);

// Takes the next message. nullptr, or what is wrong.
const char* NextFrame(Framing framing, ByteReader* in, std::string_view* message);

}  // namespace dolerite::otlp

#endif  // DOLERITE_FORMATS_OTLP_FRAMES_H_
