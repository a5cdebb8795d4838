#include "dolerite/flamegraph.h"
#include "dolerite/tree_text.h"

#include <catch2/catch.hpp>
#include <limits>
#include <nlohmann/json.hpp>
#include <random>

#include "base/utf8.h"
#include "render/render_support.h"
#include "support/trees.h"

namespace dolerite {
namespace {

using nlohmann::json;
using testing::Count;
using testing::Exact;
using testing::kMax;
using testing::kMin;
using testing::RandomStacks;
using testing::TreeOf;
using testing::ValuesByStack;

Tree Summed(const ValuesByStack& values, size_t columns = 1) {
  Tree tree = TreeOf(values, columns);
  REQUIRE(tree.SumTotals().ok());
  return tree;
}

// What a browser takes for the page's data.
json DataOf(const std::string& html) {
  const std::string open = "<script type=\"application/json\" id=\"data\">";
  REQUIRE(Count(html, open) == 1);
  const size_t begin = html.find(open) + open.size();
  return json::parse(html.substr(begin, html.find("</script>", begin) - begin));
}

void CheckData(const Tree& tree, const json& data) {
  REQUIRE(data["self"].size() == tree.columns.size());
  REQUIRE(data["name"].size() == tree.size());
  for (size_t i = 0; i < tree.size(); ++i) {
    const std::string name = data["names"][data["name"][i].get<size_t>()];
    std::string expected;
    AppendJsonString(&expected, tree.names[tree.name[i]]);
    REQUIRE(name == json::parse(expected).get<std::string>());
    REQUIRE(i - data["up"][i].get<size_t>() == tree.parent[i]);
    for (size_t c = 0; c < tree.columns.size(); ++c) {
      REQUIRE(Exact(data["self"][c][i]) == tree.columns[c].self[i]);
    }
  }
}

TEST_CASE("a page holds the whole tree") {
  for (uint64_t seed = 1; seed <= 4; ++seed) {
    for (size_t columns : {1, 2}) {
      const Tree tree = Summed(RandomStacks(200, columns, true, std::mt19937_64(seed)), columns);
      CheckData(tree, DataOf(FlameGraphHtml(tree)));
    }
  }
}

TEST_CASE("values beyond what JavaScript's numbers hold are strings") {
  const int64_t largest = (int64_t{1} << 53) - 1;
  const Tree tree = TreeOf({{{"a"}, {kMax}},
                            {{"b"}, {kMin}},
                            {{"c"}, {largest}},
                            {{"d"}, {largest + 1}},
                            {{"e"}, {-largest - 1}}});
  const json data = DataOf(FlameGraphHtml(tree));
  CheckData(tree, data);
  REQUIRE(data["self"][0][1] == "9223372036854775807");
  REQUIRE(data["self"][0][2] == "-9223372036854775808");
  REQUIRE(data["self"][0][3].is_number());
  REQUIRE(data["self"][0][4].is_string());
  REQUIRE(data["self"][0][5].is_string());
}

TEST_CASE("nothing in a name, type or title can leave its place in the page") {
  const std::string plain = FlameGraphHtml(Summed({{{"a"}, {1}}}), {.title = "t"});
  const std::string nul("\0", 1);
  for (const std::string& bad :
       {std::string("</script><script>alert(1)</script>"), std::string("<!--<script>"),
        std::string("]]>-->"), std::string("\" onload='x' &amp; \\\" \\u003c"),
        std::string("\xE2\x80\xA8\xE2\x80\xA9\r\n\t\b"),
        "{{data}}{{title}}" + nul + "\xFF\xC0\xAF"}) {
    Tree tree = Summed({{{bad, bad + "x"}, {1}}});
    tree.type = tree.unit = bad;
    const std::string html = FlameGraphHtml(
        tree, {.title = bad, .subtitle = bad, .base_name = bad, .against_name = bad});
    for (const char* mark : {"<script", "</script", "<!--", "</title", "<html"}) {
      CAPTURE(bad, mark);
      REQUIRE(Count(html, mark) == Count(plain, mark));
    }
    for (size_t at = 0; at < html.size(); at += Utf8Length(html, at)) {
      REQUIRE(Utf8Length(html, at) > 0);
      REQUIRE(html[at] != '\0');
    }
    CheckData(tree, DataOf(html));
  }
}

TEST_CASE("a page asks the network for nothing") {
  const std::string html = FlameGraphHtml(Summed({{{"a"}, {1}}}));
  for (const char* mark : {"http:", "https:", " src=", "@import", "url(", "fetch(", "import("}) {
    CAPTURE(mark);
    REQUIRE(Count(html, mark) == 0);
  }
  REQUIRE(Count(html, "default-src 'none'") == 1);
  REQUIRE(Count(html, "{{") == 0);
}

TEST_CASE("a page of nothing is a page") {
  REQUIRE(DataOf(FlameGraphHtml(Tree{}))["name"].empty());
  REQUIRE(DataOf(FlameGraphHtml(TreeOf({}, 2)))["self"].size() == 2);
}

TEST_CASE("a page says how values went together") {
  Tree tree = Summed({{{"a"}, {1}}});
  REQUIRE(DataOf(FlameGraphHtml(tree))["aggregate"] == "sum");
  tree.aggregate = "average";
  REQUIRE(DataOf(FlameGraphHtml(tree))["aggregate"] == "average");
}

TEST_CASE("a page says what was cut") {
  Tree tree = Summed({{{"a"}, {1}}, {{"b"}, {2}}, {{"c"}, {3}}});
  tree.Cut(2);
  REQUIRE(DataOf(FlameGraphHtml(tree))["cut"] == 2);
  REQUIRE(DataOf(FlameGraphHtml(tree))["rest"] == Tree::kRest);
}

TEST_CASE("JSON has each name once and all columns") {
  const Tree one = Summed({{{"f", "g<"}, {1}}, {{"g<"}, {kMax - 1}}});
  REQUIRE(TreeJson(one) ==
          R"({"type":"cpu","unit":"nanoseconds","names":["","f","g\u003c"],)"
          R"("nodes":{"name":[0,1,2,2],"parent":[0,0,1,0],"self":[0,0,1,9223372036854775806],)"
          R"("total":[9223372036854775807,1,1,9223372036854775806]}})"
          "\n");
  const json two = json::parse(TreeJson(Summed({{{"f"}, {1, -2}}}, 2)));
  REQUIRE(two["nodes"] == json::parse(R"({"name":[0,1],"parent":[0,0],"base_self":[0,1],
      "base_total":[1,1],"against_self":[0,-2],"against_total":[-2,-2]})"));
  REQUIRE(json::parse(TreeJson(Tree{}))["names"].empty());
}

std::string Json(std::string_view bytes) {
  std::string out;
  AppendJsonString(&out, bytes);
  return json::parse(out).get<std::string>();
}

TEST_CASE("text stays as it is, and what is no text becomes U+FFFD") {
  const std::string mark = "\xEF\xBF\xBD";
  for (const char* text : {"", "plain", "\"\\/\b\f\n\r\t\x01\x7f", "\xC2\x80\xDF\xBF",
                           "\xE0\xA0\x80\xED\x9F\xBF\xEE\x80\x80\xEF\xBF\xBF",
                           "\xF0\x90\x80\x80\xF4\x8F\xBF\xBF", "\xE2\x80\xA8 \xE2\x80\xA9 <"}) {
    REQUIRE(Json(text) == text);
  }
  REQUIRE(Json(std::string("a\0b", 3)) == std::string("a\0b", 3));
  REQUIRE(Json("a\xFF"
               "b") == "a" + mark + "b");
  // One mark for each longest start of a character.
  REQUIRE(Json("\xE2\x82") == mark);
  REQUIRE(Json("\xF0\x9F\x98 ") == mark + " ");
  REQUIRE(Json("\xC0\xAF") == mark + mark);                        // overlong
  REQUIRE(Json("\xED\xA0\x80") == mark + mark + mark);             // a surrogate
  REQUIRE(Json("\xF4\x90\x80\x80") == mark + mark + mark + mark);  // above U+10FFFF
  REQUIRE(Json("\xE2\xE2\x82\xAC") == mark + "\xE2\x82\xAC");
}

}  // namespace
}  // namespace dolerite
