// Runs questions of any kind, and writes their answers.
//
//   AskJson(R"({"question":"tree","answer":{"format":"table","rows":20}})", blocks)->bytes
//
// In pieces: Ask gives a query, which can also be serialized as a partial, merged and finished as
// query.h says; WriteAnswer finishes it. Plans as of plan.h are made by MakePlan below.
#ifndef DOLERITE_ASK_H_
#define DOLERITE_ASK_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "dolerite/answer_json.h"
#include "dolerite/any_question.h"
#include "dolerite/block_view.h"
#include "dolerite/export.h"
#include "dolerite/plan.h"
#include "dolerite/query.h"
#include "dolerite/snapshot.h"

namespace dolerite {

// A partial answer to a question of any kind: one alternative for each, as in AnyQuestion.
#define DOLERITE_ANY_QUERY(name, number) , Query<name##Question>
using AnyQuery = VariantOf<void DOLERITE_QUESTIONS(DOLERITE_ANY_QUERY)>;
#undef DOLERITE_ANY_QUERY

// Errors as Query::Add.
DOLERITE_EXPORT absl::StatusOr<AnyQuery> Ask(const AnyQuestion& question, const BlockViews& blocks,
                                             const QueryOptions& options = {});
DOLERITE_EXPORT absl::StatusOr<AnyQuery> Ask(const AnyQuestion& question, const Snapshot& snapshot,
                                             const QueryOptions& options = {});
// As Query::Parse: InvalidArgument for a partial of another kind of question.
DOLERITE_EXPORT absl::StatusOr<AnyQuery> ParsePartial(const AnyQuestion& question,
                                                      std::string_view partial,
                                                      const QueryOptions& options = {});
DOLERITE_EXPORT absl::StatusOr<QueryPlan> MakePlan(const BlockViews& blocks,
                                                   const AnyQuestion& question,
                                                   const PlanOptions& options = {});

// An answer as bytes, in the format that was asked for.
struct WrittenAnswer {
  std::string bytes;
  // Whether nothing was found: no sample, no point other than 0 where only some samples were asked
  // for, no label. The bytes say so in their way.
  bool empty = false;
  // Names and labels in the answer that are not UTF-8: JSON, pages and pictures have U+FFFD there.
  uint64_t replaced_texts = 0;
  // Nodes, rows or profiles that a limit of the question cut off (max_nodes, rows, max_profiles).
  // Nodes are summed up in their parent's node Tree::kRest, groups' rows over all groups.
  uint64_t cut = 0;
};

// Whether an answer has nothing in it, as WrittenAnswer::empty.
DOLERITE_EXPORT bool IsEmpty(const TreeQuestion& question, const Tree& answer);
DOLERITE_EXPORT bool IsEmpty(const GroupedTreesQuestion& question,
                             const std::vector<GroupedTree>& answer);
DOLERITE_EXPORT bool IsEmpty(const DiffQuestion& question, const Tree& answer);
DOLERITE_EXPORT bool IsEmpty(const ProfileQuestion& question, const Profile& answer);
DOLERITE_EXPORT bool IsEmpty(const SeriesQuestion& question, const TimeSeries& answer);
DOLERITE_EXPORT bool IsEmpty(const HeatmapQuestion& question, const Heatmap& answer);
DOLERITE_EXPORT bool IsEmpty(const CatalogQuestion& question, const Catalog& answer);
DOLERITE_EXPORT bool IsEmpty(const ListQuestion& question,
                             const std::vector<ListedProfile>& answer);

// Finishes a query and writes the answer. Trees are cut to Finish::max_nodes after callers, callees
// or groups were made of them; tables are of the whole tree and say of which profiles. NotFound if
// no stack has the function whose callers or callees are asked for; else errors as Query::Finish,
// and for profiles as WritePprof and GoPgoProfile.
template <class Question>
absl::StatusOr<WrittenAnswer> WriteAnswer(Query<Question>&& query,
                                          const typename Question::Finish& how,
                                          const FormOf<Question>& form);
// `question` gives the finish and the form. InvalidArgument if the query is of another kind.
DOLERITE_EXPORT absl::StatusOr<WrittenAnswer> WriteAnswer(AnyQuery&& query,
                                                          const AnyQuestion& question);

#define DOLERITE_DECLARE_WRITE(name, number)                                                 \
  extern template DOLERITE_EXPORT absl::StatusOr<WrittenAnswer> WriteAnswer<name##Question>( \
      Query<name##Question>&&, const name##Question::Finish&, const FormOf<name##Question>&);
DOLERITE_QUESTIONS(DOLERITE_DECLARE_WRITE)
#undef DOLERITE_DECLARE_WRITE

// An answer, and what it took.
struct Reply {
  WrittenAnswer answer;
  QueryCost cost;
  std::vector<Damage> left_out;  // with QueryOptions::skip_damaged
};

// A question's text in, an answer's bytes out. `format`: how the answer is written, as SetFormat;
// "": as the question says.
DOLERITE_EXPORT absl::StatusOr<Reply> AskJson(std::string_view question, const BlockViews& blocks,
                                              std::string_view format = "",
                                              const QueryOptions& options = {});
DOLERITE_EXPORT absl::StatusOr<Reply> AskJson(std::string_view question, const Snapshot& snapshot,
                                              std::string_view format = "",
                                              const QueryOptions& options = {});

}  // namespace dolerite

#endif  // DOLERITE_ASK_H_
