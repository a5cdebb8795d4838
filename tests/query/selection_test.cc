// Matchers as people write them.
#include "dolerite/selection.h"

#include <catch2/catch.hpp>

#include "support/generate.h"

namespace dolerite::testing {
namespace {

using Op = LabelMatcher::Op;

std::string MatchersText(const std::vector<LabelMatcher>& matchers) {
  static const char* const kOps[] = {"=", "!=", "=~", "!~"};
  std::string out;
  for (const LabelMatcher& m : matchers) {
    out += "<" + m.name + kOps[static_cast<int>(m.op)] + m.value + ">";
  }
  return out;
}

TEST_CASE("matchers parse") {
  const std::pair<const char*, const char*> kGood[] = {
      {"", ""},
      {"{}", ""},
      {"  {  }  ", ""},
      {R"(a="b")", "<a=b>"},
      {R"({a="b", c!="d", e=~"f.*", g!~"h"})", "<a=b><c!=d><e=~f.*><g!~h>"},
      {R"({a="b",})", "<a=b>"},
      {"\ta =\"b\" ,\tc != \"d\"", "<a=b><c!=d>"},
      {R"(__name__="x")", "<__name__=x>"},
      {R"(k8s.io/pod:x-1="")", "<k8s.io/pod:x-1=>"},
      {R"(a="q\"b\\s\nn\tt")", "<a=q\"b\\s\nn\tt>"},
      {R"(a="{,}=~")", "<a={,}=~>"},
      {"a=\"\xff\xc3\xa9\"", "<a=\xff\xc3\xa9>"},
      {R"(a="b",a="c")", "<a=b><a=c>"},
      {R"(a="\x01\x7F\xfe!")", "<a=\x01\x7f\xfe!>"},
  };
  for (const auto& [text, expected] : kGood) {
    const auto matchers = ParseMatchers(text);
    INFO(text << ": " << matchers.status());
    REQUIRE(matchers.ok());
    CHECK(MatchersText(*matchers) == expected);
  }
}

TEST_CASE("what is no matcher is refused, with its position") {
  const std::pair<const char*, const char*> kBad[] = {
      {"{", "byte 1"},
      {"}", "byte 0"},
      {"a", "byte 1"},
      {"a=", "byte 2"},
      {"a=b", "byte 2"},
      {R"(="b")", "byte 0"},
      {R"(a="b)", "byte 4"},
      {R"(a="b\)", "byte 5"},
      {R"(a="b\x")", "byte 5"},
      {R"(a="b\x1")", "byte 5"},
      {R"(a="b\x1g")", "byte 5"},
      {R"(a="b\x-1")", "byte 5"},
      {R"(a="b\x1)", "byte 5"},
      {R"(a="b" c="d")", "byte 6"},
      {R"({a="b")", "byte 6"},
      {R"(a="b"})", "byte 5"},
      {R"({a="b"} x)", "byte 8"},
      {R"(a~"b")", "byte 1"},
      {R"(a=="b")", "byte 2"},
      {R"(a="b",,c="d")", "byte 6"},
      {"{,}", "byte 1"},
  };
  for (const auto& [text, place] : kBad) {
    const absl::Status status = ParseMatchers(text).status();
    INFO(text << ": " << status);
    CHECK(absl::IsInvalidArgument(status));
    CHECK(std::string(status.message()).find(std::string("at ") + place) != std::string::npos);
  }
}

TEST_CASE("labels as texts are the matchers that take them") {
  Random random(3);
  const auto text = [&](size_t least) {
    std::string out(least + random.Below(6), ' ');
    for (char& c : out) c = static_cast<char>(random.Below(random.Below(2) == 0 ? 256 : 36));
    return out;
  };
  for (int round = 0; round < 500; ++round) {
    LabelSet labels;
    for (size_t n = random.Below(5); n > 0; --n) labels.Set(text(1), text(0));
    const auto matchers = ParseMatchers(labels.ToString());
    INFO(labels.ToString() << ": " << matchers.status());
    REQUIRE(matchers.ok());
    std::vector<LabelSet::Pair> read;  // views of *matchers
    for (const LabelMatcher& m : *matchers) {
      CHECK(m.op == Op::kEqual);
      read.emplace_back(m.name, m.value);
    }
    const bool same =
        std::equal(read.begin(), read.end(), labels.pairs().begin(), labels.pairs().end());
    CHECK(same);
  }
}

}  // namespace
}  // namespace dolerite::testing
