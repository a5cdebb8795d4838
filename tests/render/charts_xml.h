// What a picture says, read by a walk of its own.
#ifndef DOLERITE_TESTS_RENDER_CHARTS_XML_H_
#define DOLERITE_TESTS_RENDER_CHARTS_XML_H_

#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <regex>
#include <string>
#include <vector>

#include "base/utf8.h"

namespace dolerite::testing {

// A strict walk over XML without comments, sections and a document type; attributes by element,
// and all text outside of style sheets with its references resolved.
class Xml {
 public:
  explicit Xml(const std::string& text) : text_(text) {
    for (size_t at = 0; at < text.size(); at += Utf8Length(text, at)) {
      REQUIRE(Utf8Length(text, at) > 0);
      const auto c = static_cast<unsigned char>(text[at]);
      REQUIRE((c >= 0x20 || c == '\n' || c == '\t' || c == '\r'));
      REQUIRE(text.compare(at, 3, "\xEF\xBF\xBE") != 0);
      REQUIRE(text.compare(at, 3, "\xEF\xBF\xBF") != 0);
    }
    while (at_ < text_.size()) Step();
    REQUIRE(open_.empty());
    REQUIRE(roots_ == 1);
  }

  struct Element {
    std::string name;
    std::map<std::string, std::string> attributes;
    std::string text;
  };
  std::vector<Element> elements;

  // The texts of all elements of one name.
  std::vector<std::string> Texts(const std::string& name) const {
    std::vector<std::string> found;
    for (const Element& e : elements) {
      if (e.name == name) found.push_back(e.text);
    }
    return found;
  }
  bool Says(const std::string& part) const {
    for (const Element& e : elements) {
      if (e.text.find(part) != e.text.npos) return true;
    }
    return false;
  }

 private:
  void Step() {
    if (text_[at_] != '<') {
      const size_t end = std::min(text_.find('<', at_), text_.size());
      const std::string piece = Resolve(text_.substr(at_, end - at_));
      if (open_.empty()) {
        REQUIRE(piece.find_first_not_of(" \n") == piece.npos);
      } else {
        elements[open_.back()].text += piece;
      }
      at_ = end;
      return;
    }
    const size_t end = text_.find('>', at_);
    REQUIRE(end != text_.npos);
    Tag(text_.substr(at_ + 1, end - at_ - 1));
    at_ = end + 1;
  }

  void Tag(std::string tag) {
    REQUIRE(!tag.empty());
    if (tag[0] == '/') {
      REQUIRE(!open_.empty());
      REQUIRE(elements[open_.back()].name == tag.substr(1));
      open_.pop_back();
      return;
    }
    const bool closed = tag.back() == '/';
    if (closed) tag.pop_back();
    static const std::regex kTag(R"(^([a-z]+)((?: [a-zA-Z0-9-]+="[^"<]*")*)$)");
    static const std::regex kAttribute(R"re( ([a-zA-Z0-9-]+)="([^"<]*)")re");
    std::smatch m;
    CAPTURE(tag.substr(0, 200));
    REQUIRE(Matches(tag, kTag, &m));
    if (open_.empty()) ++roots_;
    Element element{m[1], {}, {}};
    const std::string attributes = m[2];
    for (std::sregex_iterator i(attributes.begin(), attributes.end(), kAttribute), last; i != last;
         ++i) {
      REQUIRE(element.attributes.emplace((*i)[1], Resolve((*i)[2])).second);
    }
    elements.push_back(element);
    if (!closed) open_.push_back(elements.size() - 1);
  }

  // Paths are too long for the recursion of std::regex.
  static bool Matches(std::string& tag, const std::regex& pattern, std::smatch* m) {
    const size_t data = tag.find(" d=\"");
    if (data != tag.npos) {
      const size_t begin = data + 4, end = tag.find('"', begin);
      const std::string path = tag.substr(begin, end - begin);
      REQUIRE(path.find_first_not_of("MLZhvz0123456789.- ") == path.npos);
      tag.erase(begin, end - begin);
    }
    return std::regex_match(tag, *m, pattern);
  }

  static std::string Resolve(const std::string& text) {
    static const std::map<std::string, std::string> kNames = {
        {"amp", "&"}, {"lt", "<"}, {"gt", ">"}, {"quot", "\""}, {"#39", "'"}};
    std::string out;
    for (size_t at = 0; at < text.size(); ++at) {
      if (text[at] != '&') {
        out += text[at];
        continue;
      }
      const size_t end = text.find(';', at);
      REQUIRE(end != text.npos);
      REQUIRE(kNames.count(text.substr(at + 1, end - at - 1)) == 1);
      out += kNames.at(text.substr(at + 1, end - at - 1));
      at = end;
    }
    return out;
  }

  const std::string& text_;
  size_t at_ = 0;
  int roots_ = 0;
  std::vector<size_t> open_;
};

// A valid picture: its numbers are numbers, and its texts lie within it.
inline Xml Picture(const std::string& svg) {
  Xml xml(svg);
  REQUIRE(xml.elements.front().name == "svg");
  REQUIRE(xml.elements.front().attributes["xmlns"] == "http://www.w3.org/2000/svg");
  const double height = std::stod(xml.elements.front().attributes["height"]);
  for (const Xml::Element& e : xml.elements) {
    for (const char* name : {"x", "y", "x1", "x2", "y1", "y2", "width", "height"}) {
      const auto found = e.attributes.find(name);
      if (found == e.attributes.end()) continue;
      CAPTURE(e.name, name, found->second);
      REQUIRE(std::regex_match(found->second, std::regex(R"(-?\d+(\.\d)?)")));
      REQUIRE(std::stod(found->second) >= 0);
      REQUIRE(std::stod(found->second) <= (name[0] == 'y' || name[0] == 'h' ? height : 1160));
    }
  }
  return xml;
}

// Texts of one height don't touch, were letters half as wide as high.
inline void CheckNoOverlap(const Xml& xml) {
  std::map<std::string, std::map<double, double>> lines;  // y -> from -> to
  for (const Xml::Element& e : xml.elements) {
    if (e.name != "text") continue;
    size_t letters = 0;
    for (size_t at = 0; at < e.text.size(); at += Utf8Length(e.text, at)) ++letters;
    const double width = 6.0 * static_cast<double>(letters), x = std::stod(e.attributes.at("x"));
    const std::string kind = " " + e.attributes.at("class") + " ";
    const double part = kind.find(" mid ") != kind.npos   ? 0.5
                        : kind.find(" end ") != kind.npos ? 1
                                                          : 0;
    lines[e.attributes.at("y")][x - part * width] = x + (1 - part) * width;
  }
  for (const auto& [y, texts] : lines) {
    double end = -100;
    for (const auto& [from, to] : texts) {
      CAPTURE(y, from, end);
      REQUIRE(from >= end + 2);
      end = to;
    }
  }
}

}  // namespace dolerite::testing

#endif  // DOLERITE_TESTS_RENDER_CHARTS_XML_H_
