#include "tenant_name.h"

#include "absl/strings/ascii.h"

namespace dolerite::host {

// Lower-case letters, digits and `-` stay as they are, so that a person finds a tenant in the
// store. Each other byte, `_` among them, is `_` and two hexadecimal digits.
absl::StatusOr<std::string> TenantName(std::string_view id) {
  static constexpr char kDigits[] = "0123456789abcdef";
  constexpr size_t kMostBytes = 240;  // a part of a key may have 255
  if (id.empty()) return absl::InvalidArgumentError("the tenant's id is empty");
  std::string name;
  for (const char c : id) {
    const auto byte = static_cast<unsigned char>(c);
    if (absl::ascii_islower(byte) || absl::ascii_isdigit(byte) || c == '-') {
      name.push_back(c);
    } else {
      name += {'_', kDigits[byte >> 4], kDigits[byte & 15]};
    }
    if (name.size() > kMostBytes) {
      return absl::InvalidArgumentError(
          "the tenant's id is too long: at most 240 bytes, of which all but a-z, 0-9 and - count "
          "three times");
    }
  }
  return name;
}

}  // namespace dolerite::host
