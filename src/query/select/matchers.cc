// The grammar is that of Prometheus' selectors, without the metric's name: `{name op "value", ..}`.
#include "dolerite/selection.h"

#include <charconv>

#include "base/status.h"

namespace dolerite {

namespace {

// Bytes of names that need no quotes.
bool IsNameByte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '.' || c == ':' || c == '/' || c == '-';
}

// One pass from left to right. Errors say what was expected at which byte.
class MatcherParser {
 public:
  explicit MatcherParser(std::string_view text) : text_(text) {}

  absl::StatusOr<std::vector<LabelMatcher>> Parse() {
    std::vector<LabelMatcher> matchers;
    // Braces may be left out; a comma may stand behind the last matcher.
    const bool braces = Take("{");
    while (!Done() && !At("}")) {
      LabelMatcher& m = matchers.emplace_back();
      DOLERITE_RETURN_IF_ERROR(Name(&m.name));
      DOLERITE_RETURN_IF_ERROR(Operator(&m.op));
      DOLERITE_RETURN_IF_ERROR(Value(&m.value));
      if (!Take(",")) break;
    }
    if (braces && !Take("}")) return Wrong("`}` or `,`");
    if (!Done()) return Wrong(braces ? "nothing more" : "`,`");
    return matchers;
  }

 private:
  // The byte is where parsing stopped, counted from 0.
  absl::Status Wrong(std::string_view expected) const {
    return InvalidArgument("selector `", text_, "`: expected ", expected, " at byte ", at_);
  }
  void SkipSpace() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t')) ++at_;
  }
  bool Done() {
    SkipSpace();
    return at_ == text_.size();
  }
  bool At(std::string_view token) {
    SkipSpace();
    return text_.substr(at_).starts_with(token);
  }
  bool Take(std::string_view token) {
    if (!At(token)) return false;
    at_ += token.size();
    return true;
  }

  absl::Status Name(std::string* name) {
    if (At("\"")) {  // any name, as Prometheus 3 writes it
      DOLERITE_RETURN_IF_ERROR(Quoted(name));
    } else {
      while (at_ < text_.size() && IsNameByte(text_[at_])) name->push_back(text_[at_++]);
    }
    return name->empty() ? Wrong("the name of a label") : absl::OkStatus();
  }

  // An operator is any of four.
  absl::Status Operator(LabelMatcher::Op* op) {
    // Longer operators first: "=" is the beginning of "=~".
    if (Take("=~")) {
      *op = LabelMatcher::Op::kMatch;
    } else if (Take("!~")) {
      *op = LabelMatcher::Op::kNoMatch;
    } else if (Take("!=")) {
      *op = LabelMatcher::Op::kNotEqual;
    } else if (Take("=")) {
      *op = LabelMatcher::Op::kEqual;
    } else {
      return Wrong("one of = != =~ !~");
    }
    return absl::OkStatus();
  }

  absl::Status Value(std::string* value) {
    return At("\"") ? Quoted(value) : Wrong("a value in double quotes");
  }

  // A text in double quotes. The parser is at the first quote.
  absl::Status Quoted(std::string* value) {
    ++at_;
    for (; at_ < text_.size() && text_[at_] != '"'; ++at_) {
      if (text_[at_] != '\\') {
        value->push_back(text_[at_]);
        continue;
      }
      ++at_;
      DOLERITE_RETURN_IF_ERROR(Escaped(value));
    }
    return Take("\"") ? absl::OkStatus() : Wrong("a closing quote");
  }

  // What follows a backslash. LabelSet::ToString writes control bytes as \x and two digits.
  absl::Status Escaped(std::string* value) {
    const char escaped = at_ < text_.size() ? text_[at_] : '\0';
    if (escaped == 'n') {
      value->push_back('\n');
    } else if (escaped == 't') {
      value->push_back('\t');
    } else if (escaped == '\\' || escaped == '"') {
      value->push_back(escaped);
    } else if (escaped == 'x') {
      const std::string_view digits = text_.substr(at_ + 1, 2);
      uint8_t byte = 0;
      const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), byte, 16);
      if (digits.size() < 2 || read.ptr != digits.data() + 2) {
        return Wrong("two hexadecimal digits behind \\x");
      }
      value->push_back(static_cast<char>(byte));
      at_ += 2;
    } else {
      return Wrong("one of n t x \\ \" behind a backslash");
    }
    return absl::OkStatus();
  }

  std::string_view text_;
  size_t at_ = 0;
};

}  // namespace

absl::StatusOr<std::vector<LabelMatcher>> ParseMatchers(std::string_view text) {
  return MatcherParser(text).Parse();
}

}  // namespace dolerite
