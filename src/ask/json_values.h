// Values of questions in JSON, both ways. A struct is an object of the members that Members(visit,
// struct) names: the reader looks for the key among them, the printer leaves out those that print
// as a default-made struct's do. So each struct is described once (question_members.h).
#ifndef DOLERITE_ASK_JSON_VALUES_H_
#define DOLERITE_ASK_JSON_VALUES_H_

#include <array>
#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "ask/enum_names.h"
#include "ask/json_printer.h"
#include "ask/json_reader.h"
#include "ask/value_texts.h"
#include "base/text.h"
#include "dolerite/value_kind.h"

namespace dolerite::ask {

template <class T>
bool Read(JsonReader& in, T& value);
template <class T>
void Print(JsonPrinter& out, const T& value);

// Fields whose JSON is not that of their type. They refer to the field.
struct AsTime {
  int64_t& nanos;
  bool ReadFrom(JsonReader& in) const;
  void PrintTo(JsonPrinter& out) const;
};
struct AsDuration {
  int64_t& nanos;
  bool ReadFrom(JsonReader& in) const;
  void PrintTo(JsonPrinter& out) const;
};
struct AsMatchers {
  std::vector<LabelMatcher>& matchers;
  bool ReadFrom(JsonReader& in) const;
  void PrintTo(JsonPrinter& out) const;
};
struct AsKinds {
  ValueKinds& kinds;
  bool ReadFrom(JsonReader& in) const;
  void PrintTo(JsonPrinter& out) const;
};
// A text that must be there as it is: the kind of a question.
struct AsConstant {
  std::string_view text;
  bool ReadFrom(JsonReader& in) const;
  void PrintTo(JsonPrinter& out) const;
};

// Looks for one member, and reads it.
struct MemberReader {
  JsonReader& in;
  std::string_view key;
  std::vector<std::string_view> known;
  bool found = false, ok = false;

  template <class T>
  void operator()(std::string_view name, T&& value) {
    known.push_back(name);
    if (name != key) return;
    found = true;
    ok = in.Under(Concat('.', name), [&] { return Read(in, value); });
  }
};

// Prints all members, for a printer that then takes some.
struct MemberPrinter {
  JsonPrinter& out;
  std::vector<std::string> texts;
  std::vector<std::string_view> names;

  template <class T>
  void operator()(std::string_view name, T&& value) {
    JsonPrinter one;
    one.path = Concat(out.path, '.', name);
    Print(one, value);
    if (out.status.ok()) out.status = one.status;
    names.push_back(name);
    texts.push_back(std::move(one.out));
  }
};

bool UnknownKey(JsonReader& in, std::string_view key, const std::vector<std::string_view>& known);
bool ReadId(JsonReader& in, std::span<uint8_t> id);
bool ReadChoice(JsonReader& in, std::span<const std::string_view> names, size_t* choice);
void PrintChoice(JsonPrinter& out, std::span<const std::string_view> names, size_t choice);

template <class T>
bool ReadMember(JsonReader& in, std::string_view key, T& value) {
  MemberReader reader{in, key, {}};
  Members(reader, value);
  return reader.found ? reader.ok : UnknownKey(in, key, reader.known);
}
template <class T>
bool ReadObject(JsonReader& in, T& value) {
  return in.Object([&](std::string_view key) { return ReadMember(in, key, value); });
}
// The same for a whole text. An empty one has no members.
template <class T>
absl::StatusOr<T> ReadObjectText(std::string_view text, std::string_view what) {
  T value;
  const auto read = [&](JsonReader& in, std::string_view key) {
    return ReadMember(in, key, value);
  };
  const absl::Status status = ReadObject(text, what, read);
  return status.ok() ? absl::StatusOr<T>(std::move(value)) : status;
}

// `first`: members that are there already, in JSON.
template <class T>
void PrintObject(JsonPrinter& out, const T& value, std::string_view first = "") {
  T made{};
  JsonPrinter unused;
  MemberPrinter defaults{unused, {}, {}}, members{out, {}, {}};
  Members(defaults, made);
  Members(members, const_cast<T&>(value));  // which does not change it
  out.out += "{";
  out.out += first;
  bool any = !first.empty();
  for (size_t i = 0; i < members.names.size(); ++i) {
    if (members.texts[i] == defaults.texts[i]) continue;
    out.out += Concat(any ? ",\"" : "\"", members.names[i], "\":", members.texts[i]);
    any = true;
  }
  out.out += "}";
}

template <class T>
inline constexpr bool kIsId = false;
template <size_t n>
inline constexpr bool kIsId<std::array<uint8_t, n>> = true;
template <class T>
inline constexpr bool kIsList = false;
template <class T>
inline constexpr bool kIsList<std::vector<T>> = true;

template <class T>
bool Read(JsonReader& in, T& value) {
  if constexpr (requires { value.ReadFrom(in); }) {
    return value.ReadFrom(in);
  } else if constexpr (std::is_same_v<T, bool>) {
    return in.Bool(&value);
  } else if constexpr (std::is_same_v<T, double>) {
    return in.Double(&value);
  } else if constexpr (std::is_integral_v<T>) {
    return in.Integer(&value);
  } else if constexpr (std::is_enum_v<T>) {
    size_t choice = 0;
    if (!ReadChoice(in, NamesOf(T()), &choice)) return false;
    value = static_cast<T>(choice);
    return true;
  } else if constexpr (std::is_same_v<T, std::string>) {
    return in.Text(&value);
  } else if constexpr (kIsId<T>) {
    return ReadId(in, value);
  } else if constexpr (kIsList<T>) {
    value.clear();
    return in.Array([&] { return Read(in, value.emplace_back()); });
  } else {
    return ReadObject(in, value);
  }
}

template <class T>
void Print(JsonPrinter& out, const T& value) {
  if constexpr (requires { value.PrintTo(out); }) {
    value.PrintTo(out);
  } else if constexpr (std::is_same_v<T, bool>) {
    out.out += value ? "true" : "false";
  } else if constexpr (std::is_same_v<T, double>) {
    out.Double(value);
  } else if constexpr (std::is_integral_v<T>) {
    out.out += std::to_string(value);
  } else if constexpr (std::is_enum_v<T>) {
    PrintChoice(out, NamesOf(T()), static_cast<size_t>(value));
  } else if constexpr (std::is_same_v<T, std::string>) {
    out.Text(value);
  } else if constexpr (kIsId<T>) {
    out.Text(HexText(value));
  } else if constexpr (kIsList<T>) {
    out.out += "[";
    const std::string outer = out.path;
    for (size_t i = 0; i < value.size(); ++i) {
      if (i > 0) out.out += ",";
      out.path = Concat(outer, '[', i, ']');
      Print(out, value[i]);
    }
    out.path = outer;
    out.out += "]";
  } else {
    PrintObject(out, value);
  }
}

}  // namespace dolerite::ask

#endif  // DOLERITE_ASK_JSON_VALUES_H_
