#include "base/utf8.h"

#include <cstdint>

namespace dolerite {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

uint8_t Byte(std::string_view bytes, size_t at) { return static_cast<uint8_t>(bytes[at]); }

// What a first byte asks for: the length, and the range of the second byte that
// leaves out overlong forms, surrogates and all above U+10FFFF.
// Two limits for the second byte are enough: all later ones may be 80 to BF.
struct Lead {
  size_t length;
  uint8_t low = 0x80, high = 0xBF;
};

Lead LeadOf(uint8_t first) {
  if (first < 0x80) return {1};
  if (first < 0xC2 || first > 0xF4) return {0};
  if (first < 0xE0) return {2};
  if (first == 0xE0) return {3, 0xA0, 0xBF};
  if (first == 0xED) return {3, 0x80, 0x9F};
  if (first < 0xF0) return {3};
  if (first == 0xF0) return {4, 0x90, 0xBF};
  if (first == 0xF4) return {4, 0x80, 0x8F};
  return {4};
}

// How many bytes at `at` belong to one character; *whole tells if it is complete.
size_t Span(std::string_view bytes, size_t at, bool* whole) {
  const Lead lead = LeadOf(Byte(bytes, at));
  size_t span = 1;
  while (span < lead.length && span < bytes.size() - at) {
    const uint8_t next = Byte(bytes, at + span);
    if (next < (span == 1 ? lead.low : 0x80) || next > (span == 1 ? lead.high : 0xBF)) break;
    ++span;
  }
  *whole = span == lead.length;
  return span;
}

// The number of a character, which is one well-formed sequence.
// The first byte of a sequence of n > 1 bytes has n + 1 bits of prefix.
uint32_t CodePoint(std::string_view character) {
  uint32_t code = Byte(character, 0);
  if (character.size() > 1) code &= 0xFFu >> (character.size() + 1);
  for (size_t i = 1; i < character.size(); ++i) code = code << 6 | (Byte(character, i) & 0x3F);
  return code;
}

constexpr char kHex[] = "0123456789abcdef";

void AppendUnit(std::string* out, uint32_t unit) {
  out->append("\\u");
  for (int shift = 12; shift >= 0; shift -= 4) out->push_back(kHex[(unit >> shift) & 15]);
}

// Past 16 bits JSON has two units of UTF-16.
void AppendUnicodeEscape(std::string* out, uint32_t code) {
  if (code <= 0xFFFF) return AppendUnit(out, code);
  AppendUnit(out, 0xD800 + ((code - 0x10000) >> 10));
  AppendUnit(out, 0xDC00 + ((code - 0x10000) & 0x3FF));
}

// What JSON must escape, what a script or a terminal would obey, and nothing else.
void AppendJsonCharacter(std::string* out, std::string_view character) {
  const char c = character[0];
  if (c == '"' || c == '\\') {
    out->push_back('\\');
    out->push_back(c);
  } else if (c == '\n') {
    out->append("\\n");
  } else if (c == '\t') {
    out->append("\\t");
  } else if (c == '<' || IsControl(character)) {
    AppendUnicodeEscape(out, CodePoint(character));
  } else {
    out->append(character);
  }
}

void AppendJsonLineCharacter(std::string* out, std::string_view character) {
  static constexpr std::string_view kShort = "\b\f\r", kNames = "bfr";
  const char c = character[0];
  if (const size_t at = kShort.find(c); at != std::string_view::npos) {
    out->push_back('\\');
    out->push_back(kNames[at]);
  } else if (c == '<') {
    out->push_back(c);
  } else {
    AppendJsonCharacter(out, character);
  }
}

// Both quotes are escaped, as the text may be an attribute's value. Controls become visible
// escapes: a page must not obey them.
void AppendHtmlCharacter(std::string* out, std::string_view character) {
  switch (character[0]) {
    case '&':
      return static_cast<void>(out->append("&amp;"));
    case '<':
      return static_cast<void>(out->append("&lt;"));
    case '>':
      return static_cast<void>(out->append("&gt;"));
    case '"':
      return static_cast<void>(out->append("&quot;"));
    case '\'':
      return static_cast<void>(out->append("&#39;"));
    case '\t':
    case '\n':
    case '\r':
      return static_cast<void>(out->append(character));
    default:
      break;
  }
  if (IsControl(character)) return AppendUnicodeEscape(out, CodePoint(character));
  out->append(character);
}

// Appends bytes character by character, but runs of printable ASCII without `special` as they are.
// Calls append with each whole character, or with U+FFFD for bytes that are no character.
// Each appended part is well-formed UTF-8, so the output is too, whatever the input.
template <class Append>
void AppendEach(std::string* out, std::string_view bytes, std::string_view special, Append append) {
  for (size_t at = 0; at < bytes.size();) {
    const size_t plain = PlainLength(bytes.substr(at), special);
    out->append(bytes.substr(at, plain));
    at += plain;
    if (at == bytes.size()) return;
    bool whole;
    const size_t span = Span(bytes, at, &whole);
    append(out, whole ? bytes.substr(at, span) : kReplacement);
    at += span;
  }
}

}  // namespace

