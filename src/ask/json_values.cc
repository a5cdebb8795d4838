// Values that need more than a type to be read or printed: ids, choices, times, durations, matchers
// and tables. Each reader says what it expected; each printer refuses what its reader would not
// take.
#include "ask/json_values.h"

#include <charconv>
#include <cmath>

#include "ask/question_members.h"
#include "base/utf8.h"

namespace dolerite::ask {

// JSON is UTF-8: a text of other bytes would not come back as it was.
void JsonPrinter::Text(std::string_view text) {
  if (!IsUtf8(text)) Fail("the text is not UTF-8, so JSON can't say it");
  AppendJsonString(&out, text);
}

// The shortest number that reads back as the same double.
void JsonPrinter::Double(double value) {
  if (!std::isfinite(value)) return Fail("the number is not finite, so JSON can't say it");
  char digits[64];
  out.append(digits, std::to_chars(digits, std::end(digits), value).ptr);
}

// The nearest key if one is near; all of them otherwise, as there are few.
bool UnknownKey(JsonReader& in, std::string_view key, const std::vector<std::string_view>& known) {
  const std::string_view nearest = Nearest(key, known);
  if (!nearest.empty()) {
    return in.Fail("unknown key ", Quoted(key), "; did you mean \"", nearest, "\"?");
  }
  return in.Fail("unknown key ", Quoted(key), "; expected ", JoinOr(known));
}

bool ReadId(JsonReader& in, std::span<uint8_t> id) {
  std::string text;
  if (!in.Text(&text)) return false;
  return ParseHexText(text, id) ||
         in.Fail("an id has ", 2 * id.size(), " hex digits, found ", Quoted(text));
}

bool ReadChoice(JsonReader& in, std::span<const std::string_view> names, size_t* choice) {
  std::string text;
  if (!in.Text(&text)) return false;
  for (size_t i = 0; i < names.size(); ++i) {
    if (names[i] == text) return *choice = i, true;
  }
  return in.Fail("expected ", JoinOr({names.begin(), names.end()}), ", found ", Quoted(text));
}

// Callers may cast any number to an enum.
void PrintChoice(JsonPrinter& out, std::span<const std::string_view> names, size_t choice) {
  if (choice >= names.size()) return out.Fail(choice, " is not a value of its enum");
  out.Text(names[choice]);
}

bool AsTime::ReadFrom(JsonReader& in) const {
  if (in.AtNumber()) return in.Integer(&nanos);
  std::string text;
  if (!in.Text(&text)) return false;
  // What can't be a 64-bit number of nanoseconds is no time either.
  const std::optional<int64_t> time = ParseTimeText(text);
  if (!time) {
    return in.Fail("expected a time as 2026-05-04T10:00:00Z, from 1678 to 2261, found ",
                   Quoted(text));
  }
  return nanos = *time, true;
}
void AsTime::PrintTo(JsonPrinter& out) const { out.Text(TimeText(nanos)); }

bool AsDuration::ReadFrom(JsonReader& in) const {
  if (in.AtNumber()) return in.Integer(&nanos);
  std::string text;
  if (!in.Text(&text)) return false;
  const std::optional<int64_t> duration = ParseDurationText(text);
  if (!duration) return in.Fail("expected a duration as 15s or 1h30m, found ", Quoted(text));
  return nanos = *duration, true;
}
void AsDuration::PrintTo(JsonPrinter& out) const { out.Text(DurationText(nanos)); }

bool AsMatchers::ReadFrom(JsonReader& in) const {
  std::string text;
  if (!in.Text(&text)) return false;
  // The parser of selectors names the place in the text; the reader adds that of the text.
  absl::StatusOr<std::vector<LabelMatcher>> parsed = ParseMatchers(text);
  if (!parsed.ok()) return in.Fail(ToStd(parsed.status().message()));
  return matchers = *std::move(parsed), true;
}
void AsMatchers::PrintTo(JsonPrinter& out) const {
  const std::optional<std::string> text = MatchersText(matchers);
  if (!text) return out.Fail("a matcher has no name or an unknown operator");
  out.Text(*text);
}

// One row of ValueKinds. JSON has no pairs as keys, so the table is a list of rows.
struct KindRow {
  std::string profile_type, sample_type;
  ValueKind kind = ValueKind::kCounter;
};
template <class Visit>
void Members(Visit& visit, KindRow& row) {
  visit("profile_type", row.profile_type), visit("sample_type", row.sample_type);
  visit("kind", row.kind);
}

bool AsKinds::ReadFrom(JsonReader& in) const {
  // Into a table of its own: what is given replaces the default, and does not add to it.
  ValueKinds read;
  const bool ok = in.Array([&] {
    KindRow row;
    if (!Read(in, row)) return false;
    const bool added = read.emplace(std::pair(row.profile_type, row.sample_type), row.kind).second;
    return added || in.Fail("the profile type and sample type are given twice");
  });
  if (ok) kinds = std::move(read);
  return ok;
}
void AsKinds::PrintTo(JsonPrinter& out) const {
  std::vector<KindRow> rows;
  for (const auto& [types, kind] : kinds) rows.push_back({types.first, types.second, kind});
  Print(out, rows);
}

bool AsConstant::ReadFrom(JsonReader& in) const {
  std::string found;
  return in.Text(&found) && (found == text || in.Fail("expected ", text));
}
void AsConstant::PrintTo(JsonPrinter& out) const { out.Text(text); }

}  // namespace dolerite::ask
