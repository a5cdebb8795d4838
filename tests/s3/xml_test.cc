#include "s3/xml.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

namespace dolerite::s3 {
namespace {

// "path=text" of each element, in the order in which they end.
std::vector<std::string> Elements(std::string_view xml) {
  std::vector<std::string> elements;
  const absl::Status status = ReadXml(xml, [&](std::string_view path, std::string_view text) {
    elements.push_back(std::string(path) + "=" + std::string(text));
    return absl::OkStatus();
  });
  if (!status.ok()) return {"refused"};
  return elements;
}

using Texts = std::vector<std::string>;
const Texts kRefused = {"refused"};

TEST_CASE("elements are handed out with their paths and texts") {
  CHECK(Elements("<a/>") == Texts{"a="});
  CHECK(Elements("<a>t</a>") == Texts{"a=t"});
  CHECK(Elements(" \n<?xml version=\"1.0\"?>\r\n<!-- <b> --><a x='>' y=\"'>\"><b>1</b> <c "
                 "/><b>2</b></a>\n") == Texts{"a/b=1", "a/c=", "a/b=2", "a= "});
  CHECK(Elements("<n:a xmlns:n='u'><n:b >x</n:b ></n:a>") == Texts{"a/b=x", "a="});
  CHECK(Elements("<a>1<b/>2<!-- 3 -->4</a>") == Texts{"a/b=", "a=124"});
}

TEST_CASE("references become characters") {
  CHECK(Elements("<a>&lt;&gt;&amp;&quot;&apos;&#65;&#x42;&#x63;</a>") == Texts{"a=<>&\"'ABc"});
  CHECK(Elements("<a>&#xe4;&#x20ac;&#x1F600;&#x10ffff;</a>") ==
        Texts{"a=\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\xf4\x8f\xbf\xbf"});
  CHECK(Elements("<a>&amp;lt;</a>") == Texts{"a=&lt;"});
  for (const char* bad :
       {"&", "&;", "&lt", "&nbsp;", "&#;", "&#x;", "&#0;", "&#xd800;", "&#x110000;", "&#99999999;",
        "&#123456789;", "&#-1;", "&#1a;", "&#x1g;", "&lt &gt;"}) {
    INFO(bad);
    CHECK(Elements("<a>" + std::string(bad) + "</a>") == kRefused);
  }
  CHECK(Elements("<a>" + EscapeXml("<&>\"' x") + "</a>") == Texts{"a=<&>\"' x"});
}

TEST_CASE("what is not sound is refused") {
  for (const char* bad : {"",
                          " ",
                          "x",
                          "<",
                          "<a",
                          "<a>",
                          "<a x='>",
                          "</a>",
                          "<a></b>",
                          "<a><b></a></b>",
                          "<a/><b/>",
                          "<a/>x",
                          "x<a/>",
                          "<a></a",
                          "<!--",
                          "<!-- x",
                          "<?xml",
                          "<>",
                          "< a/>",
                          "<a><></></a>",
                          "</>",
                          "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>",
                          "<a><![CDATA[x]]></a>",
                          "<a/b>c</a/b>"}) {
    INFO(bad);
    CHECK(Elements(bad) == kRefused);
  }
}

TEST_CASE("each cut of a document is refused") {
  const std::string xml = "<?xml version='1.0'?><a><!-- c --><b x=\"y\">&amp;1</b><c/></a>";
  for (size_t size = 0; size < xml.size(); ++size) CHECK(Elements(xml.substr(0, size)) == kRefused);
  CHECK(Elements(xml) == Texts{"a/b=&1", "a/c=", "a="});
}

TEST_CASE("nesting is bounded") {
  std::string open, close;
  for (int depth = 1; depth <= 17; ++depth) {
    open += "<a>", close += "</a>";
    CHECK((Elements(open + close) != kRefused) == (depth <= 16));
  }
  CHECK(Elements(std::string(1'000'000, '<')) == kRefused);
}

TEST_CASE("the status of a visitor ends the reading") {
  int calls = 0;
  const absl::Status status = ReadXml("<a><b/><c/></a>", [&](std::string_view, std::string_view) {
    ++calls;
    return absl::CancelledError("enough");
  });
  CHECK(absl::IsCancelled(status));
  CHECK(calls == 1);
}

}  // namespace
}  // namespace dolerite::s3
