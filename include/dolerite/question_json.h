// Questions as JSON, so that any language can ask, and a question can be kept, sent and compared.
//
//   {"question":"tree","selection":{"matchers":"{pod=\"a\"}","profile_type":"cpu"},"max_nodes":100}
//   {"question":"diff","base":{"matchers":"{version=\"v1\"}"},
//    "against":{"matchers":"{version=\"v2\"}"},"normalize":true,"answer":{"format":"table","rows":20}}
//
// "question" is the kind: a name of questions.h in small letters (tree, grouped_trees, ..). The
// other keys are the fields of the question and of its Finish, under their names in C++; "answer"
// holds the fields of FormOf. Names of enumerators are in small letters too. What is left out has
// its default.
//
//   times        start, end, sample_start, sample_end, origin: RFC 3339 ("2026-05-04T10:00:00Z"),
//   or an
//                integer: nanoseconds since 1970
//   durations    step: "15s", "1h30m" (units d h m s ms us ns), or an integer: nanoseconds
//   matchers, sample_matchers: a text as of ParseMatchers
//   profile_ids, trace_ids, span_ids: lists of texts of 32, 32 and 16 hex digits
//   kinds        [{"profile_type":"heap","sample_type":"inuse_space","kind":"gauge"}, ..]
//   addresses    [{"mapping":"app","begin":4096,"end":8192}, ..]
#ifndef DOLERITE_QUESTION_JSON_H_
#define DOLERITE_QUESTION_JSON_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "dolerite/any_question.h"
#include "dolerite/export.h"

namespace dolerite {

// InvalidArgument, with the place (`$.base.matchers`) and what was expected, for all that is not
// as above: keys that are unknown (the message has the nearest known one) or given twice, values of
// another kind, integers that do not fit their field, bytes that are not UTF-8, text behind the
// question. ResourceExhausted for more than 16 MiB. Texts of matchers must be valid; otherwise
// running the question, not parsing it, finds out whether it makes sense.
DOLERITE_EXPORT absl::StatusOr<AnyQuestion> ParseQuestion(std::string_view json);

// The canonical text, on one line: keys in one order, nothing that has its default. Parsing it
// gives the same question, and equal questions have equal texts. InvalidArgument, with the place,
// for what JSON or its reader can't say: texts that are not UTF-8 (those of matchers may be any
// bytes), matchers without a name, enums out of their range, numbers that are not finite.
DOLERITE_EXPORT absl::StatusOr<std::string> PrintQuestion(const AnyQuestion& question);

// Changes how the answer is written: a name of FormOf::Format ("html"). InvalidArgument, with the
// formats that there are, for another.
DOLERITE_EXPORT absl::Status SetFormat(std::string_view format, AnyQuestion* question);

}  // namespace dolerite

#endif  // DOLERITE_QUESTION_JSON_H_
