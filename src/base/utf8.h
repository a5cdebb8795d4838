// Bytes that should be text, written where only text may stand.
#ifndef DOLERITE_BASE_UTF8_H_
#define DOLERITE_BASE_UTF8_H_

#include <cstddef>
#include <string>
#include <string_view>

namespace dolerite {

// The length of the well-formed UTF-8 sequence at `at`, 1 to 4; 0 if there is none.
// `at` must be less than bytes.size(). Overlong forms and surrogates are not well formed.
size_t Utf8Length(std::string_view bytes, size_t at);

// How many bytes at the front are printable ASCII other than `special`: what writers copy as it is.
size_t PlainLength(std::string_view bytes, std::string_view special);

// Whether a character (one well-formed sequence) is a control (C0, DEL, C1), ends a line, or shows
// nothing but changes the order or the look of others: marks and overrides of writing direction,
// joiners, byte order marks, tags. A terminal must not get them from an unknown source.
bool IsControl(std::string_view character);

// A JSON string with its quotes. It may also stand in an HTML script: `<` is
// escaped, as is what IsControl. What is not UTF-8 becomes U+FFFD, one for
// each longest start of a character (as the Unicode Standard recommends).
void AppendJsonString(std::string* out, std::string_view bytes);

// The same for text that goes into no page: `<` stays as it is.
void AppendJsonLineString(std::string* out, std::string_view bytes);

bool IsUtf8(std::string_view bytes);

// What is not UTF-8 becomes U+FFFD, as above.
std::string ToUtf8(std::string_view bytes);

// `\xHH`, with two lower-case digits: how names show a byte that must not be written as it is.
void AppendByteEscape(std::string* out, char byte);

// Text for HTML content or a quoted attribute. U+FFFD as above. What IsControl is shown as
// `\u202e`, as pages show names; tabs and ends of lines stay.
void AppendHtmlText(std::string* out, std::string_view bytes);

}  // namespace dolerite

#endif  // DOLERITE_BASE_UTF8_H_
