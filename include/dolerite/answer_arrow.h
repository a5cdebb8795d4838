// Answers to questions of any kind as tables of Arrow.
#ifndef DOLERITE_ANSWER_ARROW_H_
#define DOLERITE_ANSWER_ARROW_H_

#include "absl/status/statusor.h"
#include "dolerite/any_question.h"
#include "dolerite/arrow.h"
#include "dolerite/ask.h"
#include "dolerite/export.h"

namespace dolerite {

// Finishes a query and gives its answer away as a table (arrow.h): functions of a tree, or of the
// callers or callees that the question's form names; rows of a difference; points, cells, profiles.
// `rows` of the form count, its format does not. What WriteAnswer says of an answer is said of the
// table, without bytes. Unimplemented for groups, catalogs and merged profiles; else errors as
// WriteAnswer.
DOLERITE_EXPORT absl::StatusOr<WrittenAnswer> AnswerToArrow(AnyQuery&& query,
                                                            const AnyQuestion& question,
                                                            ArrowArrayStream* out);

}  // namespace dolerite

#endif  // DOLERITE_ANSWER_ARROW_H_
