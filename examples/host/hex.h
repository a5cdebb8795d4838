// Ids of profiles, traces and spans as clients write them.
#ifndef DOLERITE_EXAMPLES_HOST_HEX_H_
#define DOLERITE_EXAMPLES_HOST_HEX_H_

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "dolerite/profile.h"

namespace dolerite::host {

// Exactly so many bytes in hexadecimal digits; empty for any other text.
template <size_t bytes>
std::optional<std::array<uint8_t, bytes>> FromHex(const std::string& text) {
  const auto is_hex = [](char c) { return absl::ascii_isxdigit(static_cast<unsigned char>(c)); };
  if (text.size() != 2 * bytes || !std::all_of(text.begin(), text.end(), is_hex)) {
    return std::nullopt;
  }
  const std::string raw = absl::HexStringToBytes(text);
  std::array<uint8_t, bytes> out;
  std::copy(raw.begin(), raw.end(), out.begin());
  return out;
}

// A UUID, with or without dashes.
inline std::optional<ProfileId> ProfileIdOf(const std::string& uuid) {
  return FromHex<16>(absl::StrReplaceAll(uuid, {{"-", ""}}));
}
inline std::string Uuid(const ProfileId& id) {
  const std::string hex =
      absl::BytesToHexString({reinterpret_cast<const char*>(id.data()), id.size()});
  return absl::StrCat(hex.substr(0, 8), "-", hex.substr(8, 4), "-", hex.substr(12, 4), "-",
                      hex.substr(16, 4), "-", hex.substr(20));
}

// The digits of an id; "" if it is all zeros, which means that there is none.
template <size_t bytes>
std::string HexUnlessZero(const std::array<uint8_t, bytes>& id) {
  if (id == std::array<uint8_t, bytes>{}) return "";
  return absl::BytesToHexString({reinterpret_cast<const char*>(id.data()), id.size()});
}

}  // namespace dolerite::host

#endif  // DOLERITE_EXAMPLES_HOST_HEX_H_
