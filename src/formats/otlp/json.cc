// OTLP/JSON becomes the protobuf message that says the same, which the reader of protobuf then
// reads: so there is one reader. json_fields.cc has the names, numbers and kinds of all fields.
#include "formats/otlp/json.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/charconv.h"
#include "absl/strings/escaping.h"
#include "base/status.h"
#include "formats/otlp/json_fields.h"
#include "formats/wire/json_lexer.h"
#include "formats/wire/proto_append.h"

namespace dolerite::otlp {

// Exactly pairs of hex digits: Abseil's decoder does not check.
namespace {

bool FromHex(std::string_view text, std::string* bytes) {
  if (text.size() % 2 != 0 || !std::all_of(text.begin(), text.end(), absl::ascii_isxdigit)) {
    return false;
  }
  *bytes = absl::HexStringToBytes(ToAbsl(text));
  return true;
}

// Either alphabet, padded or not. Abseil's decoder would skip blanks.
bool FromBase64(std::string_view text, std::string* bytes) {
  const auto is_digit = [](char c) {
    return absl::ascii_isalnum(c) || c == '+' || c == '/' || c == '-' || c == '_';
  };
  while (!text.empty() && text.back() == '=') text.remove_suffix(1);
  if (!std::all_of(text.begin(), text.end(), is_digit)) return false;
  std::string digits(text);
  std::replace(digits.begin(), digits.end(), '-', '+');
  std::replace(digits.begin(), digits.end(), '_', '/');
  return absl::Base64Unescape(digits, bytes);
}

// Members at the top of files that other tools write.
// For the error message only: a file of another tool is named by a member that only that tool
// writes.
struct Known {
  std::string_view member, what;
};
constexpr Known kOthers[] = {
    {"resource_profiles", "OTLP whose names are in snake_case; OTLP/JSON has resourceProfiles"},
    {"resourceSpans", "OTLP traces"},
    {"resourceMetrics", "OTLP metrics"},
    {"resourceLogs", "OTLP logs"},
    {"traceEvents", "a Chrome trace"},
    {"timeDeltas", "a V8 .cpuprofile"},
    {"nodes", "a V8 .cpuprofile"},
    {"head", "a V8 .heapprofile"},
    {"snapshot", "a V8 heap snapshot"},
    {"libs", "a Firefox profile"},
    {"threads", "a Firefox profile"},
    {"shared", "a speedscope file"},
    {"flamebearer", "a Pyroscope flamebearer"},
};

// Collects what decides whether an object is OTLP.
class TopMembers {
 public:
  void Add(std::string_view name) {
    any_ = true;
    is_otlp_ |= name == "resourceProfiles" || name == "dictionary";
    for (const Known& known : kOthers) {
      if (name == known.member && looks_like_.empty()) looks_like_ = known.what;
    }
  }
  // An object without members is a message without fields.
  bool is_otlp() const { return is_otlp_ || !any_; }
  std::string_view looks_like() const { return looks_like_; }

 private:
  bool any_ = false, is_otlp_ = false;
  std::string_view looks_like_;
};

absl::Status NotOtlp(std::string_view looks_like) {
  return InvalidArgument("otlp: JSON, but not OTLP: no resourceProfiles",
                         looks_like.empty() ? "" : "; it looks like ", looks_like);
}

// Writes one message. Every function returns false after a fault, whose status and place are set
// then.
// Reads tokens from the lexer and appends protobuf fields. Nested messages are made as strings and
// then appended, since their size comes first. Memory is charged for each value as it is written.
class Transcoder {
 public:
  Transcoder(JsonLexer& lexer, size_t depth, Context& context)
      : lexer_(lexer), depth_(depth), context_(context) {}

  // An object as a message. Nested messages call this again, at most depth_ deep.
  // A name that occurs twice writes its field twice, which protobuf reads as the last value.
  bool Message(Shape shape, size_t depth, std::string* out) {
    if (depth > depth_) {
      status_ =
          ResourceExhausted("otlp: JSON: over the limit of depth, ", context_.options.limits.depth);
      return false;
    }
    if (!lexer_.Take('{')) return Fail("an object was expected");
    std::string name;
    for (bool first = true; !lexer_.Take('}'); first = false) {
      if (!first && !lexer_.Take(',')) return Fail("a comma or } was expected");
      if (!lexer_.Name(&name)) return Fail("");
      if (depth == 0) top_.Add(name);
      const auto fields = FieldsOf(shape);
      const auto field = std::find_if(fields.begin(), fields.end(),
                                      [&](const Field& f) { return f.name == name; });
      if (field == fields.end()) {
        ++context_.report.unknown_fields;
        if (!lexer_.Skip()) return Fail("");
      } else if (!Member(*field, depth, out)) {
        return false;
      }
    }
    return true;
  }

