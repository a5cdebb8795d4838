// Selections that make no sense, and those that select nothing.
#include <limits>

#include "query/naive.h"

namespace dolerite::testing {
namespace {

constexpr int64_t kMin = std::numeric_limits<int64_t>::min();
constexpr int64_t kMax = std::numeric_limits<int64_t>::max();

void CheckRefused(const Selection& selection, const std::vector<std::string>& words) {
  const absl::Status status = SelectionFilter::Make(selection).status();
  INFO(status);
  CHECK(absl::IsInvalidArgument(status));
  for (const std::string& word : words) {
    CHECK(std::string(status.message()).find(word) != std::string::npos);
  }
  // A query says the same, at its first block.
  static const std::string block = Build(Generated(1, 2));
  TreeQuery query({selection});
  CHECK(absl::IsInvalidArgument(query.Add(OpenBytes(block))));
}

TEST_CASE("bad expressions are refused with their place") {
  using Op = LabelMatcher::Op;
  const std::pair<std::string StackFilter::*, const char*> kFields[] = {
      {&StackFilter::focus, "focus"},
      {&StackFilter::ignore, "ignore"},
      {&StackFilter::hide, "hide"},
      {&StackFilter::show, "show"},
      {&StackFilter::show_from, "show_from"}};
  for (const auto& [field, name] : kFields) {
    for (const char* bad : {"(", "a{2,1}", "[z-a]", "\\", "*"}) {
      Selection s;
      s.stacks.*field = bad;
      CheckRefused(s, {name, "bad regular expression"});
    }
  }
  CheckRefused({.matchers = {{"pod", Op::kMatch, "("}}}, {"label pod", "bad regular expression"});
  CheckRefused({.sample_matchers = {{"key", Op::kNoMatch, ")"}}},
               {"label key", "bad regular expression"});
  CheckRefused({.tag_focus = "key=("}, {"tag_focus", "bad regular expression"});
  CheckRefused({.tag_ignore = "a,b,["}, {"tag_ignore", "bad regular expression"});
}

TEST_CASE("expressions of a megabyte are refused or compiled, and nothing worse") {
  const std::string large(1 << 20, 'a');
  std::string groups;
  for (int i = 0; i < 1 << 18; ++i) groups += "(a)?";
  for (const std::string& pattern :
       {large, groups, "(" + large, std::string("((a{100}){100}){100}"),
        std::string(1 << 20, '(') + std::string(1 << 20, ')')}) {
    Selection s;
    s.stacks.focus = pattern;
    const absl::Status status = SelectionFilter::Make(s).status();
    CHECK((status.ok() || absl::IsInvalidArgument(status)));
    if (!status.ok()) CHECK(std::string(status.message()).find("focus") != std::string::npos);
  }
  Selection s;
  s.stacks.focus = groups;
  CheckRefused(s, {"focus", "bad regular expression"});
}

TEST_CASE("ranges that end before they start are refused, empty ones are not") {
  CheckRefused({.start_nanos = 2, .end_nanos = 1}, {"profiles", "end before they start", "2 to 1"});
  CheckRefused({.sample_start_nanos = kMax, .sample_end_nanos = kMin},
               {"samples", "end before they start"});
  Selection s;
  s.stacks.addresses = {{"/bin/a", 1, 2}, {"/bin/b", 5, 4}};
  CheckRefused(s, {"addresses", "/bin/b", "end before they begin"});
  s.stacks.addresses = {{"/bin/b", 4, 4}};
  s.start_nanos = s.end_nanos = 7;
  s.sample_start_nanos = s.sample_end_nanos = 7;
  CHECK(SelectionFilter::Make(s).ok());
}

TEST_CASE("tag ranges whose numbers leave 64 bits are refused") {
  for (const char* bad : {"9223372036854775808", "key=:99999999999999999999kb",
                          "-9223372036854775809:0", "0:9223372036854775808b"}) {
    CheckRefused({.tag_focus = bad}, {"tag_focus", "leaves 64 bits"});
    CheckRefused({.tag_ignore = bad}, {"tag_ignore", "leaves 64 bits"});
  }
  for (const char* good : {"9223372036854775807tb", "-9223372036854775808", "5:3", "1kb:2s", "="}) {
    INFO(good);
    CHECK(SelectionFilter::Make({.tag_focus = good}).ok());
  }
}

TEST_CASE("a sample type that is said twice must be the same") {
  CheckRefused({.profile_type = "cpu:type0:::", .sample_type = "type1"}, {"type0", "type1"});
  CHECK(SelectionFilter::Make({.profile_type = "cpu:type0:::", .sample_type = "type0"}).ok());
}

TEST_CASE("an unknown sample type is refused with those that there are") {
  TreeQuery query({{.sample_type = "no such"}});
  const std::string block = Build(Generated(1, 2));
  absl::Status status = query.Add(OpenBytes(block));
  if (status.ok()) status = std::move(query).Finish().status();
  INFO(status);
  CHECK(absl::IsInvalidArgument(status));
  for (const char* word : {"no such", "type0", "type1"}) {
    CHECK(std::string(status.message()).find(word) != std::string::npos);
  }
}

std::vector<Selection> SelectNothing() {
  using Op = LabelMatcher::Op;
  std::vector<Selection> nothing = {
      {.start_nanos = 7, .end_nanos = 7},
      {.matchers = {{"pod", Op::kEqual, "no such"}}},
      {.matchers = {{"no such", Op::kNotEqual, ""}}},
      {.profile_type = "no such"},
      {.profile_type = "cpu:no such:::"},
      {.profile_ids = {ProfileId{}}},
      {.sample_matchers = {{"no such", Op::kMatch, ".+"}}},
      {.tag_focus = "no such=1:2"},
      {.tag_focus = "5:3"},
      {.trace_ids = {TraceId{}}},
      {.span_ids = {SpanId{1, 2, 3}}},
      {.sample_start_nanos = 7, .sample_end_nanos = 7},
  };
  for (std::string StackFilter::*field :
       {&StackFilter::focus, &StackFilter::show_from, &StackFilter::below}) {
    nothing.emplace_back().stacks.*field = "no such";
  }
  nothing.emplace_back().stacks.ignore = "binary|file|function";
  nothing.back().stacks.focus = "function";
  nothing.emplace_back().stacks.call_path = {"no such"};
  nothing.emplace_back().stacks.addresses = {{"no such"}};
  nothing.emplace_back().stacks.addresses = {{"/usr/lib/binary0", 4, 4}};
  return nothing;
}

TEST_CASE("what selects nothing has the empty answer and is no error") {
  const std::string bytes = Build(Generated(3, 6), {.samples_per_chunk = 20});
  const BlockReader block = OpenBytes(bytes);
  size_t at = 0;
  for (const Selection& selection : SelectNothing()) {
    INFO("selection " << at++);
    TreeQuery tree({selection});
    ProfileQuery profile({selection});
    ListQuery list({selection});
    REQUIRE(tree.Add(block).ok());
    REQUIRE(profile.Add(block).ok());
    REQUIRE(list.Add(block).ok());
    const Tree answer = *std::move(tree).Finish();
    CHECK(answer.size() == 1);
    CHECK(std::move(profile).Finish()->samples.size() == 0);
    CHECK(std::move(list).Finish()->empty());
  }
}

}  // namespace
}  // namespace dolerite::testing
