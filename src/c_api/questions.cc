// Questions to sources, and answers as bytes. A source is blocks, or a snapshot of an archive, from
// which only the blocks are opened that may hold what is selected.
#include "ask/json_reader.h"
#include "c_api/ask_source.h"
#include "dolerite/answer_arrow.h"
#include "dolerite/question_json.h"

namespace dolerite::c_api {

absl::StatusOr<AnyQuestion> QuestionOf(const char* question, size_t size) {
  DOLERITE_ASSIGN_OR_RETURN(const std::string_view text, View(question, size, "question"));
  return ParseQuestion(text);
}

// A selection is read as that of a question; it must be one value first, so that it can't be more
// than a selection.
absl::StatusOr<Selection> SelectionOf(std::string_view json) {
  if (json.empty()) return Selection();
  ask::JsonReader reader(json, "selection");
  if (reader.Skip()) reader.End();
  DOLERITE_RETURN_IF_ERROR(reader.status());
  DOLERITE_ASSIGN_OR_RETURN(
      AnyQuestion question,
      ParseQuestion(Concat("{\"question\":\"list\",\"selection\":", json, "}")));
  return std::move(std::get<Asked<ListQuestion>>(question).question.selection);
}

// Blocks without omissions: only archives leave profiles out.
BlockViews ViewsOf(const dolerite_source& source) {
  BlockViews views;
  for (const auto& block : source.blocks) views.blocks.push_back({block.get(), {}});
  return views;
}

absl::StatusOr<OpenedSource> OpenBlocks(const dolerite_source& source,
                                        const std::vector<const Selection*>& selections,
                                        const CallContext& call) {
  OpenedSource out;
  if (!source.snapshot) {
    out.views = ViewsOf(source);
    return out;
  }
  DOLERITE_ASSIGN_OR_RETURN(out.snapshot, source.snapshot->Open(selections, call));
  out.views = out.snapshot.views;
  return out;
}

absl::StatusOr<AnyQuery> AskSource(const dolerite_source& source, const AnyQuestion& question,
                                   const QueryOptions& options) {
  return source.snapshot ? Ask(question, *source.snapshot, options)
                         : Ask(question, ViewsOf(source), options);
}

// A wrong format is found before anything is read.
absl::StatusOr<AnyQuestion> QuestionFor(const char* question, size_t size,
                                        std::string_view format) {
  DOLERITE_ASSIGN_OR_RETURN(AnyQuestion asked, QuestionOf(question, size));
  const bool own = !format.empty() && format != kArrow && format != kPartial;
  if (own) DOLERITE_RETURN_IF_ERROR(SetFormat(format, &asked));
  return asked;
}

// The cost is written at once, so that reading it can't fail; and first, as writing the answer uses
// the query up.
absl::Status GiveAnswer(AnyQuery&& query, const AnyQuestion& question, std::string_view format,
                        dolerite_answer** out) {
  auto object = std::make_unique<dolerite_answer>();
  object->cost =
      std::visit([](const auto& asked) { return CostJson(asked.cost(), asked.damage()); }, query);
  if (format == kPartial) {
    object->answer.bytes = std::visit([](const auto& asked) { return asked.Serialize(); }, query);
    return Give(std::move(object), out);
  }
  if (format == kArrow) {
    DOLERITE_ASSIGN_OR_RETURN(object->answer,
                              AnswerToArrow(std::move(query), question, &object->table));
    object->has_table = true;
  } else {
    DOLERITE_ASSIGN_OR_RETURN(object->answer, WriteAnswer(std::move(query), question));
  }
  return Give(std::move(object), out);
}

}  // namespace dolerite::c_api

using namespace dolerite;
using namespace dolerite::c_api;

extern "C" {

dolerite_code dolerite_question_print(const char* question, size_t size, dolerite_bytes** out,
                                      dolerite_error** error) {
  return Run(error, [&]() -> absl::Status {
    DOLERITE_C_CHECK_POINTER(out);
    DOLERITE_ASSIGN_OR_RETURN(const AnyQuestion asked, QuestionOf(question, size));
    DOLERITE_ASSIGN_OR_RETURN(std::string text, PrintQuestion(asked));
    return GiveBytes(std::move(text), out);
  });
}

dolerite_code dolerite_ask(dolerite_source* source, const char* question, size_t size,
                           const char* format, dolerite_call* call, dolerite_answer** out,
                           dolerite_error** error) {
  return Run(error, [&]() -> absl::Status {
    DOLERITE_C_CHECK(source);
    DOLERITE_C_CHECK_POINTER(out);
    DOLERITE_ASSIGN_OR_RETURN(const AnyQuestion asked, QuestionFor(question, size, Text(format)));
    DOLERITE_ASSIGN_OR_RETURN(const auto of, CallOf(call));
    DOLERITE_ASSIGN_OR_RETURN(AnyQuery query, AskSource(*source, asked, Call::OptionsOf(of)));
    return GiveAnswer(std::move(query), asked, Text(format), out);
  });
}

const char* dolerite_answer_data(const dolerite_answer* answer) {
  return IsLive(answer) ? answer->answer.bytes.c_str() : "";
}
size_t dolerite_answer_size(const dolerite_answer* answer) {
  return IsLive(answer) ? answer->answer.bytes.size() : 0;
}
int dolerite_answer_is_empty(const dolerite_answer* answer) {
  return IsLive(answer) && answer->answer.empty ? 1 : 0;
}
uint64_t dolerite_answer_cut(const dolerite_answer* answer) {
  return IsLive(answer) ? answer->answer.cut : 0;
}
uint64_t dolerite_answer_replaced_texts(const dolerite_answer* answer) {
  return IsLive(answer) ? answer->answer.replaced_texts : 0;
}
const char* dolerite_answer_cost(const dolerite_answer* answer) {
  return IsLive(answer) ? answer->cost.c_str() : "";
}

dolerite_code dolerite_answer_stream(dolerite_answer* answer, struct ArrowArrayStream* out,
                                     dolerite_error** error) {
  return Run(error, [&]() -> absl::Status {
    DOLERITE_C_CHECK(answer);
    DOLERITE_C_CHECK_POINTER(out);
    if (!answer->has_table.exchange(false)) {
      return FailedPrecondition(
          "the answer has no table: ask with the format \"arrow\", and take its table once");
    }
    *out = std::exchange(answer->table, {});
    return absl::OkStatus();
  });
}

void dolerite_answer_free(dolerite_answer* answer) { Free(answer); }

}  // extern "C"
