// One function for each kind of question whose answer is a table; the others fall to the last one.
#include "dolerite/answer_arrow.h"

#include "ask/shown_tree.h"
#include "base/out_of_memory.h"
#include "base/status.h"

namespace dolerite {

namespace ask {
namespace {

using Tabled = absl::StatusOr<WrittenAnswer>;

// What the table's makers say, as WriteAnswer says it.
Tabled Told(const absl::StatusOr<ArrowReport>& report, bool empty, uint64_t cut) {
  DOLERITE_RETURN_IF_ERROR(report.status());
  return WrittenAnswer{"", empty, report->replaced_texts, cut};
}

// The query is used up by Finish, and the question with it. Functions are counted in the whole
// tree: cuts do not count.
Tabled Give(TreeQuery&& query, const Asked<TreeQuestion>& asked, ArrowArrayStream* out) {
  const TreeQuestion question = query.question();
  DOLERITE_ASSIGN_OR_RETURN(Tree tree, std::move(query).Finish());
  const bool empty = IsEmpty(question, tree);
  DOLERITE_ASSIGN_OR_RETURN(tree,
                            ViewOf(Shown(std::move(tree), asked.answer.mangled), asked.answer));
  const size_t rows = asked.answer.rows;
  return Told(TopToArrow(tree, out, rows), empty, RowsCut(tree, rows));
}
Tabled Give(DiffQuery&& query, const Asked<DiffQuestion>& asked, ArrowArrayStream* out) {
  const DiffQuestion question = query.question();
  DiffQuestion::Finish how = asked.finish;
  how.max_nodes = 0;
  DOLERITE_ASSIGN_OR_RETURN(Tree tree, std::move(query).Finish(how));
  tree = Shown(std::move(tree), asked.answer.mangled);
  const size_t rows = asked.answer.rows;
  return Told(DiffToArrow(tree, asked.answer.rank, out, rows), IsEmpty(question, tree),
              RowsCut(tree, rows));
}
Tabled Give(SeriesQuery&& query, const Asked<SeriesQuestion>& asked, ArrowArrayStream* out) {
  const SeriesQuestion question = query.question();
  DOLERITE_ASSIGN_OR_RETURN(const TimeSeries series, std::move(query).Finish(asked.finish));
  return Told(SeriesToArrow(series, out), IsEmpty(question, series), 0);
}
Tabled Give(HeatmapQuery&& query, const Asked<HeatmapQuestion>& asked, ArrowArrayStream* out) {
  const HeatmapQuestion question = query.question();
  DOLERITE_ASSIGN_OR_RETURN(const Heatmap heatmap, std::move(query).Finish(asked.finish));
  return Told(HeatmapToArrow(heatmap, out), IsEmpty(question, heatmap), 0);
}
// Cut here and not by Finish, which would not say how many there were.
Tabled Give(ListQuery&& query, const Asked<ListQuestion>& asked, ArrowArrayStream* out) {
  DOLERITE_ASSIGN_OR_RETURN(std::vector<ListedProfile> profiles, std::move(query).Finish());
  const size_t all = profiles.size(), most = asked.finish.max_profiles;
  if (most != 0 && most < all) profiles.resize(most);
  return Told(ProfilesToArrow(profiles, out), profiles.empty(), all - profiles.size());
}
template <class Question>
Tabled Give(Query<Question>&&, const Asked<Question>&, ArrowArrayStream*) {
  return Unimplemented("the answer to this kind of question is no table: ask for its bytes");
}

}  // namespace
}  // namespace ask

absl::StatusOr<WrittenAnswer> AnswerToArrow(AnyQuery&& query, const AnyQuestion& question,
                                            ArrowArrayStream* out) {
  return WithinMemory([&] {
    return std::visit(
        [&]<class Question>(const Asked<Question>& asked) -> absl::StatusOr<WrittenAnswer> {
          auto* of_kind = std::get_if<Query<Question>>(&query);
          if (of_kind == nullptr) {
            return InvalidArgument("the query is of another kind of question");
          }
          return ask::Give(std::move(*of_kind), asked, out);
        },
        question);
  });
}

}  // namespace dolerite
