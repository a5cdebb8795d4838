// Writes one JSON object a line.
#ifndef DOLERITE_ASK_JSON_LINES_H_
#define DOLERITE_ASK_JSON_LINES_H_

#include <concepts>
#include <string>
#include <string_view>

#include "base/text.h"
#include "base/utf8.h"
#include "dolerite/labels.h"
#include "dolerite/profile_type.h"

namespace dolerite::ask {

// `0.25`, `1.0`, `1e-07`: the shortest digits that read back as the same double, always with a
// point or an exponent. `null` for what is not finite.
std::string DoubleText(double value);

class JsonObject {
 public:
  JsonObject& Text(std::string_view key, std::string_view value) {
    Key(key);
    AppendJsonLineString(&out_, value);
    return *this;
  }
  template <std::integral T>
  JsonObject& Number(std::string_view key, T value) {
    Key(key);
    AppendPiece(&out_, value);
    return *this;
  }
  JsonObject& Number(std::string_view key, double value) {
    Key(key);
    out_ += DoubleText(value);
    return *this;
  }
  // A value that is JSON already.
  JsonObject& Json(std::string_view key, std::string_view json) {
    Key(key);
    out_ += json;
    return *this;
  }
  JsonObject& Labels(std::string_view key, const LabelSet& labels);
  JsonObject& ValueType(std::string_view key, const ProfileType::Value& value);
  JsonObject& SampleTypes(std::string_view key, const ProfileType& type);

  std::string Value() const { return out_ + "}"; }
  std::string Line() const { return out_ + "}\n"; }

 private:
  void Key(std::string_view key) {
    if (out_.size() > 1) out_ += ",";
    AppendJsonLineString(&out_, key);
    out_ += ":";
  }

  std::string out_ = "{";
};

// `[..]` of text(entry) for each entry.
template <class List, class Text>
std::string JsonArray(const List& list, const Text& text) {
  std::string out = "[";
  for (const auto& entry : list) {
    if (out.size() > 1) out += ",";
    out += text(entry);
  }
  return out + "]";
}

inline std::string JsonText(std::string_view text) {
  std::string out;
  AppendJsonLineString(&out, text);
  return out;
}

}  // namespace dolerite::ask

#endif  // DOLERITE_ASK_JSON_LINES_H_
