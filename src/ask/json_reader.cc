// A reader of JSON over the lexer's tokens. It knows what it expects, so an error says what was
// expected, what was found, and at which path.
#include "ask/json_reader.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numeric>

#include "base/utf8.h"

namespace dolerite::ask {
namespace {

constexpr size_t kShown = 64;
// Of one object: so that looking for keys that are given twice costs little.
constexpr size_t kMostKeys = 64;

// The least number of characters to insert, delete or replace to make one word of the other.
size_t EditDistance(std::string_view a, std::string_view b) {
  // row[j]: the distance of the part of `a` that was read to the first j characters of `b`.
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 0; i < a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i + 1;
    for (size_t j = 0; j < b.size(); ++j) {
      const size_t replaced = diagonal + (a[i] != b[j]);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

// The first character of a value tells its kind.
std::string_view KindOfValue(char first) {
  switch (first) {
    case '{':
      return "an object";
    case '[':
      return "an array";
    case '"':
      return "a text";
    case 't':
    case 'f':
      return "a boolean";
    case 'n':
      return "null";
    case '\0':
      return "the end";
    default:
      return first == '-' || (first >= '0' && first <= '9') ? "a number" : "no value";
  }
}

}  // namespace

// A wrong guess is worse than none: words that differ in more than a third are others.
std::string_view Nearest(std::string_view word, const std::vector<std::string_view>& words) {
  std::string_view nearest;
  size_t least = std::min(word.size(), kShown) / 3 + 2;
  for (const std::string_view known : words) {
    // Cut, so that a key of any length costs little.
    const size_t distance = EditDistance(word.substr(0, kShown), known);
    if (distance < least) least = distance, nearest = known;
  }
  return nearest;
}

std::string JoinOr(const std::vector<std::string_view>& words) {
  std::string out;
  for (size_t i = 0; i < words.size(); ++i) {
    out += i == 0 ? "" : i + 1 == words.size() ? " or " : ", ";
    out += words[i];
  }
  return out;
}

std::string Quoted(std::string_view text) {
  std::string out;
  AppendJsonString(&out, text.substr(0, kShown));
  if (text.size() > kShown) out += "..";
  return out;
}

// The first character of the next token; 0 at the end.
char JsonReader::Next() { return lexer_.AtEnd() ? '\0' : text_[lexer_.position()]; }

bool JsonReader::AtNumber() {
  const char c = Next();
  return c == '-' || (c >= '0' && c <= '9');
}

bool JsonReader::Expected(std::string_view kind) {
  return Fail("expected ", kind, ", found ", KindOfValue(Next()), " at byte ", lexer_.position());
}

// What the lexer did not take.
bool JsonReader::Syntax() {
  const std::string_view fault = lexer_.fault();
  return Fail(fault.empty() ? "a comma or a closing bracket was expected" : fault, " at byte ",
              lexer_.position());
}

bool JsonReader::Open(char bracket, std::string_view kind) {
  if (!status_.ok()) return false;
  return lexer_.Take(bracket) || Expected(kind);
}

// The next key of an object goes to the end of `seen`. False at the object's end too, which is no
// fault.
bool JsonReader::NextKey(std::vector<std::string>* seen) {
  if (!status_.ok()) return false;
  if (lexer_.Take('}')) return false;
  if (!seen->empty() && !lexer_.Take(',')) return Syntax();
  std::string key;
  if (!lexer_.Name(&key)) return Syntax();
  if (seen->size() == kMostKeys) return Fail("more keys than any question has");
  if (std::find(seen->begin(), seen->end(), key) != seen->end()) {
    return Fail("the key ", Quoted(key), " is given twice");
  }
  seen->push_back(std::move(key));
  return true;
}

// As NextKey, for entries of an array.
bool JsonReader::NextItem(size_t index) {
  if (!status_.ok() || lexer_.Take(']')) return false;
  return index == 0 || lexer_.Take(',') || Syntax();
}

// Kinds are looked at before the lexer takes anything, so that the message can name what is there.
bool JsonReader::Text(std::string* out) {
  if (!status_.ok()) return false;
  if (Next() != '"') return Expected("a text");
  return lexer_.String(out) || Syntax();
}

bool JsonReader::Bool(bool* out) {
  if (!status_.ok()) return false;
  if (lexer_.TakeWord("true")) return *out = true, true;
  if (lexer_.TakeWord("false")) return *out = false, true;
  return Expected("a boolean");
}

bool JsonReader::Double(double* out) {
  if (!status_.ok()) return false;
  std::string digits;
  if (!AtNumber()) return Expected("a number");
  if (!lexer_.Number(&digits)) return Syntax();
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), *out);
  return (read.ec == std::errc() && std::isfinite(*out)) || Fail("the number is out of range");
}

// A whole number as it is and without its sign: one of the two has room for it.
bool JsonReader::Digits(int64_t* value, uint64_t* magnitude) {
  if (!status_.ok()) return false;
  std::string digits;
  if (!AtNumber()) return Expected("a whole number");
  if (!lexer_.Number(&digits)) return Syntax();
  const char* const end = digits.data() + digits.size();
  if (digits.find_first_not_of("-0123456789") != std::string::npos) {
    return Fail("expected a whole number, found ", Quoted(digits));
  }
  // Up to 64 bits, signed or not: which of the two fits is for the caller to say.
  const bool negative = digits[0] == '-';
  const std::errc error = negative ? std::from_chars(digits.data(), end, *value).ec
                                   : std::from_chars(digits.data(), end, *magnitude).ec;
  return error == std::errc() || Fail("the number has more than 64 bits");
}

bool JsonReader::End() {
  if (!status_.ok()) return false;
  return lexer_.AtEnd() || Fail("text behind the question at byte ", lexer_.position());
}

}  // namespace dolerite::ask