  const TopMembers& top() const { return top_; }
  // Why Message has failed.
  const absl::Status& status() const { return status_; }

 private:
  // Where the transcoder is, from the outside in.
  // Names are literals of the field tables, so views suffice.
  struct Step {
    std::string_view name;
    int64_t row;
  };

  // A field: null (as if left out), one value, or an array of values of a repeated field.
  bool Member(const Field& field, size_t depth, std::string* out) {
    if (lexer_.TakeWord("null")) return true;
    path_.push_back({field.name, -1});
    if (!lexer_.Take('[')) {
      if (!Value(field, depth, out)) return false;
      path_.pop_back();
      return true;
    }
    // An array of a field that is not repeated writes several values; the reader takes the last.
    for (int64_t row = 0; !lexer_.Take(']'); ++row) {
      path_.back().row = row;
      if (row > 0 && !lexer_.Take(',')) return Fail("a comma or ] was expected");
      if (!Value(field, depth, out)) return false;
    }
    path_.pop_back();
    return true;
  }

  // One value, and the memory that it takes.
  // An empty message takes two bytes in the message around it, its tag and its size.
  bool Value(const Field& field, size_t depth, std::string* out) {
    const size_t before = out->size();
    const bool ok = Append(field, depth, out);
    // Strings grow by doubling, and a message is copied into the one around it.
    const absl::Status charged =
        ok ? context_.ChargeScratch(field.kind == Kind::kMessage ? 2 : 2 * (out->size() - before))
           : absl::OkStatus();
    if (!charged.ok()) status_ = charged;
    return ok && charged.ok();
  }

  // What JSON writes for each kind of field.
  bool Append(const Field& field, size_t depth, std::string* out) {
    switch (field.kind) {
      case Kind::kMessage: {
        std::string message;
        if (!Message(field.shape, depth + 1, &message)) return false;
        AppendBytesField(out, field.number, message);
        return true;
      }
      case Kind::kText:
      case Kind::kBytes:
      case Kind::kId:
        return Bytes(field, out);
      case Kind::kBool: {
        const bool yes = lexer_.TakeWord("true");
        if (!yes && !lexer_.TakeWord("false")) return Fail("true or false was expected");
        AppendVarintField(out, field.number, yes);
        return true;
      }
      case Kind::kDouble:
        return Double(field, out);
      default:
        return Integer(field, out);
    }
  }

  // Texts as they are; ids as hex of 16 or 8 bytes, which OTLP/JSON wants, or as base64, which
  // protobuf's JSON wants; other bytes as base64.
  bool Bytes(const Field& field, std::string* out) {
    std::string text, bytes;
    if (!lexer_.String(&text)) return Fail("a string was expected");
    if (field.kind == Kind::kText) return AppendBytesField(out, field.number, text), true;
    const bool may_be_hex = field.kind == Kind::kId && (text.size() == 32 || text.size() == 16);
    if ((!may_be_hex || !FromHex(text, &bytes)) && !FromBase64(text, &bytes)) {
      return Fail(field.kind == Kind::kId ? "hex or base64 was expected" : "base64 was expected");
    }
    AppendBytesField(out, field.number, bytes);
    return true;
  }

  // A number may be given as a string; NaN and infinities must be, since JSON has no number for
  // them.
  bool Double(const Field& field, std::string* out) {
    constexpr std::pair<std::string_view, double> kNames[] = {
        {"NaN", std::numeric_limits<double>::quiet_NaN()},
        {"Infinity", std::numeric_limits<double>::infinity()},
        {"-Infinity", -std::numeric_limits<double>::infinity()}};
    std::string text;
    const bool is_string = lexer_.String(&text);
    if (!is_string && !lexer_.Number(&text)) return Fail("a number was expected");
    double value = 0;
    const auto* name = std::find_if(std::begin(kNames), std::end(kNames),
                                    [&](const auto& n) { return is_string && n.first == text; });
    if (name != std::end(kNames)) {
      value = name->second;
    } else {
      std::string number;
      if (JsonLexer inside(text, 0); !inside.Number(&number) || number != text) {
        return Fail(Concat("a number was expected, not ", text));
      }
      // What is too small for a double is 0; what is too large is no double.
      // The lexer has checked the grammar, so from_chars can fail only by the range.
      const auto result = absl::from_chars(text.data(), text.data() + text.size(), value);
      if (result.ec == std::errc::result_out_of_range && std::abs(value) > 1) {
        return Fail(Concat(text, " does not fit a double"));
      }
    }
    AppendFixedField(out, field.number, std::bit_cast<uint64_t>(value));
    return true;
  }

