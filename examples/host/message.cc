#include "message.h"

#include <algorithm>
#include <new>
#include <stdexcept>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace dolerite::host {

std::string JsonName(std::string_view name) {
  std::string out;
  bool upper = false;
  for (const char c : name) {
    if (c != '_') out.push_back(upper ? absl::ascii_toupper(static_cast<unsigned char>(c)) : c);
    upper = c == '_';
  }
  return out;
}

nlohmann::json ParseJson(std::string_view text) {
  const nlohmann::json::parser_callback_t shallow = [](int depth, nlohmann::json::parse_event_t,
                                                       nlohmann::json&) {
    if (depth > 16) throw std::invalid_argument("nested deeper than 16");
    return true;
  };
  return nlohmann::json::parse(text, shallow);
}

std::string DumpJson(const nlohmann::json& json) {
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string ToUtf8(const std::string& text) {
  const auto is_ascii = [](char c) { return absl::ascii_isascii(static_cast<unsigned char>(c)); };
  if (std::all_of(text.begin(), text.end(), is_ascii)) return text;
  return nlohmann::json::parse(DumpJson(text)).get<std::string>();
}

std::string FromBase64(const std::string& text) {
  std::string out;
  if (!absl::Base64Unescape(text, &out) && !absl::WebSafeBase64Unescape(text, &out)) {
    throw std::invalid_argument("expected base64");
  }
  return out;
}

std::string ToBase64(std::string_view bytes) {
  return absl::Base64Escape({bytes.data(), bytes.size()});
}

void ThrowExpected(const char* field, const char* what) {
  throw std::invalid_argument(absl::StrCat(field, ": expected ", what));
}

absl::Status BadBody() {
  try {
    throw;
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const std::exception& e) {
    return absl::InvalidArgumentError(absl::StrCat("not a valid message: ", e.what()));
  }
}

}  // namespace dolerite::host
