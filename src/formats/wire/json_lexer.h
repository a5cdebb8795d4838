// The tokens of JSON text. Source: RFC 8259
#ifndef DOLERITE_FORMATS_WIRE_JSON_LEXER_H_
#define DOLERITE_FORMATS_WIRE_JSON_LEXER_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace dolerite {

// Each call skips blanks and takes one token, or returns false: then it took nothing but blanks, or
// there is a fault.
class JsonLexer {
 public:
  JsonLexer(std::string_view text, size_t at) : text_(text), at_(at) {}

  bool AtEnd();
  bool Take(char c);
  bool TakeWord(std::string_view word);
  // A string without quotes and escapes. Its bytes need not be UTF-8.
  bool String(std::string* out);
  // As it is written.
  bool Number(std::string* out);
  // A string and the colon after it.
  bool Name(std::string* out);
  // A whole value, however deep, which is valid JSON all through.
  bool Skip();

  // Keeps the first fault. Always false.
  bool Fail(const char* fault);
  const char* fault() const { return fault_; }
  size_t position() const { return at_; }

 private:
  void SkipBlanks();
  bool Scalar();
  bool Escape(std::string* out);
  bool Hex4(uint32_t* unit);

  std::string_view text_;
  size_t at_;
  const char* fault_ = "";
};

}  // namespace dolerite

#endif  // DOLERITE_FORMATS_WIRE_JSON_LEXER_H_
