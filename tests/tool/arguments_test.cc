// How the tool understands arguments and shows numbers.
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "blocks.h"
#include "output.h"
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
  for (const char* text : {"", "now", "12x", "2023-11-14", "99999999999999999999"}) {
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
  CHECK(FormatPercent(0.0362) == "3.62%");
}

TEST_CASE("tables align, JSON is always UTF-8") {
  const Table table{{true, false}, {{"1", "x"}, {"100", "long"}}};
  CHECK(table.ToString() == "  1  x\n100  long\n");
  CHECK(JsonLine({{"name", "a\xff"}}) == "{\"name\":\"a\xef\xbf\xbd\"}\n");
  CHECK(Plain("a\033[2Jb\n") == "a?[2Jb?");
}

}  // namespace
}  // namespace dolerite::cli
