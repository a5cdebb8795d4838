// Questions of all kinds for the tests of questions as texts.
#ifndef DOLERITE_TESTS_ASK_ASK_SUPPORT_H_
#define DOLERITE_TESTS_ASK_ASK_SUPPORT_H_

#include <string>
#include <vector>

#include "dolerite/question_json.h"
#include "query/every_question.h"
#include "query/query_core.h"

namespace dolerite::testing {

// A question's bytes as splits have them: equal questions have equal ones. Written apart from JSON.
inline std::string BytesOf(const AnyQuestion& question) {
  return std::visit(
      [](const auto& asked) {
        PartialWriter wire;
        MakeCore(asked.question)->EncodeQuestion(&wire);
        return std::to_string(static_cast<int>(KindOf(asked.question))) + ":" + wire.bytes();
      },
      question);
}

inline std::string Printed(const AnyQuestion& question) {
  absl::StatusOr<std::string> text = PrintQuestion(question);
  INFO(text.status());
  REQUIRE(text.ok());
  return *text;
}

inline AnyQuestion Parsed(const std::string& text) {
  INFO(text);
  absl::StatusOr<AnyQuestion> question = ParseQuestion(text);
  INFO(question.status());
  REQUIRE(question.ok());
  return *std::move(question);
}

// A selection with a value in every field.
inline Selection FullSelection() {
  Selection s;
  s.start_nanos = 1'777'888'800'000'000'001, s.end_nanos = 1'777'975'200'000'000'000;
  s.matchers = {{"version", LabelMatcher::Op::kEqual, "v1"},
                {"two words", LabelMatcher::Op::kNoMatch, "a\"\\\n\xff\u00e9"}};
  s.profile_type = "cpu", s.sample_type = "cpu/nanoseconds";
  s.profile_ids = {ProfileId{1, 2, 0xab}, ProfileId{}};
  s.sample_matchers = {{"endpoint", LabelMatcher::Op::kMatch, "/c.*"},
                       {"x", LabelMatcher::Op::kNotEqual, ""}};
  s.tag_focus = "bytes=1kb:", s.tag_ignore = "key=<b>";
  s.trace_ids = {TraceId{0xff}}, s.span_ids = {SpanId{1}, SpanId{2}};
  s.sample_start_nanos = -1, s.sample_end_nanos = std::numeric_limits<int64_t>::max() - 1;
  s.stacks = {.focus = "f",
              .ignore = "i",
              .hide = "h",
              .show = "s",
              .show_from = "sf",
              .call_path = {"main", "a<b>"},
              .below = "std::vector<int>",
              .addresses = {{"app", 16, 32}, {"[vdso]", 0, UINT64_MAX}},
              .drop_frames = "d",
              .keep_frames = "k"};
  return s;
}

// Calls ask(Asked<..>) for each kind, with every field set.
template <class Ask>
void FullQuestions(const Ask& ask) {
  const Selection s = FullSelection();
  const ValueKinds kinds = {{{"heap", "inuse_space"}, ValueKind::kCounter},
                            {{"", "threads"}, ValueKind::kGauge}};
  ask(Asked<TreeQuestion>{{s, FrameBy::kFunctionFile, kinds},
                          {12},
                          {FormOf<TreeQuestion>::Format::kHtml,
                           FormOf<TreeQuestion>::View::kAllCallers, "f", 5, true, "t", "u"}});
  ask(Asked<GroupedTreesQuestion>{
      {s, FrameBy::kLine, {"pod", "key1"}, {}},
      {SIZE_MAX},
      {FormOf<GroupedTreesQuestion>::Format::kJoined, 5, true, "t", "u"}});
  ask(Asked<DiffQuestion>{
      {s, {}, FrameBy::kAddress, kinds},
      {true, 3},
      {FormOf<DiffQuestion>::Format::kTable, ChangeOf::kValue, 7, true, "t", "u", "b", "a"}});
  ask(Asked<ProfileQuestion>{{s}, {}, {FormOf<ProfileQuestion>::Format::kPgo, 0, true}});
  SeriesQuestion series = {.selection = s, .step_nanos = 90'000'000'000};
  series.origin_nanos = -1;
  series.aggregate = SeriesQuestion::Aggregate::kQuantile, series.quantile = 0.1;
  series.group_by = {"pod"}, series.function = "f", series.self = true, series.exemplars = 3;
  series.kinds = {};
  ask(Asked<SeriesQuestion>{series, {}, {FormOf<SeriesQuestion>::Format::kSvg, "t", "u"}});
  HeatmapQuestion heatmap = {.selection = s, .observe = HeatmapQuestion::Observe::kSpans};
  heatmap.step_nanos = 1, heatmap.origin_nanos = INT64_MAX, heatmap.group_by = {"pod"},
  heatmap.exemplars = 3;
  ask(Asked<HeatmapQuestion>{
      heatmap, {UINT32_MAX, true}, {FormOf<HeatmapQuestion>::Format::kHtml, "t", "u"}});
  ask(Asked<CatalogQuestion>{
      {s, true}, {}, {.view = FormOf<CatalogQuestion>::View::kValues, .label = "pod"}});
  ask(Asked<ListQuestion>{{s}, {9}, {}});
}

}  // namespace dolerite::testing

#endif  // DOLERITE_TESTS_ASK_ASK_SUPPORT_H_
