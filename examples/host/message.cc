// What messages need that does not depend on their types, so that it is compiled once.
#include "message.h"

#include <algorithm>
#include <cmath>
#include <new>
#include <stdexcept>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
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
  // The writer of JSON knows what is UTF-8.
  return nlohmann::json::parse(DumpJson(text)).get<std::string>();
}

// JSON has no number for these three; protobuf's JSON has texts.
nlohmann::json DoubleToJson(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "Infinity" : "-Infinity";
  return value;
}

double DoubleFromJson(const nlohmann::json& json, const char* name) {
  double value = 0;
  if (json.is_string() && absl::SimpleAtod(json.get<std::string>(), &value)) return value;
  if (!json.is_number()) ThrowExpected(name, "a number");
  return json.get<double>();
}

// Clients in JavaScript send 64-bit integers as texts, as numbers, or as doubles without a
// fraction.
int64_t IntegerFromJson(const nlohmann::json& json, const char* name) {
  int64_t value = 0;
  if (json.is_string() && absl::SimpleAtoi(json.get<std::string>(), &value)) return value;
  if (json.is_number_float()) {
    const double number = json.get<double>();
    // Above 2^53 a double does not say which integer was meant.
    if (std::trunc(number) == number && std::abs(number) < 9e15)
      return static_cast<int64_t>(number);
  }
  // Unsigned integers are a type of their own in the JSON library, for what int64_t can't hold.
  const bool fits = !json.is_number_unsigned() || json.get<uint64_t>() <= INT64_MAX;
  if (!json.is_number_integer() || !fits) ThrowExpected(name, "an integer");
  return json.get<int64_t>();
}

std::string TextFromJson(const nlohmann::json& json, const char* name) {
  if (!json.is_string()) ThrowExpected(name, "a text");
  return json.get<std::string>();
}

std::string BytesToJson(std::string_view bytes) {
  return absl::Base64Escape({bytes.data(), bytes.size()});
}

std::string BytesFromJson(const nlohmann::json& json, const char* name) {
  const std::string text = json.is_string() ? json.get<std::string>() : "?";
  std::string bytes;
  if (!absl::Base64Unescape(text, &bytes) && !absl::WebSafeBase64Unescape(text, &bytes)) {
    ThrowExpected(name, "base64");
  }
  return bytes;
}

void ThrowExpected(const char* field, const char* what) {
  throw std::invalid_argument(absl::StrCat(field, ": expected ", what));
}

absl::Status BadBody() {
  // The readers of both forms throw; all that they throw but a lack of memory is the body's fault.
  try {
    throw;
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const std::exception& e) {
    return absl::InvalidArgumentError(absl::StrCat("not a valid message: ", e.what()));
  }
}

}  // namespace dolerite::host
