// A document is read from the front, one piece of markup after the other. `path_` names the
// elements that are open; each open element has its text so far and where its name begins in the
// path. An element is handed out at its end tag, when its text is whole.
#include "s3/xml.h"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/status.h"

namespace dolerite::s3 {
namespace {

// Documents of S3 nest four deep.
constexpr size_t kMaxDepth = 16;
constexpr std::string_view kBlank = " \t\r\n";

// `code` as UTF-8. False unless it is a character that XML allows.
bool AppendCharacter(uint32_t code, std::string* out) {
  const bool control = code < 0x20 && code != '\t' && code != '\n' && code != '\r';
  const bool surrogate = code >= 0xd800 && code < 0xe000;
  if (control || surrogate || code > 0x10ffff) return false;
  if (code < 0x80) {
    out->push_back(static_cast<char>(code));
    return true;
  }
  // The number of bytes behind the first, each with six bits.
  const int more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
  constexpr uint32_t kFirst[] = {0, 0xc0, 0xe0, 0xf0};
  out->push_back(static_cast<char>(kFirst[more] | code >> (6 * more)));
  for (int i = more - 1; i >= 0; --i) {
    out->push_back(static_cast<char>(0x80 | (code >> (6 * i) & 0x3f)));
  }
  return true;
}

// The number of a reference such as `#34` or `#x22`.
// At most 8 digits, so that no number wraps.
std::optional<uint32_t> CharacterCode(std::string_view reference) {
  const bool hex = reference.starts_with("#x");
  reference.remove_prefix(hex ? 2 : 1);
  if (reference.empty() || reference.size() > 8) return std::nullopt;
  uint64_t code = 0;  // 8 digits fit
  for (const char c : reference) {
    const std::string_view digits = "0123456789abcdefABCDEF";
    size_t digit = digits.substr(0, hex ? digits.npos : 10).find(c);
    if (digit == digits.npos) return std::nullopt;
    if (digit > 15) digit -= 6;
    code = code * (hex ? 16 : 10) + digit;
  }
  return static_cast<uint32_t>(code);
}

constexpr std::pair<std::string_view, char> kNamed[] = {
    {"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}};

// The five that XML has by itself: there are no others without a document type.
bool AppendReference(std::string_view reference, std::string* out) {
  if (reference.starts_with('#')) {
    const std::optional<uint32_t> code = CharacterCode(reference);
    return code && AppendCharacter(*code, out);
  }
  for (const auto& [name, character] : kNamed) {
    if (reference != name) continue;
    out->push_back(character);
    return true;
  }
  return false;
}

// No document types, so nothing can be defined and nothing grows; attributes are skipped with their
// tag.
class XmlReader {
 public:
  XmlReader(std::string_view xml, const XmlElement& element)
      : xml_(xml), rest_(xml), element_(element) {}

  absl::Status Read() {
    // A `<!DOCTYPE` comes to StartTag, where it has no name that S3 knows.
    while (!rest_.empty()) {
      if (rest_.front() != '<') {
        DOLERITE_RETURN_IF_ERROR(Text());
      } else if (rest_.starts_with("<?")) {
        DOLERITE_RETURN_IF_ERROR(SkipPast("?>"));
      } else if (rest_.starts_with("<!--")) {
        DOLERITE_RETURN_IF_ERROR(SkipPast("-->"));
      } else if (rest_.starts_with("</")) {
        DOLERITE_RETURN_IF_ERROR(EndTag());
      } else {
        DOLERITE_RETURN_IF_ERROR(StartTag());
      }
    }
    if (!open_.empty()) return Bad("the document ends within an element");
    return has_root_ ? absl::OkStatus() : Bad("no element");
  }

 private:
  struct Open {
    size_t path_size;  // of the path without this element
    std::string text = {};
  };

  // Unavailable, as a body that was cut is the usual cause.
  absl::Status Bad(std::string_view what) const {
    return Unavailable("the server's answer is not sound XML: ", what, " at byte ",
                       xml_.size() - rest_.size(), " of ", xml_.size());
  }

  absl::Status SkipPast(std::string_view end) {
    const size_t at = rest_.find(end);
    if (at == rest_.npos) return Bad("markup without an end");
    rest_.remove_prefix(at + end.size());
    return absl::OkStatus();
  }

  // Text up to the next markup. Outside of the root only blanks may be.
  absl::Status Text() {
    std::string_view text = rest_.substr(0, rest_.find('<'));
    if (open_.empty() && text.find_first_not_of(kBlank) != text.npos) {
      return Bad("text outside of an element");
    }
    rest_.remove_prefix(text.size());
    if (open_.empty()) return absl::OkStatus();
    std::string* out = &open_.back().text;
    for (size_t at; (at = text.find('&')) != text.npos;) {
      out->append(text.substr(0, at));
      const size_t end = text.find(';', at);
      if (end == text.npos || !AppendReference(text.substr(at + 1, end - at - 1), out)) {
        return Bad("unknown reference in the text before");
      }
      text.remove_prefix(end + 1);
    }
    out->append(text);
    return absl::OkStatus();
  }

  // The end of a start tag: the first '>' outside of quotes.
  size_t TagEnd() const {
    char quote = 0;
    for (size_t at = 1; at < rest_.size(); ++at) {
      const char c = rest_[at];
      if (quote == 0 && c == '>') return at;
      if (quote == 0 && (c == '"' || c == '\'')) {
        quote = c;
      } else if (c == quote) {
        quote = 0;
      }
    }
    return rest_.npos;
  }

  absl::Status StartTag() {
    const size_t end = TagEnd();
    if (end == rest_.npos) return Bad("a tag without an end");
    std::string_view tag = rest_.substr(1, end - 1);
    const bool is_empty = tag.ends_with('/');
    if (is_empty) tag.remove_suffix(1);
    const std::string_view name = LocalName(tag.substr(0, tag.find_first_of(kBlank)));
    if (name.empty()) return Bad("a tag without a name");
    if (open_.empty() && has_root_) return Bad("a second root");
    if (open_.size() == kMaxDepth) return Bad("elements nested too deeply");
    has_root_ = true;
    open_.push_back({path_.size()});
    if (!path_.empty()) path_.push_back('/');
    path_.append(name);
    rest_.remove_prefix(end + 1);
    return is_empty ? Close() : absl::OkStatus();
  }

  absl::Status EndTag() {
    const size_t end = rest_.find('>');
    if (end == rest_.npos || open_.empty()) return Bad("a stray end of an element");
    std::string_view name = rest_.substr(2, end - 2);
    name = LocalName(name.substr(0, name.find_first_of(kBlank)));
    // The name of the innermost element is the end of the path.
    const size_t begin = open_.back().path_size + (open_.size() > 1 ? 1 : 0);
    if (std::string_view(path_).substr(begin) != name) return Bad("another element ends");
    rest_.remove_prefix(end + 1);
    return Close();
  }

  absl::Status Close() {
    const Open closed = std::move(open_.back());
    open_.pop_back();
    absl::Status status = element_(path_, closed.text);
    path_.resize(closed.path_size);
    return status;
  }

  // Without the namespace. Empty if `name` is not a name that S3 has.
  static std::string_view LocalName(std::string_view name) {
    if (const size_t colon = name.find(':'); colon != name.npos) name.remove_prefix(colon + 1);
    for (const char c : name) {
      const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
      if (!letter && !(c >= '0' && c <= '9') && c != '-' && c != '_' && c != '.') return "";
    }
    return name;
  }

  const std::string_view xml_;
  std::string_view rest_;
  const XmlElement& element_;
  std::string path_;
  std::vector<Open> open_;
  bool has_root_ = false;
};

}  // namespace

absl::Status ReadXml(std::string_view xml, const XmlElement& element) {
  return XmlReader(xml, element).Read();
}

// Also quotes, so that the text is good in attributes as well.
std::string EscapeXml(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    const auto* named = std::find_if(std::begin(kNamed), std::end(kNamed),
                                     [&](const auto& row) { return row.second == c; });
    escaped += named == std::end(kNamed) ? std::string(1, c) : Concat("&", named->first, ";");
  }
  return escaped;
}

}  // namespace dolerite::s3
