// Frames are recognised by their sizes: they must fit the input to its last byte. Nothing marks
// them.
#include "formats/otlp/frames.h"

#include "formats/otlp/wire.h"
#include "formats/wire/proto_reader.h"

namespace dolerite::otlp {

namespace {

// Costs one look at each frame's size.
bool FitsToTheEnd(Framing framing, std::string_view bytes) {
  ByteReader in(bytes);
  std::string_view message;
  while (!in.empty()) {
    if (NextFrame(framing, &in, &message) != nullptr) return false;
  }
  return true;
}

// Fields of ProfilesData alone, each whole.
bool IsMessage(std::string_view bytes) {
  ProtoReader reader(bytes);
  for (WireField f; reader.Next(&f);) {
    if (f.type != WireType::kBytes || f.number > data::kDictionary) return false;
  }
  return reader.fault() == nullptr;
}

// Empty messages between others are fine; a run of them alone is not taken for frames.
bool AreDelimited(std::string_view bytes) {
  ByteReader in(bytes);
  std::string_view message;
  bool any = false;
  while (!in.empty()) {
    if (NextFrame(Framing::kDelimited, &in, &message) != nullptr || !IsMessage(message)) {
      return false;
    }
    any |= !message.empty();
  }
  return any;
}

}  // namespace

Framing DetectFraming(std::string_view bytes) {
  if (bytes.empty()) return Framing::kNone;
  // A message can't begin with field number 0: these are lengths, or gRPC's flag and a length.
  if (static_cast<uint8_t>(bytes[0]) < 8) {
    if (static_cast<uint8_t>(bytes[0]) > 1 || FitsToTheEnd(Framing::kLengths, bytes)) {
      return Framing::kLengths;
    }
    ByteReader in(bytes.substr(1));
    uint32_t size = 0;
    const bool grpc = in.ReadLittle(&size) && __builtin_bswap32(size) <= in.remaining() &&
                      (bytes[0] == 1 || FitsToTheEnd(Framing::kGrpc, bytes));
    return grpc ? Framing::kGrpc : Framing::kLengths;
  }
  // A length can look like a tag of any field, but hardly like all fields of a message.
  return !IsMessage(bytes) && AreDelimited(bytes) ? Framing::kDelimited : Framing::kNone;
}

// Sizes in 4 bytes have the highest byte first, unlike everything else here.
const char* NextFrame(Framing framing, ByteReader* in, std::string_view* message) {
  if (framing == Framing::kDelimited) {
    uint64_t size = 0;
    const bool fits = in->ReadVarint(&size) && in->ReadBytes(size, message);
    return fits ? nullptr : "its frame goes past the end";
  }
  uint8_t flag = 0;
  if (framing == Framing::kGrpc) {
    in->ReadLittle(&flag);  // there is a byte left, or no frame was asked for
    if (flag != 0) return "a gRPC frame that is compressed: hand in its content, decompressed";
  }
  uint32_t size = 0;
  if (!in->ReadLittle(&size) || !in->ReadBytes(__builtin_bswap32(size), message)) {
    return "its frame goes past the end";
  }
  return nullptr;
}

}  // namespace dolerite::otlp