  // JSON has 64-bit numbers as strings, but plain numbers are common.
  // A value of 32 bits becomes a varint of 64 bits with its sign, as protobuf encodes int32.
  bool Integer(const Field& field, std::string* out) {
    std::string text;
    if (!lexer_.String(&text) && !lexer_.Number(&text)) return Fail("an integer was expected");
    uint64_t value = 0;
    bool fits = false;
    switch (field.kind) {
      case Kind::kInt32:
        fits = Parse<int32_t>(text, &value);
        break;
      case Kind::kUint32:
        fits = Parse<uint32_t>(text, &value);
        break;
      case Kind::kInt64:
        fits = Parse<int64_t>(text, &value);
        break;
      default:
        fits = Parse<uint64_t>(text, &value);
    }
    if (!fits) {
      const bool is_signed = field.kind == Kind::kInt32 || field.kind == Kind::kInt64;
      const bool is_short = field.kind == Kind::kInt32 || field.kind == Kind::kUint32;
      return Fail(Concat(text,
                         is_signed ? " is not an integer of " : " is not a natural number of ",
                         is_short ? 32 : 64, " bits"));
    }
    field.kind == Kind::kFixed64 ? AppendFixedField(out, field.number, value)
                                 : AppendVarintField(out, field.number, value);
    return true;
  }

  template <class Number>
  static bool Parse(std::string_view text, uint64_t* value) {
    Number number = 0;
    const char* const end = text.data() + text.size();
    const auto result = std::from_chars(text.data(), end, number);
    *value = static_cast<uint64_t>(number);
    return result.ec == std::errc() && result.ptr == end;
  }

  // Always false. What the lexer has found goes first.
  // The path is built here only: most messages have no fault.
  bool Fail(std::string_view what) {
    const std::string_view fault = *lexer_.fault() != '\0' ? lexer_.fault() : what;
    std::string path;
    for (const Step& step : path_) {
      path += Concat(path.empty() ? "" : ".", step.name);
      if (step.row >= 0) path += Concat('[', step.row, ']');
    }
    status_ = InvalidArgument("otlp: JSON: ", path, path.empty() ? "" : ": ", fault, " (at byte ",
                              lexer_.position(), ")");
    return false;
  }

  JsonLexer& lexer_;
  const size_t depth_;
  Context& context_;
  TopMembers top_;
  std::vector<Step> path_;
  absl::Status status_;
};

// Without a byte order mark.
// Some tools on Windows write one.
std::string_view WithoutMark(std::string_view text) {
  constexpr std::string_view kMark = "\xef\xbb\xbf";
  return text.substr(0, kMark.size()) == kMark ? text.substr(kMark.size()) : text;
}

}  // namespace

// A line break before the brace is also field 1 of a protobuf message of 123 bytes: then a quote or
// the end must follow.
bool LooksLikeJson(std::string_view bytes) {
  const std::string_view text = WithoutMark(bytes);
  constexpr std::string_view kBlanks = " \t\r\n";
  const size_t at = text.find_first_not_of(kBlanks);
  if (at == std::string_view::npos || text[at] != '{') return false;
  if (text[0] != '\n') return true;
  const size_t next = text.find_first_not_of(kBlanks, at + 1);
  return next != std::string_view::npos &&
         (text[next] == '"' || (text[next] == '}' && text.find_first_not_of(kBlanks, next + 1) ==
                                                         std::string_view::npos));
}

// Names at the top until one decides.
bool LooksLikeOtlpJson(std::string_view bytes) {
  JsonLexer lexer(WithoutMark(bytes), 0);
  TopMembers top;
  std::string name;
  if (!lexer.Take('{')) return false;
  while (lexer.Name(&name)) {
    top.Add(name);
    if (top.is_otlp()) return true;
    if (!lexer.Skip() || !lexer.Take(',')) return false;
  }
  return top.is_otlp();
}

// Depth counts messages: a value of the limit's depth needs three messages for each level and eight
// around it. The limit is capped, as Message recurses.
absl::StatusOr<std::string> NextJsonMessage(std::string_view text, Context* context, size_t* at) {
  constexpr size_t kOutside = 8;   // messages around a value
  constexpr size_t kPerValue = 3;  // messages that a value in a value takes
  if (*at == 0) *at = text.size() - WithoutMark(text).size();
  JsonLexer lexer(text, *at);
  std::string message;
  if (!lexer.AtEnd()) {
    const size_t depth = kOutside + kPerValue * std::min<size_t>(context->options.limits.depth, 64);
    Transcoder transcoder(lexer, depth, *context);
    if (!transcoder.Message(Shape::kData, 0, &message)) return transcoder.status();
    if (!transcoder.top().is_otlp()) return NotOtlp(transcoder.top().looks_like());
  }
  *at = lexer.position();
  return message;
}

}  // namespace dolerite::otlp
