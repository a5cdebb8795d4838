// Questions as texts: what was printed parses to the same question, what was parsed prints to one
// text, and all else is refused with its place.
#include <limits>

#include "ask/ask_support.h"
#include "ask/value_texts.h"
#include "support/generate.h"

namespace dolerite::testing {
namespace {

void CheckRoundTrip(const AnyQuestion& question) {
  const std::string text = Printed(question);
  INFO(text);
  const AnyQuestion again = Parsed(text);
  CHECK(BytesOf(again) == BytesOf(question));
  CHECK(Printed(again) == text);
}

TEST_CASE("every question of the tests goes to JSON and back") {
  for (const Selection& selection : {Selection(), FullSelection()}) {
    AskEvery(selection, []<class Q>(const Q& question, const typename Q::Finish& how) {
      CheckRoundTrip(Asked<Q>{question, how, {}});
    });
  }
}

TEST_CASE("a question with every field set has every field in its text") {
  FullQuestions([]<class Q>(const Asked<Q>& asked) {
    CheckRoundTrip(asked);
    // The bytes above know nothing of these two.
    const auto again = std::get<Asked<Q>>(Parsed(Printed(asked)));
    const Asked<Q> bare{asked.question, {}, {}};
    CHECK(Printed(again) != Printed(bare));
  });
}

TEST_CASE("the texts of questions are fixed") {
  const auto same = [](const std::string& text) {
    INFO(text);
    CHECK(Printed(Parsed(text)) == text);
  };
  same(R"({"question":"tree"})");
  same(R"({"question":"grouped_trees"})");
  same(R"({"question":"tree","selection":{"matchers":"{pod=\"a\"}","profile_type":"cpu"},)"
       R"("by":"line","kinds":[],"max_nodes":100,)"
       R"("answer":{"format":"table","view":"callers","function":"f","rows":20}})");
  same(R"({"question":"grouped_trees","group_by":["pod"],"max_nodes":18446744073709551615,)"
       R"("answer":{"format":"joined"}})");
  same(R"({"question":"diff","base":{"matchers":"{version=\"v1\"}"},)"
       R"("against":{"matchers":"{version=~\"v2.*\", pod!=\"\\xff\"}"},"normalize":true,)"
       R"("answer":{"format":"table","rank":"value"}})");
  same(R"({"question":"profile","answer":{"format":"pgo","innermost":0,"keep_lines":true}})");
  same(R"({"question":"series","step":"90s","aggregate":"quantile","quantile":0.99,)"
       R"("group_by":["pod","zone"],"function":"a","self":true,"exemplars":1})");
  same(R"({"question":"heatmap","selection":{"start":"2026-05-04T10:00:00.5Z",)"
       R"("end":"2026-05-05T00:00:00Z"},"observe":"timestamps","step":"10ms","rows":7,)"
       R"("logarithmic":true,"answer":{"format":"svg","title":"t"}})");
  same(R"({"question":"catalog","sample_labels":true,"answer":{"view":"values","label":"pod"}})");
  same(R"({"question":"list","selection":{"profile_ids":["000102030405060708090a0b0c0d0e0f"],)"
       R"("span_ids":["00000000000000ff"],"stacks":{"call_path":["main"],)"
       R"("addresses":[{"mapping":"app","begin":18446744073709551614}]}},"max_profiles":3})");
}

TEST_CASE("what people write otherwise means the same") {
  const auto means = [](const std::string& text, const std::string& canonical) {
    INFO(text);
    CHECK(Printed(Parsed(text)) == canonical);
  };
  means("\n{ \"max_nodes\" : 3 ,\t\"question\":\"tr\\u0065e\"} ",
        R"({"question":"tree","max_nodes":3})");
  means(R"({"question":"tree","selection":{"start":0,"end":1777888800000000000}})",
        R"({"question":"tree","selection":{"start":"1970-01-01T00:00:00Z",)"
        R"("end":"2026-05-04T10:00:00Z"}})");
  means(R"({"question":"tree","selection":{"start":"2026-05-04T12:30:00.250+02:30"}})",
        R"({"question":"tree","selection":{"start":"2026-05-04T10:00:00.25Z"}})");
  means(R"({"question":"series","step":60000000000})", R"({"question":"series"})");
  means(R"({"question":"series","step":"1h30m"})", R"({"question":"series","step":"90m"})");
  means(R"({"question":"tree","selection":{"matchers":"a=\"b\","},"by":"function"})",
        R"({"question":"tree","selection":{"matchers":"{a=\"b\"}"}})");
  means(R"({"question":"tree","selection":{"trace_ids":["FF000000000000000000000000000000"]}})",
        R"({"question":"tree","selection":{"trace_ids":["ff000000000000000000000000000000"]}})");
  means(R"({"question":"diff","base":{},"against":{"stacks":{"call_path":[]}}})",
        R"({"question":"diff"})");
  means(R"({"question":"tree","kinds":[{"sample_type":"b"},{"sample_type":"a","kind":"gauge"}]})",
        R"({"question":"tree","kinds":[{"sample_type":"a","kind":"gauge"},{"sample_type":"b"}]})");
}

