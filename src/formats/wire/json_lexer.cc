// JSON by RFC 8259, one token a call. A call that returns false has either not found its token, and
// then nothing is consumed but blanks, or has met a fault, which fault() names.
#include "formats/wire/json_lexer.h"

#include <algorithm>
#include <cstdint>

namespace dolerite {

namespace {

// `point` is below 0x110000 and no surrogate: Escape has seen to it.
// Appends the UTF-8 of one character.
void AppendUtf8(std::string* out, uint32_t point) {
  if (point < 0x80) {
    out->push_back(static_cast<char>(point));
    return;
  }
  const int more = point < 0x800 ? 1 : point < 0x10000 ? 2 : 3;
  const uint32_t lead = more == 1 ? 0xc0 : more == 2 ? 0xe0 : 0xf0;
  out->push_back(static_cast<char>(lead | point >> (6 * more)));
  for (int i = more - 1; i >= 0; --i) {
    out->push_back(static_cast<char>(0x80 | ((point >> (6 * i)) & 0x3f)));
  }
}

}  // namespace

void JsonLexer::SkipBlanks() {
  while (at_ < text_.size() &&
         std::string_view(" \t\r\n").find(text_[at_]) != std::string_view::npos)
    ++at_;
}

bool JsonLexer::AtEnd() {
  SkipBlanks();
  return at_ == text_.size();
}

bool JsonLexer::Take(char c) {
  if (AtEnd() || text_[at_] != c) return false;
  ++at_;
  return true;
}

// A word may be followed by anything: what follows is the next token's business.
bool JsonLexer::TakeWord(std::string_view word) {
  SkipBlanks();
  if (text_.substr(at_, word.size()) != word) return false;
  at_ += word.size();
  return true;
}

// The first fault is the cause; later ones follow from it.
bool JsonLexer::Fail(const char* fault) {
  if (*fault_ == '\0') fault_ = fault;
  return false;
}

// Bytes are taken as they are; only controls are refused and escapes replaced.
bool JsonLexer::String(std::string* out) {
  out->clear();
  if (!Take('"')) return false;
  while (at_ < text_.size() && text_[at_] != '"') {
    const char c = text_[at_++];
    if (static_cast<unsigned char>(c) < 0x20) return Fail("a control character in a string");
    if (c != '\\') {
      out->push_back(c);
    } else if (!Escape(out)) {
      return Fail("an unknown escape in a string");
    }
  }
  if (at_ == text_.size()) return Fail("a string is not closed");
  ++at_;
  return true;
}

// The four digits of \uXXXX: one unit of UTF-16.
bool JsonLexer::Hex4(uint32_t* unit) {
  if (text_.size() - at_ < 4) return false;
  *unit = 0;
  for (char c : text_.substr(at_, 4)) {
    const char lower = static_cast<char>(c | 0x20);
    const bool digit = c >= '0' && c <= '9', letter = lower >= 'a' && lower <= 'f';
    if (!digit && !letter) return false;
    *unit = *unit << 4 | static_cast<uint32_t>(digit ? c - '0' : lower - 'a' + 10);
  }
  at_ += 4;
  return true;
}

// Past 16 bits a character is two escapes, a high and a low surrogate. Half of a pair is refused.
bool JsonLexer::Escape(std::string* out) {
  constexpr std::string_view kNames = "\"\\/bfnrt", kMeant = "\"\\/\b\f\n\r\t";
  if (at_ == text_.size()) return false;
  const char c = text_[at_++];
  if (const size_t found = kNames.find(c); found != std::string_view::npos) {
    out->push_back(kMeant[found]);
    return true;
  }
  uint32_t unit = 0, second = 0;
  if (c != 'u' || !Hex4(&unit)) return false;
  if (unit >= 0xd800 && unit < 0xdc00) {
    if (text_.substr(at_, 2) != "\\u") return false;
    at_ += 2;
    if (!Hex4(&second) || second < 0xdc00 || second > 0xdfff) return false;
    unit = 0x10000 + ((unit - 0xd800) << 10) + (second - 0xdc00);
  } else if (unit >= 0xdc00 && unit <= 0xdfff) {
    return false;
  }
  AppendUtf8(out, unit);
  return true;
}

// -?(0|[1-9][0-9]*)(.[0-9]+)?([eE][+-]?[0-9]+)?
// `at_` moves only if a whole number is there.
bool JsonLexer::Number(std::string* out) {
  SkipBlanks();
  size_t at = at_;
  // Takes one character out of a choice.
  const auto take = [&](std::string_view choice) {
    if (at == text_.size() || choice.find(text_[at]) == std::string_view::npos) return false;
    ++at;
    return true;
  };
  const auto digits = [&] {
    const size_t first = at;
    while (take("0123456789")) continue;
    return at > first;
  };
  // Whole part, fraction, exponent; the number ends where the grammar can't go on.
  take("-");
  if (!take("0") && !digits()) return false;
  if (take(".") && !digits()) return Fail("a number without a digit behind its point");
  if (take("eE")) {
    take("+-");
    if (!digits()) return Fail("a number without a digit in its exponent");
  }
  out->assign(text_.substr(at_, at - at_));
  at_ = at;
  return true;
}

bool JsonLexer::Name(std::string* out) {
  if (!String(out)) return Fail("the name of a member was expected");
  return Take(':') || Fail("a colon was expected behind the name of a member");
}

// A value that is not an array or object; its content is checked and dropped.
// For values that nobody asked for.
bool JsonLexer::Scalar() {
  std::string ignored;
  if (AtEnd()) return Fail("the text ends inside a value");
  if (text_[at_] == '"') return String(&ignored);
  return TakeWord("true") || TakeWord("false") || TakeWord("null") || Number(&ignored) ||
         Fail("a value was expected");
}

// Skips a value of any depth. Keeps the brackets that are open in a string instead of recursing, so
// that input can't overflow the call stack; time is linear.
bool JsonLexer::Skip() {
  std::string open, name;
  for (;;) {
    // A value begins: an array or object, then its first member; or a scalar.
    if (const bool object = Take('{'); object || Take('[')) {
      const char close = object ? '}' : ']';
      if (!Take(close)) {
        open.push_back(close);
        if (object && !Name(&name)) return false;
        continue;
      }
    } else if (!Scalar()) {
      return false;
    }
    // It has ended: so may what is around it, else the next member follows.
    while (!open.empty() && Take(open.back())) open.pop_back();
    if (open.empty()) return true;
    if (!Take(',')) return Fail("a comma or a closing bracket was expected");
    if (open.back() == '}' && !Name(&name)) return false;
  }
}

}  // namespace dolerite
