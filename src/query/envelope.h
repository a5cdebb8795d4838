// What splits and partials are wrapped in.
//
//   sealed = magic version | content | XXH3-64 of all before it
//
// The content of a partial is packed:
//
//   packed = 0 | content
//          | 1 | size of the content, size of the frame: varints | zstd frame | zeros
//
// Zeros bring what is packed to the kMostUnpacked-th part of its content, so that few bytes from
// outside never become very many.
#ifndef DOLERITE_QUERY_ENVELOPE_H_
#define DOLERITE_QUERY_ENVELOPE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace dolerite {

struct Envelope {
  std::string_view magic;
  uint8_t version = 1;
  std::string_view what;  // for messages
};
inline constexpr Envelope kPartialEnvelope = {"DOLPART", 4, "partial"};
inline constexpr Envelope kSplitEnvelope = {"DOLSPLT", 3, "split"};

std::string Seal(const Envelope& envelope, std::string_view content);
// DataLoss for bytes that are damaged or something else, Unimplemented for another version.
absl::StatusOr<std::string_view> Unseal(const Envelope& envelope, std::string_view bytes);

// A packed byte holds at most so many bytes of content.
inline constexpr size_t kMostUnpacked = 8;

std::string Pack(std::string_view content);
// DataLoss for bytes that Pack does not write; ResourceExhausted for more than `most` bytes.
absl::StatusOr<std::string> Unpack(std::string_view packed, size_t most);

}  // namespace dolerite

#endif  // DOLERITE_QUERY_ENVELOPE_H_
