#include "ask/json_lines.h"

#include <charconv>
#include <cmath>

namespace dolerite::ask {

// Plain decimals from 0.0001 to fifteen digits before the point, and an exponent outside of that.
std::string DoubleText(double value) {
  if (!std::isfinite(value)) return "null";
  char text[64];
  const char* const end =
      std::to_chars(text, std::end(text), value, std::chars_format::scientific).ptr;
  const std::string_view all(text, static_cast<size_t>(end - text));
  // `-d.ddde-XX` falls into sign, digits and the place of the point.
  const size_t e = all.find('e');
  std::string digits(all.substr(0, e)), sign;
  if (digits[0] == '-') sign = "-", digits.erase(0, 1);
  if (digits.size() > 1) digits.erase(1, 1);
  // from_chars takes no plus sign.
  int exponent = 0;
  const size_t skip = all[e + 1] == '+' ? 2 : 1;
  std::from_chars(all.data() + e + skip, end, exponent);
  const int point = exponent + 1, count = static_cast<int>(digits.size());
  // Very small and very large numbers keep their exponent.
  if (point < -3 || point > 15) {
    if (count > 1) digits.insert(1, ".");
    return Concat(sign, digits, all.substr(e));
  }
  if (point <= 0) return Concat(sign, "0.", std::string(static_cast<size_t>(-point), '0'), digits);
  if (point >= count) {
    return Concat(sign, digits, std::string(static_cast<size_t>(point - count), '0'), ".0");
  }
  // The point falls among the digits.
  digits.insert(static_cast<size_t>(point), ".");
  return sign + digits;
}

JsonObject& JsonObject::Labels(std::string_view key, const LabelSet& labels) {
  JsonObject object;
  for (const auto& [name, value] : labels.pairs()) object.Text(name, value);
  return Json(key, object.Value());
}

JsonObject& JsonObject::ValueType(std::string_view key, const ProfileType::Value& value) {
  return Json(key, JsonObject().Text("type", value.type).Text("unit", value.unit).Value());
}

JsonObject& JsonObject::SampleTypes(std::string_view key, const ProfileType& type) {
  return Json(key, JsonArray(type.sample_types, [](const ProfileType::Value& value) {
                return JsonObject().Text("type", value.type).Text("unit", value.unit).Value();
              }));
}

}  // namespace dolerite::ask
