// How the tool understands arguments and shows numbers.
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "blocks.h"
#include "output.h"
#include "output_format.h"
#include "path_labels.h"

namespace dolerite::cli {
namespace {

// `a=b c=d` of a match, "no match", or the error.
std::string Match(const std::string& pattern, const std::string& path) {
  const auto labels = PathLabels::Parse(pattern);
  if (!labels.ok()) return std::string(labels.status().message());
  const auto match = labels->Match(path);
  if (!match) return "no match";
  std::string out;
  for (const auto& [name, value] : *match) out += (out.empty() ? "" : " ") + name + "=" + value;
  return out;
}

TEST_CASE("a pattern takes labels from a path") {
  CHECK(Match("{service}/{version}/{pod}/*.{kind}.pb.gz", "cart/v1.5.0/a/0001.cpu.pb.gz") ==
        "service=cart version=v1.5.0 pod=a kind=cpu");
  CHECK(Match("*.{kind}.pb.gz", "a.b.cpu.pb.gz") == "kind=cpu");
  CHECK(Match("{a}-{b}", "x-y-z") == "a=x b=y-z");
  CHECK(Match("x/*", "x/") == "");
  CHECK(Match("plain.pb", "plain.pb") == "");
  CHECK(Match("{all}", "x") == "all=x");
}

TEST_CASE("a pattern takes whole paths, segment by segment") {
  CHECK(Match("{a}/b", "x/y/b") == "no match");
  CHECK(Match("*.gz", "x/y.gz") == "no match");
  CHECK(Match("{a}.gz", ".gz") == "no match");
  CHECK(Match("a", "ab") == "no match");
  CHECK(Match("ab", "a") == "no match");
  CHECK(Match("{a}/*", "../x/y") == "no match");
}

TEST_CASE("what is no pattern is refused") {
  for (const char* pattern :
       {"{a", "a}", "{}", "{a}{b}", "*{a}", "{a}*", "**", "{a}/{a}", "{a/b}", "{{a}}"}) {
    INFO(pattern);
    CHECK_FALSE(PathLabels::Parse(pattern).ok());
  }
}

TEST_CASE("times are RFC 3339, seconds or nanoseconds") {
  constexpr int64_t kNanos = 1'700'000'000'123'456'789;
  CHECK(*ParseTime("1700000000123456789") == kNanos);
  CHECK(*ParseTime("1700000000") == 1'700'000'000'000'000'000);
  CHECK(*ParseTime("2023-11-14T22:13:20.123456789Z") == kNanos);
  CHECK(*ParseTime("2023-11-14T23:13:20.123456789+01:00") == kNanos);
  CHECK(*ParseTime(FormatTime(kNanos)) == kNanos);
  CHECK(*ParseTime("-1") == -1'000'000'000);
  CHECK(*ParseTime("2023-11-14") == 1'699'920'000'000'000'000);
  for (const char* text : {"", "now", "12x", "2023-11-4", "2023-11", "99999999999999999999"}) {
    INFO(text);
    CHECK_FALSE(ParseTime(text).ok());
  }
}

TEST_CASE("values show their unit") {
  CHECK(FormatValue(0, "nanoseconds") == "0ns");
  CHECK(FormatValue(999, "nanoseconds") == "999ns");
  CHECK(FormatValue(1'500'000'000, "nanoseconds") == "1.50s");
  CHECK(FormatValue(-1'500'000, "nanoseconds") == "-1.50ms");
  CHECK(FormatValue(12, "seconds") == "12.0s");
  CHECK(FormatValue(2048, "bytes") == "2.00KiB");
  CHECK(FormatValue(1000, "bytes") == "1000B");
  CHECK(FormatValue(123456789, "count") == "123456789");
  CHECK(FormatValue(2048, "By") == "2.00KiB");
  CHECK(FormatValue(2048, "B") == "2.00KiB");
  CHECK(FormatValue(2048, "KiloBytes") == "2.00MiB");
  CHECK(FormatValue(1500, "MilliSeconds") == "1.50s");
  CHECK(FormatValue(90, "s") == "1.50min");
  CHECK(FormatBytes(4096) == "4.00KiB");
  CHECK(FormatPercent(0.0362) == "3.62%");
}

TEST_CASE("tables align, JSON is always UTF-8") {
  const Table table{{true, false}, {{"1", "x"}, {"100", "long"}}};
  CHECK(table.ToString() == "  1  x\n100  long\n");
  CHECK(JsonLine({{"name", "a\xff"}}) == "{\"name\":\"a\xef\xbf\xbd\"}\n");
}

TEST_CASE("text holds nothing that a terminal obeys") {
  CHECK(Plain("a\033[2Jb\n") == "a\\x1b[2Jb\\x0a");
  CHECK(Plain("\x7f|\x9b|\xc2\x9b|\xff") == "\\x7f|\\x9b|\\u009b|\\xff");
  CHECK(Plain("a\xe2\x80\xae"
              "b\xe2\x81\xa6") == "a\\u202eb\\u2066");
  CHECK(Plain("\xf3\xa0\x81\x81") == "\\udb40\\udc41");  // a tag
  CHECK(Plain("\xed\xa0\x80") == "\\xed\\xa0\\x80");     // a surrogate is not UTF-8
  for (const char* text :
       {"", "main.f", "\xce\xbb", "\xe4\xb8\xad\xe6\x96\x87", "\xf0\x9f\x94\xa5"}) {
    CHECK(Plain(text) == text);
    CHECK(JsonLine(text) == "\"" + std::string(text) + "\"\n");
  }
  CHECK(JsonLine("\xe2\x80\xae|\xc2\x9b|\x7f|\033") == "\"\\u202e|\\u009b|\\u007f|\\u001b\"\n");
}

TEST_CASE("an output's name asks for a format") {
  CHECK(FormatOfName("a.html") == "html");
  CHECK(FormatOfName("A.HTML") == "html");
  CHECK(FormatOfName("a.b.pb.gz") == "pprof");
  CHECK(FormatOfName("a.json") == "json");
  CHECK(FormatOfName("a.folded") == "folded");
  CHECK(FormatOfName("a.svg") == "svg");
  CHECK(FormatOfName("a.txt") == "text");
  CHECK(FormatOfName("-") == "");
  CHECK(FormatOfName("html") == "");
}

TEST_CASE("the nearest command is said") {
  CHECK(NearestCommand("toop") == "top");
  CHECK(NearestCommand("flmae") == "flame");
  CHECK(NearestCommand("heatmaps") == "heatmap");
  CHECK(NearestCommand("serie") == "series");
  CHECK(NearestCommand("something else") == "");
  CHECK(FindCommand("profiles") == FindCommand("ls"));
  CHECK(FindCommand("toop") == nullptr);
}

}  // namespace
}  // namespace dolerite::cli