TEST_CASE("an error in a question names its place") {
  const std::string deep(100'000, '[');
  const std::pair<std::string, std::string> cases[] = {
      {"", "$: expected an object, found the end"},
      {"[]", "$: expected an object, found an array"},
      {"{}", "the key \"question\" is missing: one of tree, grouped_trees, diff"},
      {R"({"question":"tre"})", "$.question: unknown question \"tre\"; did you mean \"tree\"?"},
      {R"({"question":"zzzzzz"})", "$.question: unknown question \"zzzzzz\"; expected tree,"},
      {R"({"question":1})", "$.question: expected a text, found a number at byte 12"},
      {R"({"question":"tree"} x)", "text behind the question at byte 20"},
      {R"({"question":"tree","question":"tree"})", "$: the key \"question\" is given twice"},
      {R"({"question":"tree",})", "the name of a member was expected"},
      {R"({"question":"tree")", "a comma or a closing bracket was expected at byte 18"},
      {R"({"question":"tree","selecton":{}})",
       "$: unknown key \"selecton\"; did you mean \"selection\"?"},
      {R"({"question":"tree","step":1})", "$: unknown key \"step\"; "},
      {R"({"question":"diff","base":{"matcher":""}})",
       "$.base: unknown key \"matcher\"; did you mean \"matchers\"?"},
      {R"({"question":"diff","base":{"matchers":["a"]}})",
       "$.base.matchers: expected a text, found an array at byte 38"},
      {R"({"question":"diff","base":{"matchers":"{a"}})",
       "$.base.matchers: selector `{a`: expected"},
      {R"({"question":"tree","selection":[]})", "$.selection: expected an object, found an array"},
      {R"({"question":"tree","selection":null})", "$.selection: expected an object, found null"},
      {R"({"question":"tree","selection":{"start":"yesterday"}})",
       "$.selection.start: expected a time as 2026-05-04T10:00:00Z"},
      {R"({"question":"tree","selection":{"start":1.5}})",
       "$.selection.start: expected a whole number, found \"1.5\""},
      {R"({"question":"tree","selection":{"start":9223372036854775808}})",
       "$.selection.start: the number is out of range"},
      {R"({"question":"tree","selection":{"profile_ids":["00",1]}})",
       "$.selection.profile_ids[0]: an id has 32 hex digits, found \"00\""},
      {R"({"question":"tree","selection":{"stacks":{"call_path":["a",2]}}})",
       "$.selection.stacks.call_path[1]: expected a text, found a number"},
      {R"({"question":"tree","selection":{"stacks":{"addresses":[{"begin":-1}]}}})",
       "$.selection.stacks.addresses[0].begin: the number is out of range"},
      {R"({"question":"tree","by":"functoin"})",
       "$.by: expected function, line, file, address, mapping or function_file, found "
       "\"functoin\""},
      {R"({"question":"tree","max_nodes":18446744073709551616})",
       "$.max_nodes: the number has more than 64 bits"},
      {R"({"question":"tree","max_nodes":-1})", "$.max_nodes: the number is out of range"},
      {R"({"question":"tree","max_nodes":1e3})", "$.max_nodes: expected a whole number"},
      {R"({"question":"tree","max_nodes":01})", "a comma or a closing bracket was expected"},
      {R"({"question":"tree","max_nodes":"1"})",
       "$.max_nodes: expected a whole number, found a text"},
      {R"({"question":"heatmap","rows":4294967296})", "$.rows: the number is out of range"},
      {R"({"question":"heatmap","logarithmic":1})",
       "$.logarithmic: expected a boolean, found a number"},
      {R"({"question":"series","quantile":1e999})", "$.quantile: the number is out of range"},
      {R"({"question":"series","quantile":true})",
       "$.quantile: expected a number, found a boolean"},
      {R"({"question":"series","step":"1 minute"})", "$.step: expected a duration"},
      {R"({"question":"series","step":"9999999999999d"})", "$.step: expected a duration"},
      {R"({"question":"tree","kinds":[{"kind":"gauge"},{}]})", "$.kinds[1]: the profile type and"},
      {R"({"question":"tree","answer":{"format":"svg"}})",
       "$.answer.format: expected json, table, folded or html, found \"svg\""},
      {R"({"question":"tree","answer":{"rank":"value"}})", "$.answer: unknown key \"rank\""},
      {R"({"question":"tree","selection":{"tag_focus":"\ud800"}})",
       "an unknown escape in a string"},
      {R"({"question":"tree","selection":{"tag_focus":"\udc00"}})",
       "an unknown escape in a string"},
      {"{\"question\":\"tree\xff\"}", "the text is not UTF-8"},
      {R"({"question":"tree","selection":)" + deep, "the text ends inside a value"},
      {R"({"question":"tree","selection":{"matchers":)" + deep + std::string(100'000, ']') + "}}",
       "$.selection.matchers: expected a text, found an array"},
  };
  for (const auto& [text, message] : cases) {
    INFO(text.substr(0, 100));
    const absl::Status status = ParseQuestion(text).status();
    CHECK(absl::IsInvalidArgument(status));
    const std::string found(status.message().data(), status.message().size());
    CHECK_THAT(found, Catch::Contains(message));
    CHECK(found.starts_with("question: "));
    CHECK(found.size() < 400);
  }
}

TEST_CASE("keys and values of any size cost no more than their bytes") {
  const std::string large(100'000, 'k');
  CHECK(absl::IsInvalidArgument(
      ParseQuestion("{\"" + large + "\":1,\"question\":\"tree\"}").status()));
  std::string keys = "{";
  for (int i = 0; i < 100'000; ++i) keys += "\"" + std::to_string(i) + "\":1,";
  CHECK(absl::IsInvalidArgument(ParseQuestion(keys + "\"question\":\"tree\"}").status()));
  CHECK(absl::IsResourceExhausted(ParseQuestion(std::string((16 << 20) + 1, ' ')).status()));
}

TEST_CASE("what JSON can't say is refused with its place") {
  const auto refused = [](const AnyQuestion& question, const std::string& message) {
    const absl::Status status = PrintQuestion(question).status();
    CHECK(absl::IsInvalidArgument(status));
    CHECK_THAT(std::string(status.message().data(), status.message().size()),
               Catch::Contains(message));
  };
  Asked<TreeQuestion> tree;
  tree.question.selection.stacks.call_path = {"main", "\xff"};
  refused(tree, "$.selection.stacks.call_path[1]: the text is not UTF-8");
  refused(Asked<TreeQuestion>{{{}, static_cast<FrameBy>(77)}, {}, {}}, "$.by: 77 is not a value");
  Asked<DiffQuestion> diff;
  diff.question.against.matchers = {{"", LabelMatcher::Op::kEqual, "x"}};
  refused(diff, "$.against.matchers: a matcher has no name");
  diff.question.against.matchers = {{"a", static_cast<LabelMatcher::Op>(4), "x"}};
  refused(diff, "$.against.matchers: ");
  for (const double quantile :
       {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
    refused(Asked<SeriesQuestion>{{.quantile = quantile}, {}, {}}, "$.quantile: the number");
  }
}

TEST_CASE("times and durations are texts of themselves") {
  const int64_t times[] = {0,
                           1,
                           -1,
                           1'777'888'800'000'000'000,
                           951'782'400'000'000'000,  // the 29th of February 2000
                           -2'208'988'800'000'000'000,
                           std::numeric_limits<int64_t>::min(),
                           std::numeric_limits<int64_t>::max()};
  for (const int64_t time : times) {
    INFO(time);
    CHECK(ask::ParseTimeText(ask::TimeText(time)) == time);
    CHECK(ask::ParseDurationText(ask::DurationText(time)) == time);
  }
  CHECK(ask::TimeText(times[4]) == "2000-02-29T00:00:00Z");
  CHECK(ask::TimeText(-1) == "1969-12-31T23:59:59.999999999Z");
  CHECK(ask::TimeText(times[6]) == "1677-09-21T00:12:43.145224192Z");
  CHECK(ask::DurationText(86'400'000'000'000) == "1d");
  for (const char* bad :
       {"", "2026-05-04", "2026-05-04T10:00:00", "2026-02-29T10:00:00Z", "2026-05-04T24:00:00Z",
        "2026-05-04T10:00:60Z", "2026-05-04T10:00:00.Z", "2026-05-04T10:00:00.1234567890Z",
        "1677-09-21T00:12:43.145224191Z", "2262-04-11T23:47:16.854775808Z", "2026-05-04T10:00:00Zx",
        "2026-05-04T10:00:00+24:00", "2026-5-04T10:00:00Z", "+026-05-04T10:00:00Z"}) {
    INFO(bad);
    CHECK(!ask::ParseTimeText(bad));
  }
  for (const char* bad : {"", "-", "1", "m", "1m-1s", "1.5s", "1 s", "1x", "+1s", "106752d"}) {
    INFO(bad);
    CHECK(!ask::ParseDurationText(bad));
  }
}

TEST_CASE("an answer's format is set by its name") {
  AnyQuestion question = Asked<SeriesQuestion>();
  CHECK(SetFormat("svg", &question).ok());
  CHECK(Printed(question) == R"({"question":"series","answer":{"format":"svg"}})");
  const absl::Status status = SetFormat("pprof", &question);
  CHECK(absl::IsInvalidArgument(status));
  CHECK_THAT(std::string(status.message().data(), status.message().size()),
             Catch::Contains("expected json, svg or html, found \"pprof\""));
}

}  // namespace
}  // namespace dolerite::testing
