// Where text meets Abseil, whose string_view may or may not be the standard one.
#ifndef DOLERITE_BASE_TEXT_H_
#define DOLERITE_BASE_TEXT_H_

#include <concepts>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "absl/strings/escaping.h"
#include "absl/strings/string_view.h"

namespace dolerite {

inline absl::string_view ToAbsl(std::string_view s) { return {s.data(), s.size()}; }
inline std::string_view ToStd(absl::string_view s) { return {s.data(), s.size()}; }

inline void AppendPiece(std::string* out, std::string_view s) { out->append(s); }
inline void AppendPiece(std::string* out, char c) { out->push_back(c); }
template <std::integral T>
void AppendPiece(std::string* out, T value) {
  out->append(std::to_string(value));
}

// The pieces (text and integers) joined.
template <class... Pieces>
std::string Concat(const Pieces&... pieces) {
  std::string out;
  (AppendPiece(&out, pieces), ...);
  return out;
}

// Two lower-case hexadecimal digits for each byte, in their order in memory.
inline std::string HexText(std::string_view bytes) { return absl::BytesToHexString(ToAbsl(bytes)); }
inline std::string HexText(std::span<const uint8_t> bytes) {
  return HexText(std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
}

}  // namespace dolerite

#endif  // DOLERITE_BASE_TEXT_H_
