// Text of any bytes made safe for terminals and logs, without loss: escapes tell what was there.
#include "plain.h"

#include <cstdint>
#include <cstdio>

namespace dolerite::cli {
namespace {

// One character at the start of `text`: its code point and length. A byte that begins no
// well-formed UTF-8 has the length 1 and `valid` false.
struct Character {
  uint32_t code = 0;
  size_t length = 1;
  bool valid = false;
};

// The library's own decoder is not part of its interface.
Character First(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  const uint8_t lead = byte(0);
  if (lead < 0x80) return {lead, 1, true};
  const size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < length) return {};
  // The bits of the lead byte that are part of the number.
  uint32_t code = lead & (0xff >> (length + 1));
  for (size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return {};
    code = code << 6 | (byte(i) & 0x3f);
  }
  // Overlong forms, surrogates and numbers past Unicode's end are not well formed.
  const bool overlong = code < (length == 2 ? 0x80u : length == 3 ? 0x800u : 0x10000u);
  if (overlong || (code >= 0xd800 && code < 0xe000) || code > 0x10ffff) return {};
  return {code, length, true};
}

// Beyond ASCII: C1 controls, separators of lines, and characters that show nothing but change the
// order or the look of others (bidirectional marks and overrides, joiners, fillers, tags).
// Zero width and direction: with these a name may look like another, or hide a part of itself.
bool IsTreacherous(uint32_t code) {
  if (code < 0x7f) return false;  // most are
  struct Range {
    uint32_t first, last;
  };
  constexpr Range kRanges[] = {{0x7f, 0x9f},     {0xad, 0xad},     {0x61c, 0x61c},
                               {0x200b, 0x200f}, {0x2028, 0x202e}, {0x2060, 0x206f},
                               {0xfeff, 0xfeff}, {0xfff9, 0xfffb}, {0xe0000, 0xe007f}};
  for (const Range& range : kRanges) {
    if (code >= range.first && code <= range.last) return true;
  }
  return false;
}

void AppendUnicodeEscape(uint32_t code, std::string* out) {
  char text[16];
  if (code > 0xffff) {  // two UTF-16 units, as JSON writes it
    const uint32_t rest = code - 0x10000;
    std::snprintf(text, sizeof text, "\\u%04x\\u%04x", 0xd800 + (rest >> 10),
                  0xdc00 + (rest & 0x3ff));
  } else {
    std::snprintf(text, sizeof text, "\\u%04x", code);
  }
  out->append(text);
}

// What is no text has no code point to name.
void AppendByteEscape(char byte, std::string* out) {
  char text[8];
  std::snprintf(text, sizeof text, "\\x%02x", static_cast<uint8_t>(byte));
  out->append(text);
}

// Copies the text; `escape(character, bytes)` says whether it has written a character itself. Bytes
// that need no escape are copied as they are, so plain text stays the same.
template <class Escape>
std::string Rewrite(std::string_view text, Escape escape) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const Character character = First(text);
    const std::string_view bytes = text.substr(0, character.length);
    if (!escape(character, &out)) out.append(bytes);
    text.remove_prefix(character.length);
  }
  return out;
}

}  // namespace

// A backslash stays as it is: names of Windows paths would be unreadable otherwise. So an escape
// may be imitated, but never a control character.
std::string Plain(std::string_view text) {
  size_t at = 0;
  return Rewrite(text, [&](const Character& character, std::string* out) {
    // The first byte, which for an escape by bytes is all of the character.
    const char byte = text[at];
    at += character.length;
    if (!character.valid || character.code < 0x20 || character.code == 0x7f) {
      AppendByteEscape(byte, out);
      return true;
    }
    if (!IsTreacherous(character.code)) return false;
    AppendUnicodeEscape(character.code, out);
    return true;
  });
}

// JSON has escaped what is ASCII already; the result is the same JSON to a parser.
std::string PlainJson(std::string_view json) {
  return Rewrite(json, [](const Character& character, std::string* out) {
    if (!character.valid || !IsTreacherous(character.code)) return false;
    AppendUnicodeEscape(character.code, out);
    return true;
  });
}

}  // namespace dolerite::cli
