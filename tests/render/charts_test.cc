#include "dolerite/charts.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <random>
#include <regex>
#include <set>

#include "base/utf8.h"
#include "render/charts_xml.h"
#include "render/render_support.h"

namespace dolerite {
namespace {

using nlohmann::json;
using testing::CheckNoOverlap;
using testing::Count;
using testing::Exact;
using testing::kMax;
using testing::kMin;
using testing::Picture;
using testing::Xml;

constexpr uint64_t kMostCount = std::numeric_limits<uint64_t>::max();
constexpr int64_t kSecond = 1000000000;
constexpr int64_t kNoon = 1795262400 * kSecond;  // 2026-11-21 12:00:00 UTC

TimeSeries::Point PointAt(int64_t time, int64_t value) {
  return {time, static_cast<double>(value), value, {}};
}

// A line for each list of values, a second apart.
TimeSeries SeriesOf(const std::vector<std::vector<int64_t>>& lines) {
  TimeSeries series{"cpu", "nanoseconds", "sum", kSecond, true, {}};
  for (size_t l = 0; l < lines.size(); ++l) {
    series.lines.push_back({LabelSet{{"pod", "p" + std::to_string(l)}}, {}});
    for (size_t i = 0; i < lines[l].size(); ++i) {
      series.lines[l].points.push_back(
          PointAt(kNoon + static_cast<int64_t>(i) * kSecond, lines[l][i]));
    }
  }
  return series;
}

Heatmap HeatOf(uint32_t columns, uint32_t rows, size_t groups) {
  Heatmap heat{"cpu", "nanoseconds", "profiles", kNoon, kSecond, columns, {}, false, {}};
  for (uint32_t r = 0; r <= rows; ++r) heat.edges.push_back(int64_t{r} * 1000000);
  std::mt19937_64 random(1);
  for (size_t g = 0; g < groups; ++g) {
    Heatmap::Group group{LabelSet{{"pod", "p" + std::to_string(g)}}, {}};
    for (uint32_t c = 0; c < columns; ++c) {
      for (uint32_t r = 0; r < rows; ++r) {
        if (random() % 3 != 0) group.cells.push_back({c, r, 1 + random() % 50, int64_t{r}, {}});
      }
    }
    heat.groups.push_back(std::move(group));
  }
  return heat;
}

json ScriptOf(const std::string& html, const std::string& id) {
  const std::string open = "<script type=\"application/json\" id=\"" + id + "\">";
  REQUIRE(Count(html, open) == 1);
  const size_t begin = html.find(open) + open.size();
  return json::parse(html.substr(begin, html.find("</script>", begin) - begin));
}

TEST_CASE("a picture of lines has axes, a legend and what each line sums up to") {
  const std::string svg = TimeSeriesSvg(SeriesOf({{0, 2000000, 1000000}, {500000, 500000, 500000}}),
                                        {.title = "CPU", .subtitle = "by pod"});
  const Xml xml = Picture(svg);
  CheckNoOverlap(xml);
  const std::vector<std::string> texts = xml.Texts("text");
  for (const char* text : {"CPU", "by pod", "0", "1.0\xC2\xA0ms", "2.0\xC2\xA0ms", "12:00:00.000",
                           "2026-11-21", "pod=p0", "pod=p1", "mean", "2.00\xC2\xA0ms",
                           "500\xC2\xA0\xC2\xB5s", "cpu, sum, each 1\xC2\xA0s, UTC"}) {
    CAPTURE(text);
    REQUIRE(std::count(texts.begin(), texts.end(), text) > 0);
  }
}

TEST_CASE("round ticks for each unit") {
  const auto says = [](const std::string& unit, int64_t most, const std::string& label) {
    TimeSeries series = SeriesOf({{0, most}});
    series.unit = unit;
    const std::vector<std::string> texts = Picture(TimeSeriesSvg(series)).Texts("text");
    CAPTURE(unit, most, texts);
    REQUIRE(std::count(texts.begin(), texts.end(), label) > 0);
  };
  says("bytes", 5 << 20, "4\xC2\xA0MiB");
  says("bytes", 3 << 10, "2.0\xC2\xA0KiB");
  says("nanoseconds", 90 * kSecond, "1.0\xC2\xA0min");
  says("count", 40000, "20\xC2\xA0k");
  says("objects", 7, "6");
  says("milliseconds", 4000, "3\xC2\xA0s");
}

TEST_CASE("times have round ticks whatever the span") {
  for (int64_t step = 1; step < kMax / 20; step *= 7) {
    TimeSeries series = SeriesOf({{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}});
    for (size_t i = 0; i < 10; ++i) {
      series.lines[0].points[i].time_nanos = kNoon / 4 + static_cast<int64_t>(i) * step;
    }
    CAPTURE(step);
    const Xml xml = Picture(TimeSeriesSvg(series));
    CheckNoOverlap(xml);
    size_t ticks = 0;
    for (const Xml::Element& e : xml.elements) ticks += e.name == "text" ? 1 : 0;
    REQUIRE(ticks > 10);
  }
}

TEST_CASE("at most ten lines are drawn, the largest, and the rest counted") {
  std::vector<std::vector<int64_t>> lines;
  for (int64_t i = 0; i < 17; ++i) lines.push_back({i * 100, i % 2 == 0 ? i : -i * 2000});
  const Xml xml = Picture(TimeSeriesSvg(SeriesOf(lines)));
  CheckNoOverlap(xml);
  std::set<std::string> drawn;
  for (const std::string& text : xml.Texts("text")) {
    if (text.compare(0, 4, "pod=") == 0) drawn.insert(text);
  }
  REQUIRE(drawn.size() == 10);
  REQUIRE(drawn.count("pod=p15") == 1);
  REQUIRE(drawn.count("pod=p1") == 1);  // small, but for its depth
  REQUIRE(drawn.count("pod=p2") == 0);
  REQUIRE(xml.Says("7 more lines are not shown"));
}

TEST_CASE("a wide gap opens a line, a single missing step does not") {
  const auto moves = [](std::vector<int64_t> seconds) {
    TimeSeries series = SeriesOf({std::vector<int64_t>(seconds.size(), 5)});
    for (size_t i = 0; i < seconds.size(); ++i) {
      series.lines[0].points[i].time_nanos = kNoon + seconds[i] * kSecond;
    }
    const std::string svg = TimeSeriesSvg(series);
    Picture(svg);
    const size_t begin = svg.find("stroke s0\" d=\"") + 14;
    const std::string path = svg.substr(begin, svg.find('"', begin) - begin);
    return Count(path, "M");
  };
  REQUIRE(moves({0, 1, 2, 3, 4, 5}) == 1);
  REQUIRE(moves({0, 1, 2, 4, 5, 6}) == 1);
  REQUIRE(moves({0, 1, 2, 9, 10, 11}) == 2);
  REQUIRE(moves({0, 1, 2, 9, 16, 17}) == 3);
}

TEST_CASE("a heatmap has ticks, colours and one picture for each of its groups") {
  const Xml xml = Picture(HeatmapSvg(HeatOf(30, 8, 3), {.title = "Spans"}));
  CheckNoOverlap(xml);
  for (const char* text : {"Spans", "profiles", "pod=p0", "pod=p1", "pod=p2", "6\xC2\xA0ms"}) {
    CAPTURE(text);
    REQUIRE(xml.Says(text));
  }
  size_t grounds = 0;
  for (const Xml::Element& e : xml.elements) {
    const auto found = e.attributes.find("class");
    grounds += found != e.attributes.end() && found->second == "ground" ? 1 : 0;
  }
  REQUIRE(grounds == 3);
  REQUIRE(Picture(HeatmapSvg(HeatOf(4, 4, 14))).Says("2 more groups are not shown"));
}

TEST_CASE("logarithmic edges have ticks by factors") {
  Heatmap heat = HeatOf(5, 20, 1);
  heat.logarithmic = true;
  for (size_t i = 0; i < heat.edges.size(); ++i) heat.edges[i] = int64_t{1} << (10 + i);
  heat.unit = "bytes";
  const Xml bytes = Picture(HeatmapSvg(heat));
  CheckNoOverlap(bytes);
  REQUIRE(bytes.Says("1\xC2\xA0KiB"));
  REQUIRE(bytes.Says("1\xC2\xA0MiB"));
  REQUIRE(bytes.Says("1\xC2\xA0GiB"));
  heat.unit = "nanoseconds";
  const Xml time = Picture(HeatmapSvg(heat));
  REQUIRE(time.Says("10\xC2\xA0\xC2\xB5s"));
  REQUIRE(time.Says("1\xC2\xA0s"));
}

// The tiles' area in a picture, as a part of its ground's.
double Covered(const std::string& svg) {
  double tiles = 0, ground = 0;
  const std::regex tile(R"(h(\d+)v(\d+)h)"), whole(R"re(width="([\d.]+)" height="([\d.]+)")re");
  for (std::sregex_iterator i(svg.begin(), svg.end(), tile), end; i != end; ++i) {
    tiles += std::stod((*i)[1]) * std::stod((*i)[2]);
  }
  for (const Xml::Element& e : Picture(svg).elements) {
    const auto found = e.attributes.find("class");
    if (found == e.attributes.end() || found->second != "ground") continue;
    ground += std::stod(e.attributes.at("width")) * std::stod(e.attributes.at("height"));
  }
  return tiles / ground;
}

TEST_CASE("a million cells are added up to tiles that cover the same") {
  Heatmap heat = HeatOf(1, 1, 0);
  heat.columns = 2000;
  heat.edges.clear();
  for (int64_t r = 0; r <= 500; ++r) heat.edges.push_back(r * 1000);
  heat.groups.resize(1);
  for (uint32_t c = 0; c < 2000; ++c) {
    for (uint32_t r = 0; r < 250; ++r) heat.groups[0].cells.push_back({c, r, 1 + c, 0, {}});
  }
  const std::string half = HeatmapSvg(heat);
  REQUIRE(Covered(half) == Approx(0.5).margin(0.01));
  REQUIRE(half.size() < 1000000);
  REQUIRE(Picture(half).Says("A tile stands for 4 \xC3\x97 3 cells"));
}

TEST_CASE("a million points give a picture of the usual size with their extremes") {
  std::vector<int64_t> values(1000000, 10);
  values[123456] = 1000, values[777777] = -1000;
  const std::string svg = TimeSeriesSvg(SeriesOf({values}));
  Picture(svg);
  REQUIRE(svg.size() < 200000);
  const auto lowest = [](const std::vector<int64_t>& v) {
    const std::string text = TimeSeriesSvg(SeriesOf({v}));
    const size_t begin = text.find("stroke s0\" d=\"") + 14;
    const std::string path = text.substr(begin, text.find('"', begin) - begin);
    static const std::regex kSpot(R"([ML][\d.]+ ([\d.]+))");
    std::pair<double, double> range = {1e9, -1e9};
    for (std::sregex_iterator i(path.begin(), path.end(), kSpot), end; i != end; ++i) {
      const double y = std::stod((*i)[1]);
      range = {std::min(range.first, y), std::max(range.second, y)};
    }
    return range;
  };
  REQUIRE(lowest(values) == lowest({10, 1000, 10, -1000, 10}));
}

TEST_CASE("nothing gives a picture that says so") {
  Heatmap no_counts = HeatOf(3, 3, 1);
  for (Heatmap::Cell& cell : no_counts.groups[0].cells) cell.count = 0;
  Heatmap outside = HeatOf(3, 3, 1);
  for (Heatmap::Cell& cell : outside.groups[0].cells) cell.column = 3;
  TimeSeries not_finite = SeriesOf({{1, 2}});
  not_finite.exact = false;
  for (TimeSeries::Point& point : not_finite.lines[0].points) point.value = std::nan("");
  for (const std::string& svg :
       {TimeSeriesSvg({}), TimeSeriesSvg(SeriesOf({{}, {}})), TimeSeriesSvg(not_finite),
        HeatmapSvg({}), HeatmapSvg(HeatOf(0, 0, 2)), HeatmapSvg(HeatOf(5, 0, 1)),
        HeatmapSvg(no_counts), HeatmapSvg(outside)}) {
    REQUIRE(Picture(svg).Says("Nothing to show"));
  }
  REQUIRE(ScriptOf(TimeSeriesHtml({}), "view").is_null());
  REQUIRE(json::parse(HeatmapJson({}))["groups"].empty());
}

TEST_CASE("one point, all zero, and values below zero are pictures") {
  CheckNoOverlap(Picture(TimeSeriesSvg(SeriesOf({{7}}))));
  CheckNoOverlap(Picture(TimeSeriesSvg(SeriesOf({{0, 0, 0}}))));
  const Xml below = Picture(TimeSeriesSvg(SeriesOf({{-5000000, 3000000}})));
  CheckNoOverlap(below);
  REQUIRE(
      below.Says("\xE2\x88\x92"
                 "4\xC2\xA0ms"));
  Heatmap one = HeatOf(1, 1, 1);
  one.groups[0].cells = {{0, 0, 1, 1, {}}};
  CheckNoOverlap(Picture(HeatmapSvg(one)));
}

TEST_CASE("extremes stay within the picture") {
  TimeSeries series = SeriesOf({{kMin, kMax, 0}});
  series.lines[0].points[0].time_nanos = kMin;
  series.lines[0].points[2].time_nanos = kMax;
  series.step_nanos = kMax;
  for (const char* unit : {"count", "nanoseconds", "seconds", "bytes", "mb"}) {
    series.unit = unit;
    CheckNoOverlap(Picture(TimeSeriesSvg(series)));
  }
  for (int64_t time : {kMin, kMax}) {
    series.lines[0].points = {PointAt(time, time)};
    Picture(TimeSeriesSvg(series));
  }
  series.exact = false;
  series.lines[0].points = {PointAt(0, 0), PointAt(1, 0), PointAt(2, 0), PointAt(3, 0)};
  series.lines[0].points[0].value = 1.7e308;
  series.lines[0].points[1].value = -1.7e308;
  series.lines[0].points[2].value = 5e-324;
  series.lines[0].points[3].value = std::numeric_limits<double>::infinity();
  Picture(TimeSeriesSvg(series));
  series.lines[0].points = {series.lines[0].points[2]};
  Picture(TimeSeriesSvg(series));
}

TEST_CASE("extreme and disordered heatmaps stay within the picture") {
  for (bool logarithmic : {false, true}) {
    for (int64_t start : {kMin, int64_t{0}, kMax}) {
      Heatmap heat = HeatOf(2, 2, 1);
      heat.logarithmic = logarithmic;
      heat.start_nanos = start;
      heat.step_nanos = kMax;
      heat.columns = std::numeric_limits<uint32_t>::max();
      heat.groups[0].cells = {{0, 0, kMostCount, kMax, {}},
                              {1, 0, kMostCount, kMin, {}},
                              {heat.columns - 1, 1, 1, -1, {}},
                              {heat.columns, 7, 1, 1, {}}};
      for (const std::vector<int64_t>& edges :
           {std::vector<int64_t>{kMin, 0, kMax}, {-3, 0, 5}, {5, 5, 5}, {9, 3, -7}, {0, 1, kMax}}) {
        heat.edges = edges;
        CAPTURE(logarithmic, start, edges);
        Picture(HeatmapSvg(heat));
      }
    }
  }
}

TEST_CASE("JSON is exact to 64 bits") {
  TimeSeries series = SeriesOf({{kMin, kMax, (int64_t{1} << 53) + 1}});
  ProfileId id{};
  for (size_t i = 0; i < id.size(); ++i) id[i] = static_cast<uint8_t>(i * 17);
  series.lines[0].points[1].exemplars = {{id, kMin, kMax, LabelSet{{"a", "b<"}}}};
  REQUIRE(TimeSeriesJson(series, {.title = "t", .subtitle = "s"}) ==
          R"({"title":"t","subtitle":"s","type":"cpu","unit":"nanoseconds","aggregate":"sum",)"
          R"("step_nanos":1000000000,"exact":true,"lines":[{"labels":[["pod","p0"]],)"
          R"("time_nanos":[1795262400000000000,1795262401000000000,1795262402000000000],)"
          R"("value":[-9223372036854775808,9223372036854775807,9007199254740993],"exemplars":[)"
          R"({"point":1,"id":"00112233445566778899aabbccddeeff","time_nanos":-9223372036854775808,)"
          R"("value":9223372036854775807,"series":[["a","b\u003c"]]}]}]})"
          "\n");
  Heatmap heat = HeatOf(0, 1, 1);
  heat.columns = 2;
  heat.edges = {kMin, kMax};
  heat.groups[0].cells = {{0, 0, kMostCount, kMin, {}},
                          {1, 0, 1, kMax, {series.lines[0].points[1].exemplars[0]}}};
  REQUIRE(HeatmapJson(heat) ==
          R"({"title":"","subtitle":"","type":"cpu","unit":"nanoseconds","observed":"profiles",)"
          R"("start_nanos":1795262400000000000,"step_nanos":1000000000,"columns":2,)"
          R"("logarithmic":false,"edges":[-9223372036854775808,9223372036854775807],"groups":[{)"
          R"("labels":[["pod","p0"]],"column":[0,1],"row":[0,0],"count":[18446744073709551615,1],)"
          R"("sum":[-9223372036854775808,9223372036854775807],"exemplars":[{"cell":1,)"
          R"("id":"00112233445566778899aabbccddeeff","time_nanos":-9223372036854775808,)"
          R"("value":9223372036854775807,"series":[["a","b\u003c"]]}]}]})"
          "\n");
  heat.groups[0].cells[1].exemplars[0].trace_id[0] = 0xab;
  heat.groups[0].cells[1].exemplars[0].span_id[7] = 1;
  CHECK(HeatmapJson(heat).find(R"([["a","b\u003c"]],"trace_id":"ab000000000000000000000000000000",)"
                               R"("span_id":"0000000000000001"}]}]})") != std::string::npos);
}

TEST_CASE("numbers between integers read back as the same") {
  TimeSeries series = SeriesOf({{0, 0, 0, 0, 0}});
  series.exact = false;
  const double values[] = {0.1, 1e308, 5e-324, -2.5, std::nan("")};
  for (size_t i = 0; i < 5; ++i) series.lines[0].points[i].value = values[i];
  const json read = json::parse(TimeSeriesJson(series))["lines"][0]["value"];
  for (size_t i = 0; i < 4; ++i) REQUIRE(read[i].get<double>() == values[i]);
  REQUIRE(read[4].is_null());
}

TEST_CASE("a page holds all the data and where it is drawn") {
  const TimeSeries series = SeriesOf({{kMin, kMax, 1}, {(int64_t{1} << 53), 2, 3}, {}});
  const std::string html = TimeSeriesHtml(series);
  const json data = ScriptOf(html, "data"), view = ScriptOf(html, "view");
  REQUIRE(data["lines"].size() == 3);
  for (size_t l = 0; l < 3; ++l) {
    const auto& points = series.lines[l].points;
    REQUIRE(data["lines"][l]["value"].size() == points.size());
    for (size_t i = 0; i < points.size(); ++i) {
      REQUIRE(Exact(data["lines"][l]["value"][i]) == points[i].integer);
      REQUIRE(Exact(data["lines"][l]["time_nanos"][i]) == points[i].time_nanos);
    }
  }
  // A script's numbers have 53 bits.
  REQUIRE(data["lines"][0]["value"][0].is_string());
  REQUIRE(data["lines"][1]["value"][1].is_number());
  REQUIRE(view["lines"] == json::parse("[0,1]"));
  REQUIRE(view["from"] == std::to_string(kNoon));
  const json heat = ScriptOf(HeatmapHtml(HeatOf(3000, 2, 2)), "view");
  REQUIRE(heat["each"] == json::parse("[6,1]"));
  REQUIRE(heat["tops"].size() == 2);
}

const std::vector<std::string>& HostileTexts() {
  static const std::vector<std::string> kTexts = {
      "</script><script>alert(1)</script>",
      "<!--<script>",
      "]]>--></svg></style>",
      "\" onload='x' &amp; \\\" \\u003c",
      "\xE2\x80\xA8\xE2\x80\xA9\r\n\t\b\x1b",
      "{{data}}{{title}}" + std::string("\0", 1) + "\xFF\xC0\xAF",
      "\xEF\xBF\xBF\xEF\xBF\xBE\xED\xA0\x80\xE2\x82",
      std::string(100000, 'x') + "\xF0\x9F\x98\x80",
      std::string(1000, '\xFF')};
  return kTexts;
}

void CheckPage(const std::string& html, const std::string& plain) {
  for (const char* mark : {"<script", "</script", "<!--", "<html", "<svg", "</svg", "</style"}) {
    CAPTURE(mark);
    REQUIRE(Count(html, mark) == Count(plain, mark));
  }
  for (size_t at = 0; at < html.size(); at += Utf8Length(html, at)) {
    if (Utf8Length(html, at) == 0 || html[at] == '\0') FAIL("not UTF-8 text");
  }
}

TEST_CASE("nothing in a label, type, unit or title can leave its place") {
  for (const std::string& bad : HostileTexts()) {
    CAPTURE(bad.substr(0, 40));
    TimeSeries series = SeriesOf({{1, 2}, {3}});
    const ChartOptions plain{"t", "s"}, hostile{bad, bad};
    const std::string page = TimeSeriesHtml(series, plain);
    series.type = series.unit = series.aggregate = bad;
    series.lines[0].labels = LabelSet{{bad, bad}};
    series.lines[0].points[0].exemplars = {{ProfileId{}, 0, 0, LabelSet{{bad, bad}}}};
    Picture(TimeSeriesSvg(series, hostile));
    CheckPage(TimeSeriesHtml(series, hostile), page);
    Heatmap heat = HeatOf(2, 2, 2);
    const std::string heat_page = HeatmapHtml(heat, plain);
    heat.type = heat.unit = heat.observed = bad;
    heat.groups[0].labels = LabelSet{{bad, bad}};
    heat.groups[0].cells[0].exemplars = {{ProfileId{}, 0, 0, LabelSet{{bad, bad}}}};
    Picture(HeatmapSvg(heat, hostile));
    CheckPage(HeatmapHtml(heat, hostile), heat_page);
    std::string expected;
    AppendJsonString(&expected, bad);
    for (const std::string& text : {TimeSeriesJson(series, hostile), HeatmapJson(heat, hostile)}) {
      REQUIRE(Count(text, "\n") == 1);
      REQUIRE(json::parse(text)["title"] == json::parse(expected));
    }
    const json labels = json::parse(HeatmapJson(heat))["groups"][0]["labels"];
    REQUIRE(labels[0][1] == json::parse(expected));
  }
}

TEST_CASE("what changes the writing direction is shown, not obeyed") {
  const std::string mark = "\xE2\x80\xAE", shown = "\\u202e";
  TimeSeries series = SeriesOf({{1}});
  series.type = "a" + mark + "b";
  series.lines[0].labels = LabelSet{{"pod", "c" + mark + "\x1b" + "d"}};
  Heatmap heat = HeatOf(1, 1, 1);
  heat.observed = "a" + mark + "b";
  const ChartOptions options{"t" + mark + "u", "v" + mark + "w"};
  for (const std::string& text : {TimeSeriesSvg(series, options), TimeSeriesHtml(series, options),
                                  HeatmapSvg(heat, options), HeatmapHtml(heat, options)}) {
    CHECK(Count(text, mark.c_str()) == 0);
    CHECK(Count(text, ("t" + shown + "u").c_str()) > 0);
  }
  CHECK(Count(TimeSeriesSvg(series, options), ("c" + shown + "\\u001bd").c_str()) > 0);
  std::string tags, lines;
  AppendHtmlText(&tags, "\xF3\xA0\x80\x81<");  // U+E0001
  AppendHtmlText(&lines, "a\tb\nc\r");
  CHECK(tags == "\\udb40\\udc01&lt;");
  CHECK(lines == "a\tb\nc\r");
}

TEST_CASE("short names stay whole and long ones are cut") {
  TimeSeries series = SeriesOf({{1}});
  series.lines[0].labels = LabelSet{{"a<&\"'>", "\xE2\x82\xAC"}};
  REQUIRE(Picture(TimeSeriesSvg(series)).Says("a<&\"'>=\xE2\x82\xAC"));
  series.lines[0].labels = LabelSet{{"k", std::string(500, 'x')}};
  const std::vector<std::string> texts = Picture(TimeSeriesSvg(series)).Texts("text");
  const auto cut = std::find_if(texts.begin(), texts.end(),
                                [](const std::string& t) { return t.compare(0, 3, "k=x") == 0; });
  REQUIRE(cut != texts.end());
  REQUIRE(cut->size() < 150);
  REQUIRE(cut->substr(cut->size() - 3) == "\xE2\x80\xA6");
}

TEST_CASE("pages and pictures ask the network for nothing") {
  const TimeSeries series = SeriesOf({{1, 2, 3}});
  const Heatmap heat = HeatOf(3, 3, 2);
  for (const std::string& html : {TimeSeriesHtml(series), HeatmapHtml(heat)}) {
    for (const char* mark : {"http:", "https:", " src=", "@import", "url(", "fetch(", "import("}) {
      CAPTURE(mark);
      REQUIRE(Count(html, mark) == 0);
    }
    REQUIRE(Count(html, "default-src 'none'") == 1);
    REQUIRE(Count(html, "{{") == 0);
  }
  for (const std::string& svg : {TimeSeriesSvg(series), HeatmapSvg(heat)}) {
    REQUIRE(Count(svg, "http:") == 1);  // the name of SVG itself
    for (const char* mark : {"https:", "href", "@import", "url(", "<script", "<image", " on"}) {
      CAPTURE(mark);
      REQUIRE(Count(svg, mark) == 0);
    }
  }
}

TEST_CASE("the same chart gives the same bytes") {
  const TimeSeries series = SeriesOf({{1, 2, 3}, {3, 2, 1}, {1, 2, 3}});
  const TimeSeries again = series;
  REQUIRE(TimeSeriesHtml(series) == TimeSeriesHtml(again));
  REQUIRE(HeatmapHtml(HeatOf(9, 9, 3)) == HeatmapHtml(HeatOf(9, 9, 3)));
}

}  // namespace
}  // namespace dolerite
