// Distinguishes pprof and OTLP by structure. Both are protobuf, and their outer fields share
// numbers:
//
//   field    pprof                            OTLP
//   1        sample type { numbers }          resource profiles { messages, url }
//   2        sample { ids, values, labels }   dictionary { up to 7 tables }; in 1.6 a mapping
//   3 to 6   mapping to string                tables, in 1.6 alone
//   7 to 15  numbers, but for 11              tables (7 and 8), in 1.6 alone
//
// Mostly the first field decides.
#include "dolerite/formats.h"

#include <algorithm>
#include <new>

#include "base/bytes.h"
#include "formats/otlp/json.h"
#include "formats/wire/inflate.h"
#include "formats/wire/proto_reader.h"

namespace dolerite {

namespace {

// The next field of a message that may be cut off: then its bytes are those that are there.
// Detection may see only the beginning of a file, so a field that is cut off is not a fault.
bool NextField(ByteReader* in, WireField* field) {
  uint64_t tag = 0, size = 0;
  if (!in->ReadVarint(&tag) || tag < 8 || tag > UINT32_MAX) return false;
  field->number = static_cast<uint32_t>(tag >> 3);
  field->type = static_cast<WireType>(tag & 7);
  switch (field->type) {
    case WireType::kVarint:
      return in->ReadVarint(&field->value);
    case WireType::kFixed64:
      return in->ReadBytes(8, &field->bytes);
    case WireType::kFixed32:
      return in->ReadBytes(4, &field->bytes);
    case WireType::kBytes:
      return in->ReadVarint(&size) &&
             in->ReadBytes(std::min<uint64_t>(size, in->remaining()), &field->bytes);
    default:
      return false;  // nobody writes groups
  }
}

// A sample type is numbers, the profiles of a resource are messages.
// Field 1 is the sample type of pprof and the resource profiles of OTLP.
ProfileFormat DetectFirst(std::string_view message) {
  ByteReader in(message);
  for (WireField f; NextField(&in, &f);) {
    if (f.number <= 2 && f.type == WireType::kVarint) return ProfileFormat::kPprof;
    if (f.number <= 3 && f.type == WireType::kBytes) return ProfileFormat::kOtlp;
  }
  return ProfileFormat::kUnknown;
}

// Links, strings, attributes and stacks have a number that no field of a sample has.
bool IsDictionary(std::string_view message) {
  ByteReader in(message);
  for (WireField f; NextField(&in, &f);) {
    if (f.number >= 4 && f.number <= 7 && f.type == WireType::kBytes) return true;
  }
  return false;
}

// A message without profiles may be OTLP if it has no other fields than OTLP.
bool HasOnlyOtlpFields(std::string_view message) {
  ProtoReader reader(message);
  for (WireField f; reader.Next(&f);) {
    if (f.number > 2 || f.type != WireType::kBytes) return false;
  }
  return !message.empty() && reader.fault() == nullptr;
}

// Of one message, whole or its beginning.
// The first field that only one of the formats can have decides. Without one, fields that both have
// leave it open.
ProfileFormat DetectMessage(std::string_view message) {
  ByteReader in(message);
  bool has_strings = false;
  for (WireField f; NextField(&in, &f);) {
    const bool is_bytes = f.type == WireType::kBytes;
    if (f.number == 1 && is_bytes) {
      const ProfileFormat format = DetectFirst(f.bytes);
      if (format != ProfileFormat::kUnknown) return format;
    }
    if (f.number == 2 && is_bytes && IsDictionary(f.bytes)) return ProfileFormat::kOtlp;
    if (f.number >= 7 && f.number <= 15 && f.type == WireType::kVarint) {
      return ProfileFormat::kPprof;
    }
    has_strings |= f.number == 6 && is_bytes;
  }
  if (has_strings) return ProfileFormat::kPprof;  // one without sample types has them all the same
  return HasOnlyOtlpFields(message) ? ProfileFormat::kOtlp : ProfileFormat::kUnknown;
}

bool IsOtlp(std::string_view message) { return DetectMessage(message) == ProfileFormat::kOtlp; }

// Looks at the first frame with content. A frame begins with its size in 4 bytes, the highest
// first.
bool AreOtlpFrames(std::string_view bytes) {
  ByteReader in(bytes);
  uint32_t size = 0;
  while (size == 0) {
    if (!in.ReadLittle(&size)) return false;
  }
  std::string_view message;
  in.ReadBytes(std::min<size_t>(__builtin_bswap32(size), in.remaining()), &message);
  return IsOtlp(message);
}

// A message that follows its size as a varint.
// The bytes may be cut off, so only the beginning of the message is looked at.
bool IsDelimitedOtlp(std::string_view bytes) {
  ByteReader in(bytes);
  uint64_t size = 0;
  std::string_view message;
  return in.ReadVarint(&size) && in.ReadBytes(std::min<uint64_t>(size, in.remaining()), &message) &&
         IsOtlp(message);
}

// Compression first, then JSON, frames, one message, and last a message behind its size.
ProfileFormat Detect(std::string_view bytes, const ReadLimits& limits) {
  Inflater inflater;
  size_t trailing = 0;
  const absl::StatusOr<std::string_view> plain = inflater.Inflate(bytes, limits, &trailing);
  if (!plain.ok() || plain->empty()) return ProfileFormat::kUnknown;
  if (otlp::LooksLikeJson(*plain)) {
    return otlp::LooksLikeOtlpJson(*plain) ? ProfileFormat::kOtlp : ProfileFormat::kUnknown;
  }
  // No message begins with a field number of 0: this is a size, or gRPC's flag before it.
  if (static_cast<uint8_t>((*plain)[0]) < 8) {
    const bool otlp = AreOtlpFrames(*plain) || AreOtlpFrames(plain->substr(1));
    return otlp ? ProfileFormat::kOtlp : ProfileFormat::kUnknown;
  }
  const ProfileFormat format = DetectMessage(*plain);
  if (format != ProfileFormat::kUnknown) return format;
  return IsDelimitedOtlp(*plain) ? ProfileFormat::kOtlp : ProfileFormat::kUnknown;
}

}  // namespace

// Never a status: a file that cannot be looked at has no known format.
ProfileFormat DetectProfileFormat(std::string_view bytes, const ReadLimits& limits) {
  try {
    return Detect(bytes, limits);
  } catch (const std::bad_alloc&) {
    return ProfileFormat::kUnknown;
  }
}

}  // namespace dolerite
