// Label sets are sorted, without doubles, and say what they are.
#include "dolerite/labels.h"

#include <catch2/catch.hpp>

namespace dolerite {
namespace {

TEST_CASE("equal in any order") {
  const LabelSet set = {{"b", "2"}, {"a", "1"}};
  CHECK(set == LabelSet{{"a", "1"}, {"b", "2"}});
  CHECK(*LabelSet::Make({{"b", "2"}, {"a", "1"}}) == set);
  CHECK(*LabelSet::Parse("b=2,a=1") == set);
  LabelSet grown;
  grown.Set("b", "0"), grown.Set("a", "1"), grown.Set("b", "2");
  CHECK(grown == set);
  CHECK(LabelSet{{"a", "1"}, {"a", "2"}} == LabelSet{{"a", "2"}});
  CHECK(set.pairs()[0].first == "a");
}

TEST_CASE("labels are found by name") {
  const LabelSet set = {{"a", "1"}, {"empty", ""}};
  CHECK(set.Get("a") == "1");
  CHECK(set.Get("empty") == "");
  CHECK(set.Get("b") == std::nullopt);
  CHECK(set.Get("") == std::nullopt);
  CHECK(LabelSet().empty());
  CHECK(LabelSet().Get("a") == std::nullopt);
}

TEST_CASE("what is no label set is refused") {
  CHECK(absl::IsInvalidArgument(LabelSet::Make({{"", "x"}}).status()));
  CHECK(absl::IsInvalidArgument(LabelSet::Make({{"a", "1"}, {"b", ""}, {"a", "1"}}).status()));
  CHECK(absl::IsInvalidArgument(LabelSet::Parse("a").status()));
  CHECK(absl::IsInvalidArgument(LabelSet::Parse("=x").status()));
  CHECK(absl::IsInvalidArgument(LabelSet::Parse("a=1,a=2").status()));
  CHECK(LabelSet::Parse("")->empty());
  CHECK(LabelSet::Parse("a=b=c")->Get("a") == "b=c");
}

TEST_CASE("text escapes what would break it") {
  CHECK(LabelSet{}.ToString() == "{}");
  CHECK(LabelSet{{"b", "q\"\\"}, {"a", "x\n"}}.ToString() == R"({a="x\x0a", b="q\"\\"})");
}

}  // namespace
}  // namespace dolerite
