// Questions of any kind go to the templates of query.h and plan.h.
#include "dolerite/ask.h"

#include <utility>

#include "base/out_of_memory.h"
#include "base/status.h"
#include "dolerite/question_json.h"

namespace dolerite {
namespace ask {
namespace {

// Blocks and snapshots differ in this only.
absl::Status AddTo(const BlockViews& blocks, const CallContext&, auto* query) {
  return query->Add(blocks);
}
absl::Status AddTo(const Snapshot& snapshot, const CallContext& call, auto* query) {
  return snapshot.AddTo(query, call);
}

// Makes the query of the question's kind and adds all that the source holds.
template <class Source>
absl::StatusOr<AnyQuery> AskSource(const AnyQuestion& question, const Source& source,
                                   const QueryOptions& options) {
  return std::visit(
      [&](const auto& asked) -> absl::StatusOr<AnyQuery> {
        Query query(asked.question, options);
        DOLERITE_RETURN_IF_ERROR(AddTo(source, options.call, &query));
        return AnyQuery(std::move(query));
      },
      question);
}

// From a question's text to an answer's bytes: parse, ask, write.
template <class Source>
absl::StatusOr<Reply> AskText(std::string_view text, const Source& source, std::string_view format,
                              const QueryOptions& options) {
  // A mistake in the text or the format is found before anything is read.
  DOLERITE_ASSIGN_OR_RETURN(AnyQuestion question, ParseQuestion(text));
  if (!format.empty()) DOLERITE_RETURN_IF_ERROR(SetFormat(format, &question));
  DOLERITE_ASSIGN_OR_RETURN(AnyQuery query, AskSource(question, source, options));
  // The cost is taken before the query is used up.
  Reply reply;
  std::visit([&](const auto& q) { reply.cost = q.cost(), reply.left_out = q.damage(); }, query);
  DOLERITE_ASSIGN_OR_RETURN(reply.answer, WriteAnswer(std::move(query), question));
  return reply;
}

}  // namespace
}  // namespace ask

absl::StatusOr<AnyQuery> Ask(const AnyQuestion& question, const BlockViews& blocks,
                             const QueryOptions& options) {
  return WithinMemory([&] { return ask::AskSource(question, blocks, options); });
}
absl::StatusOr<AnyQuery> Ask(const AnyQuestion& question, const Snapshot& snapshot,
                             const QueryOptions& options) {
  return WithinMemory([&] { return ask::AskSource(question, snapshot, options); });
}

// The question says of which kind the partial must be; the partial itself says what was asked.
absl::StatusOr<AnyQuery> ParsePartial(const AnyQuestion& question, std::string_view partial,
                                      const QueryOptions& options) {
  const auto parse = [&]<class Question>(const Asked<Question>&) -> absl::StatusOr<AnyQuery> {
    DOLERITE_ASSIGN_OR_RETURN(Query<Question> query, Query<Question>::Parse(partial, options));
    return AnyQuery(std::move(query));
  };
  return WithinMemory([&] { return std::visit(parse, question); });
}

absl::StatusOr<QueryPlan> MakePlan(const BlockViews& blocks, const AnyQuestion& question,
                                   const PlanOptions& options) {
  const auto plan = [&](const auto& asked) { return MakePlan(blocks, asked.question, options); };
  return WithinMemory([&] { return std::visit(plan, question); });
}

absl::StatusOr<WrittenAnswer> WriteAnswer(AnyQuery&& query, const AnyQuestion& question) {
  // The question says how to finish: a query does not know.
  const auto write =
      [&]<class Question>(const Asked<Question>& asked) -> absl::StatusOr<WrittenAnswer> {
    auto* of_kind = std::get_if<Query<Question>>(&query);
    if (of_kind == nullptr) return InvalidArgument("the query is of another kind of question");
    return WriteAnswer(std::move(*of_kind), asked.finish, asked.answer);
  };
  return WithinMemory([&] { return std::visit(write, question); });
}

absl::StatusOr<Reply> AskJson(std::string_view question, const BlockViews& blocks,
                              std::string_view format, const QueryOptions& options) {
  return WithinMemory([&] { return ask::AskText(question, blocks, format, options); });
}
absl::StatusOr<Reply> AskJson(std::string_view question, const Snapshot& snapshot,
                              std::string_view format, const QueryOptions& options) {
  return WithinMemory([&] { return ask::AskText(question, snapshot, format, options); });
}

}  // namespace dolerite