size_t PlainLength(std::string_view bytes, std::string_view special) {
  size_t length = 0;
  while (length < bytes.size() && bytes[length] >= ' ' && bytes[length] < 0x7F &&
         special.find(bytes[length]) == std::string_view::npos) {
    ++length;
  }
  return length;
}

size_t Utf8Length(std::string_view bytes, size_t at) {
  bool whole;
  const size_t span = Span(bytes, at, &whole);
  return whole ? span : 0;
}

bool IsControl(std::string_view character) {
  struct Range {
    uint32_t first, last;
  };
  // C0, DEL and C1; the soft hyphen; the Arabic letter mark; spaces without width, joiners and
  // marks of direction; separators, embeddings and overrides; invisible operators and isolates; the
  // byte order mark; annotations; tags.
  static constexpr Range kRanges[] = {
      {0, 0x1F},        {0x7F, 0x9F},     {0xAD, 0xAD},     {0x61C, 0x61C},   {0x200B, 0x200F},
      {0x2028, 0x202E}, {0x2060, 0x206F}, {0xFEFF, 0xFEFF}, {0xFFF9, 0xFFFB}, {0xE0000, 0xE007F}};
  const uint32_t code = CodePoint(character);
  // The ranges ascend, but there are few: most characters are compared with all of them.
  for (const Range& range : kRanges) {
    if (code >= range.first && code <= range.last) return true;
  }
  return false;
}

bool IsUtf8(std::string_view bytes) {
  for (size_t at = 0; at < bytes.size();) {
    const size_t length = Utf8Length(bytes, at);
    if (length == 0) return false;
    at += length;
  }
  return true;
}

std::string ToUtf8(std::string_view bytes) {
  std::string out;
  AppendEach(&out, bytes, "", [](std::string* to, std::string_view part) { to->append(part); });
  return out;
}

void AppendJsonString(std::string* out, std::string_view bytes) {
  out->push_back('"');
  AppendEach(out, bytes, "\"\\<", AppendJsonCharacter);
  out->push_back('"');
}

void AppendJsonLineString(std::string* out, std::string_view bytes) {
  out->push_back('"');
  AppendEach(out, bytes, "\"\\", AppendJsonLineCharacter);
  out->push_back('"');
}

void AppendByteEscape(std::string* out, char byte) {
  const uint8_t value = static_cast<uint8_t>(byte);
  out->append({'\\', 'x', kHex[value >> 4], kHex[value & 15]});
}

void AppendHtmlText(std::string* out, std::string_view bytes) {
  AppendEach(out, bytes, "&<>\"'", AppendHtmlCharacter);
}

}  // namespace dolerite
